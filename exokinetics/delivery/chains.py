"""The chains of a model: from the endosome that frees a cargo to what the cargo acts on, and what counts as half."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exokinetics.expressions.graph import Node, symbol
from exokinetics.model.equations import observables
from exokinetics.model.parts import Mechanism
from exokinetics.model.whole import Model


@dataclass(frozen=True)
class Chain:
    """One delivery of a cargo and one thing that the cargo acts on.

    `freed` is the species that cargo becomes when it escapes; `outcome` is the expression to be followed, relative to
    rest where `halved`, and else on its own: at one, the input of the edge is at half of its effect.
    """

    endosome: str
    medium: str
    recipient: str
    cargo: str
    freed: str
    target: str
    outcome: Node
    halved: bool


def chains(model: Model) -> list[Chain]:
    """Every chain of the model, in the order of the ids of its parts."""
    found = model.whole.mechanisms
    result = []
    for endosome in (item for item in found.values() if item.law == "endosome"):
        freed = endosome.links.get("guide", "")
        cargo, _, _ = freed.rpartition(".")
        for target, outcome, halved in [*_genes(model, cargo), *_edges(model, cargo)]:
            links = endosome.links
            result.append(
                Chain(endosome.id, links["medium"], links["cells"], cargo, freed, target, outcome, halved)
            )  # fmt: skip
    return result


def _genes(model: Model, cargo: str) -> Iterator[tuple[str, Node, bool]]:
    """The genes that the RISC of this cargo binds, or represses in the reduced form: half of their protein."""
    for item in model.whole.mechanisms.values():
        bound = item.law == "target_binding" and item.links.get("loading") == cargo
        reduced = item.law == "hill_repression" and _depends(model, item.links.get("input", ""), cargo)
        if bound or reduced:
            gene = item.links["gene"]
            yield gene, symbol(f"{gene}.protein"), True


def _edges(model: Model, cargo: str) -> Iterator[tuple[str, Node, bool]]:
    """What this cargo drives or slows directly: its input at half of the largest effect."""
    for item in model.whole.mechanisms.values():
        for source, half in _halves(item):
            if item.law == "hill_repression" or half not in model.whole.kinds() or not _depends(model, source, cargo):
                continue
            yield item.id.removesuffix(".edge"), symbol(source) / symbol(half), False


# Which role of a law is half of the largest effect of which other role; `reference` doubles what copies act on.
_HALVES = (("input", "half"), ("input", "reference"), ("cytokine", "half_cytokine"), ("junction", "half"))


def _halves(item: Mechanism) -> Iterator[tuple[str, str]]:
    """What drives a mechanism, and the id of the amount at which it does half of what it can."""
    for role, half in _HALVES:
        if role in item.links:
            yield item.links[role], item.links.get(half, f"{item.id}.{half}")


def _depends(model: Model, source: str, cargo: str) -> bool:
    """Whether an input is a species of the cargo, or an observable made of them."""
    if source in model.whole.species:
        return source.startswith(f"{cargo}.")
    written = observables(model.whole).get(source)
    return written is not None and any(name.startswith(f"{cargo}.") for name in written.symbols & set(model.species))
