"""Ids of models as SBML ids and back: `gene.translation` is `gene__translation`.

A run of dots and underscores other than one of either is spelt out between triple underscores, `u` for an underscore
and `d` for a dot, so that no two ids meet in one SBML id: `a__b` is `a___uu___b`. What could be taken for a constant
or function of a formula, or starts with a digit, gets `___n___` in front.
"""

from __future__ import annotations

import re
from collections.abc import Container

from exokinetics.errors import WrongInput

_ALLOWED = re.compile(r"[A-Za-z0-9_.]+")
_RUN = re.compile(r"[_.]+")
_UNDERSCORES = re.compile(r"___([ud]+|n)___|_+")
_LETTERS = {"_": "u", ".": "d"}
_CHARACTERS = {"u": "_", "d": ".", "n": ""}
_ESCAPE = "___"

# names that formula readers of other tools take for something else, in any case
_RESERVED = frozenset(
    """
    time pi avogadro exponentiale e true false infinity inf notanumber nan delay rateof piecewise lambda and or not xor
    implies abs ceil ceiling floor exp ln log log10 log2 sqr sqrt root pow power factorial min max quotient rem sin cos
    tan sec csc cot sinh cosh tanh sech csch coth asin acos atan asec acsc acot asinh acosh atanh asech acsch acoth
    arcsin arccos arctan arcsec arccsc arccot arcsinh arccosh arctanh arcsech arccsch arccoth plus minus times divide
    """.split()
)


def sbml_id(text: str) -> str:
    """The SBML id (letters, digits and underscores) of an id; different ids give different SBML ids."""
    if not _ALLOWED.fullmatch(text):
        raise WrongInput(f"'{text}' cannot be written as an SBML id; use letters, digits, _ and dots")
    shown = _RUN.sub(lambda run: _spelt(run.group()), text)
    return f"{_ESCAPE}n{_ESCAPE}{shown}" if shown[0].isdigit() or shown.lower() in _RESERVED else shown


def _spelt(run: str) -> str:
    if run == ".":
        return "__"
    if run == "_":
        return "_"
    return _ESCAPE + "".join(_LETTERS[character] for character in run) + _ESCAPE


def original_id(text: str) -> str:
    """The id that `sbml_id` wrote as `text`."""
    found = _UNDERSCORES.sub(_character, text)
    if not found or sbml_id(found) != text:
        raise WrongInput(f"'{text}' is not an SBML id that this package wrote")
    return found


def _character(match: re.Match[str]) -> str:
    if match.group(1):
        return "".join(_CHARACTERS[letter] for letter in match.group(1))
    return {"_": "_", "__": "."}.get(match.group(), match.group())


def free_id(wanted: str, taken: Container[str]) -> str:
    """`wanted` made into an SBML id, with a number behind it where that is taken."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
    base = f"_{base}" if not base or base[0].isdigit() else base
    found, count = base, 1
    while found in taken:
        count += 1
        found = f"{base}_{count}"
    return found
