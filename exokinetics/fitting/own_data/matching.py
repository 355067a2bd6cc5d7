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
    "particle": "vesicle", "supernatant": "medium", "active": "active", "copie": "copy",
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
        raise WrongInput(f"column '{shorten(header.text)}': {_unknown(header.name, model)}; {_WAY_OUT}")
    fitting = [match for match in found if _fits(match.id, meaning, model)]
    if len(fitting) > 1:
        names = [match.id for match in fitting]
        listed = ", ".join(f"{name} [{model.unit(name)}]" for name in names[:SHOWN]) + (", ..." * (len(names) > SHOWN))
        raise WrongInput(f"column '{shorten(header.text)}': '{header.name}' may be {listed}; {_WAY_OUT}")
    return (fitting or found)[0]


_WAY_OUT = "rename the column to the id, or say --column 'HEADER=ID' (or HEADER=ignore)"


def matches(name: str, model: Model) -> list[Match]:
    """Every species or observable that the name may mean: by its id, else by its title, else by all of its words."""
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
    return [Match(id, False) for id in items if wanted and wanted <= _vocabulary(id, model)]


def parameter_of(name: str, model: Model) -> str | None:
    """The parameter whose id the name is, but for case and separators."""
    squashed = "".join(words_of(name))
    found = [id for id in model.parameters if "".join(words_of(id)) == squashed]
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    for letter, word in _GREEK.items():
        name = name.replace(letter, f" {word} ").replace(letter.upper(), f" {word} ")
    return name


def _vocabulary(id: str, model: Model) -> set[str]:
    words = {_same(word) for word in (*words_of(id), *words_of(model.heading(id)))} - _FILLERS
    return words | ({"phosphorylated"} if words & {"active", "phosphorylated"} and "akt" in words else set())


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
