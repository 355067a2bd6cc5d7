"""Which species and constants of a shipped model are which molecules and cells, by the law of the part and its role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exokinetics.catalogue.identifiers import Entry, Identifiers, identifiers
from exokinetics.data_files import data_folder
from exokinetics.model.parts import Mechanism, Part
from exokinetics.model.whole import Model

_MOLECULES = ("protein", "rna", "microrna", "compound")
_PASSAGES = ("flow", "barrier", "homing")
_SITES = {"target_binding": "complex", "competing_sites": "occupied", "anti_mir": "held", "sponge": "held"}


@dataclass(frozen=True)
class Named:
    """What an element is to the things at the addresses: `is`, `hasPart`, `isEncodedBy`, `isPropertyOf` (BioModels)."""

    qualifier: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class _Role:
    """What a species or constant of a law is to what the part is named after, if that is of these kinds."""

    meaning: str
    kinds: tuple[str, ...]


_IS = _Role("itself", _MOLECULES)
_LEVEL = _Role("property", ("protein",))  # a level or a number is no molecule: it is a property of one, or of cells

# the law, what its part calls an element, and what that is
_ROLES: Mapping[str, Mapping[str, _Role]] = {
    "gene_expression": {"mrna": _Role("transcript", ("protein",)), "protein": _Role("itself", ("protein",))},
    "regulated_gene": {"mrna": _Role("property of the gene", ("protein",)), "level": _LEVEL},
    "derepressed_gene": {"mrna": _Role("property of the gene", ("protein",)), "level": _LEVEL},
    "guide_loading": {"guide": _Role("itself", ("microrna",))},  # an siRNA is named after the gene that it silences
    "ago2_pool": {"free": _Role("itself", ("protein",))},
    "constitutive_release": {"guide": _IS},
    "further_cargo": {"guide": _IS, "cargo": _IS},
    "delivered_cargo": {"amount": _IS},
    "secreted_factor": {"amount": _IS},
    "ligand_binding": {"free": _Role("itself", ("protein",)), "bound": _Role("part", ("protein",))},
    "dosed_compound": {"concentration": _Role("itself", ("compound",))},
    "drug_in_cell": {"amount": _Role("itself", ("compound",)), "outside": _Role("itself", ("compound",))},
    "drug_content": {"level": _Role("property", ("compound",))},
    "relative_level": {"level": _LEVEL},
    "activity": {"level": _LEVEL},
    "matrix_protease": {"level": _LEVEL, "latent": _LEVEL},
    "stat_socs": {"level": _LEVEL},
    "rhoa_cycle": {"level": _LEVEL},
    "hif_phd": {"level": _LEVEL},
    "wnt_beta_catenin": {"level": _LEVEL},
    "growing_population": {"number": _Role("itself", ("cell",))},
    "population": {"number": _Role("property", ("cell",))},
}


def molecules(model: Model) -> dict[str, Named]:
    """By the id of a species or constant: what it is. Empty but for shipped models, whose names were looked at."""
    if not _shipped(model):
        return {}
    table = identifiers()
    human = model.name not in table.elsewhere
    found = dict(_named(model.whole, table, human))
    if human:
        found |= _loaded(model.whole, table)
        found |= _carried(model.whole, found)
    return {id: named for id, named in found.items() if id in model.whole.species or id in model.whole.parameters}


def _shipped(model: Model) -> bool:
    return bool(model.file) and Path(model.file).resolve().is_relative_to(data_folder("models").resolve())


def _named(whole: Part, table: Identifiers, human: bool) -> Iterator[tuple[str, Named]]:
    """What follows from the name of a part and its law alone."""
    for part in whole.mechanisms.values():
        entry = table.named(part.id)
        if entry is None or not (human or entry.kind in ("compound", "cell")):
            continue
        for own, role in _ROLES.get(part.law, {}).items():
            if entry.kind in role.kinds and (named := _told(entry, role.meaning)):
                yield f"{part.id}.{own}", named


def _told(entry: Entry, meaning: str) -> Named | None:
    if meaning == "itself":
        return Named("is", entry.itself) if entry.itself else Named("isEncodedBy", entry.genes)
    if meaning == "transcript":
        return Named("isEncodedBy", entry.genes)
    if meaning == "part":
        return Named("hasPart", entry.itself)
    return Named("isPropertyOf", entry.genes if meaning == "property of the gene" else entry.itself)


def _loaded(whole: Part, table: Identifiers) -> dict[str, Named]:
    """RISC, free or on a site: it has AGO2 as a part, and the guide where the name says which arm it is."""
    ago2, found = table.entries["ago2"].itself, dict[str, Named]()
    for part in whole.mechanisms.values():
        if part.law in ("guide_loading", "own_microrna"):
            found[f"{part.id}.risc"] = Named("hasPart", ago2 + _guide(part.id, table))
        elif part.law in _SITES:
            found[f"{part.id}.{_SITES[part.law]}"] = Named("hasPart", ago2 + _guide(part.links["loading"], table))
    return found


def _guide(part: str, table: Identifiers) -> tuple[str, ...]:
    entry = table.named(part)
    return entry.itself if entry is not None and entry.kind == "microrna" else ()


def _carried(whole: Part, found: Mapping[str, Named]) -> dict[str, Named]:
    """The cargo of vesicles: what it becomes when it escapes, and so what its medium and its only release hold."""
    carried, cargoes = dict[str, Named](), dict[frozenset[str], set[Named | None]]()
    givers, joined = dict[frozenset[str], list[Mechanism]](), _joined(whole)
    for part in whole.mechanisms.values():
        medium = part.links.get("medium", "")
        media = joined.get(medium, frozenset({medium}))
        if part.law == "endosome":
            cargo = found.get(part.links["guide"])
            cargoes.setdefault(media, set()).add(cargo)
            if cargo is not None:
                carried[f"{part.id}.cargo"] = cargo
        elif part.law in ("constitutive_release", "pool_release"):
            givers.setdefault(media, []).append(part)
            own = found.get(f"{part.id}.guide")
            cargoes.setdefault(media, set()).update([] if own is None else [own])
    for media, held in cargoes.items():
        only = next(iter(held)) if len(held) == 1 else None
        if only is not None and len(givers.get(media, [])) <= 1:
            carried |= {f"{each}.{own}": only for each in media for own in ("cargo", "tissue_cargo")}
            carried |= {f"{part.id}.guide": only for part in givers.get(media, [])}
    return carried


def _joined(whole: Part) -> dict[str, frozenset[str]]:
    """The media between which vesicles pass, by each of them."""
    found: dict[str, frozenset[str]] = {}
    for part in whole.mechanisms.values():
        if part.law in _PASSAGES:
            ends = {part.links[role] for role in ("source", "target", "elsewhere") if role in part.links}
            together = frozenset(ends).union(*(found.get(end, frozenset()) for end in ends))
            found |= dict.fromkeys(together, together)
    return found
