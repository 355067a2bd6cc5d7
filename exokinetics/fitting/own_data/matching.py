"""Which species or observable of a model a name means: ids, titles and common names, and nothing by mere likeness."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from exokinetics.errors import WrongInput
from exokinetics.expressions.parsing import shorten
from exokinetics.fitting.own_data.headers import Header, words_of
from exokinetics.fitting.own_data.unit_words import Meaning
from exokinetics.model.whole import Model
from exokinetics.units import same_dimension, unit

SHOWN = 6  # alternatives that a sentence lists

_FILLERS = frozenset(
    "in the of at a an and on measured data conc concentration amount number count abundance expression cells"
    " relative normalised normalized".split()
)
_SAME = {
    "phospho": "phosphorylated", "mirna": "guide", "microrna": "guide", "exosome": "vesicle", "ev": "vesicle",
    "evs": "vesicle", "particle": "vesicle", "supernatant": "medium", "copie": "copy",
}  # fmt: skip
_GREEK = {"\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma", "\u03b4": "delta", "\u03ba": "kappa"}


@dataclass(frozen=True)
class Match:
    """The id that a name means, and whether the name is that id but for case and separators."""

    id: str
    exact: bool


def target_of(header: Header, meaning: Meaning | None, model: Model) -> Match:
    """What a measured column is of; `WrongInput` with the alternatives where that is not clear."""
    found = matches(header.name, model)
    if not found:
        raise WrongInput(f"column '{shorten(header.text)}': {_unknown(header.name, model)} ({_WAY_OUT})")
    fitting = [match for match in found if _fits(match.id, meaning, model)]
    open_ones = [match.id for match in fitting or found]
    if len(open_ones) > 1:
        shown = ", ".join(f"{id} [{model.unit(id)}]" for id in open_ones[:SHOWN]) + ", ..." * (len(open_ones) > SHOWN)
        but = "" if fitting or meaning is None else f", to none of which {meaning.text} converts"
        raise WrongInput(f"column '{shorten(header.text)}': '{header.name}' may be {shown}{but}; {_WAY_OUT}")
    return (fitting or found)[0]


_WAY_OUT = "rename the column to the id, or say --column 'HEADER=ID' (or HEADER=ignore)"


def matches(name: str, model: Model) -> list[Match]:
    """Every species or observable that the name may mean.

    The first of these that gives any: its id; its title; the words of its title; all words among those of ids; all
    words among those of ids and titles.
    """
    items = [*model.species, *model.observables]
    squashed = "".join(words_of(_plain(name)))
    exact = [id for id in items if "".join(words_of(id)) == squashed]
    if exact:
        return [Match(id, True) for id in exact]
    titled = [id for id in items if model.heading(id) and "".join(words_of(model.heading(id))) == squashed]
    if titled:
        return [Match(id, False) for id in titled]
    vocabulary = {word for id in items for word in _vocabulary(id, model)}
    wanted = _meant(words_of(_plain(name)), vocabulary)
    if not wanted:
        return []
    named = [id for id in items if wanted == _meant(words_of(model.heading(id)), vocabulary)]
    of_id = [id for id in items if wanted <= {_same(word) for word in words_of(id)}]
    return [Match(id, False) for id in named or of_id or [id for id in items if wanted <= _vocabulary(id, model)]]


def setting_of(name: str, model: Model) -> str | None:
    """What a column sets: a parameter whose id the name is, or `initial:ID` for a name such as `initial epo.ligand`."""
    words = words_of(name)
    found = [id for id in model.parameters if words_of(id) == words]
    if not found and words[:1] and words[0] in _STARTS:
        found = [f"initial:{id}" for id in model.species if words_of(id) == words[1:]]
    return found[0] if len(found) == 1 else None


_STARTS = frozenset({"initial", "start", "starting", "dose", "added"})


def stems(name: str, meaning: Meaning | None, model: Model) -> list[tuple[str, str]]:
    """Ways to part a name that the model does not have into one that it has and a label, such as `pten` and `drug`."""
    words, found = words_of(name), []
    for size in range(1, min(len(words), 4)):
        for stem, label in ((words[:-size], words[-size:]), (words[size:], words[:size])):
            fitting = [match for match in matches(" ".join(stem), model) if _fits(match.id, meaning, model)]
            if len(fitting) == 1:
                found.append((" ".join(stem), " ".join(label)))
    return found


def _plain(name: str) -> str:
    for letter, word in _GREEK.items():
        name = name.replace(letter, f" {word} ").replace(letter.upper(), f" {word} ")
    return name


def _vocabulary(id: str, model: Model) -> set[str]:
    return {_same(word) for word in (*words_of(id), *words_of(model.heading(id)))} - _FILLERS


def _same(word: str) -> str:
    single = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return _SAME.get(single, single)


def _meant(words: Sequence[str], vocabulary: set[str]) -> set[str]:
    """The words of a name as the model says them: `pAKT` and `p-AKT` are phosphorylated AKT."""
    found: set[str] = set()
    for place, word in enumerate(words):
        if word in _FILLERS:
            continue
        if word == "p" and place + 1 < len(words):
            found.add("phosphorylated")
        elif word.startswith("p") and word not in vocabulary and word[1:] in vocabulary and len(word) > 3:
            found |= {"phosphorylated", word[1:]}
        else:
            found.add(_same(word))
    return found


def _fits(id: str, meaning: Meaning | None, model: Model) -> bool:
    if meaning is None or meaning.kind != "unit":
        return True
    return same_dimension(unit(meaning.text), unit(model.unit(id)))


def _unknown(name: str, model: Model) -> str:
    """That nothing bears the name, with those whose words are nearest."""
    items = [*model.species, *model.observables]
    close = difflib.get_close_matches("_".join(words_of(name)), [id.replace(".", "_").lower() for id in items], 2, 0.85)
    if close:
        alike = next(id for id in items if id.replace(".", "_").lower() == close[0])
        return f"'{name}' is no species or observable of {model.name}; did you mean '{alike}'?"
    vocabulary = sorted({word for id in items for word in _vocabulary(id, model)})
    near = {
        close for word in words_of(name) if word not in _FILLERS
        for close in difflib.get_close_matches(_same(word), vocabulary, n=1, cutoff=0.6)
    }  # fmt: skip
    ranked = sorted(items, key=lambda id: -len(near & _vocabulary(id, model)))
    best = [id for id in ranked if near & _vocabulary(id, model)]
    if best:
        most = len(near & _vocabulary(best[0], model))
        best = [id for id in best if len(near & _vocabulary(id, model)) == most]
        listed = " or ".join(f"'{id}'" for id in best[:SHOWN])
        return f"'{name}' is no species or observable of {model.name}; did you mean {listed}?"
    listed = ", ".join(items[:SHOWN]) + (", ..." if len(items) > SHOWN else "")
    return f"'{name}' is no species or observable of {model.name}; known are {listed}"
