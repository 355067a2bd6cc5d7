"""The path of a row of the catalogue as a graph of signed edges, and what it says of the outcome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exokinetics.reports.catalogue_table import CatalogueRow

ARROW = re.compile(r" (->|-\|) ")
# What a review leaves open stands in a path, but is nothing that a model could have.
UNSAID = frozenset({"not_stated", "signs_not_stated", "sign_not_stated", "sign_not_clear"})


class Edge(NamedTuple):
    """One arrow: `source` raises (+1) or lowers (-1) `target`; both are ids."""

    source: str
    sign: int
    target: str


def id_of(words: str) -> str:
    """The id of what a path names: `NF-kB` is nf_kb, `YAP (inferred)` is yap."""
    return re.sub(r"[^a-z0-9]+", "_", words.replace("(inferred)", "").lower()).strip("_")


def edges_of(path: str) -> list[Edge]:
    """Every arrow of a path once; names with commas between them stand side by side."""
    found: list[Edge] = []
    for branch in path.split("; "):
        pieces = ARROW.split(branch)
        nodes = [_ids(piece) for piece in pieces[::2]]
        for sources, arrow, targets in zip(nodes, pieces[1::2], nodes[1:], strict=False):
            sign = 1 if arrow == "->" else -1
            found += [Edge(source, sign, target) for source in sources for target in targets]
    return list(dict.fromkeys(found))


def _ids(piece: str) -> list[str]:
    return [name for words in piece.split(", ") if (name := id_of(words)) not in UNSAID]


def cargo_of(row: CatalogueRow) -> str:
    """The id of the cargo in the path: by its name, else the first cause that the path names."""
    edges = edges_of(row.path)
    nodes = list(dict.fromkeys(name for edge in edges for name in (edge.source, edge.target)))
    named = [id_of(words) for words in re.sub(r"\(.*?\)", "", row.cargo).split(";")]
    targets = {edge.target for edge in edges}
    known = [name for name in nodes if name in named]
    causes = [name for name in nodes if name not in targets]
    return (known or causes or nodes or named)[0]


def causes_of(rows: Sequence[CatalogueRow]) -> list[str]:
    """What is raised to check some rows that share a model: the cargo of an axis, else all that paths start from."""
    if any(row.kind == "axis" for row in rows):
        return [cargo_of(rows[0])]
    edges = merged(rows)
    targets = {edge.target for edge in edges}
    return list(dict.fromkeys(edge.source for edge in edges if edge.source not in targets)) or [cargo_of(rows[0])]


def signs_of(edges: Sequence[Edge], cargo: str) -> dict[str, int]:
    """What the path says of all that it leads to, with more of the cargo: it rises (1), falls (-1), or both (0)."""
    signs: dict[str, set[int]] = {}
    ahead: list[tuple[str, int, frozenset[str]]] = [(cargo, 1, frozenset({cargo}))]
    while ahead:
        name, sign, seen = ahead.pop()
        for edge in edges:
            if edge.source == name and edge.target not in seen:
                signs.setdefault(edge.target, set()).add(sign * edge.sign)
                ahead.append((edge.target, sign * edge.sign, seen | {edge.target}))
    return {name: found.pop() if len(found) == 1 else 0 for name, found in sorted(signs.items())}


def outcomes_of(edges: Sequence[Edge], cargo: str) -> dict[str, int]:
    """The signs of what the path ends in; what leads back to the cargo ends there."""
    onward = {edge.source for edge in edges if edge.target != cargo}
    return {name: sign for name, sign in signs_of(edges, cargo).items() if name not in onward}


def merged(rows: Iterable[CatalogueRow]) -> list[Edge]:
    """The arrows of all rows that share a model."""
    return list(dict.fromkeys(edge for row in rows for edge in edges_of(row.path)))
