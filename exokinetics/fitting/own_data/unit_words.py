"""What people write for a unit in a header: units proper, shares of a control, arbitrary units, logarithms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from exokinetics.errors import WrongInput
from exokinetics.units import unit, unit_text

Kind = Literal["unit", "relative", "logarithm"]


@dataclass(frozen=True)
class Meaning:
    """The unit of a column: in itself (`unit`), up to a factor (`relative`), or the logarithm of such to `base`.

    `text` is the unit as a fit file writes it.
    """

    kind: Kind
    text: str = "dimensionless"
    base: int = 0  # of a logarithm; 0 is e

    @property
    def words(self) -> str:
        """The meaning in words."""
        if self.kind == "unit":
            return "a plain number" if self.text == "dimensionless" else f"in {self.text}"
        if self.kind == "logarithm":
            return f"a logarithm to base {self.base or 'e'} of a relative value"
        return "a relative value in percent" if self.text == "percent" else "a relative value"


RELATIVE = Meaning("relative")
PERCENT = Meaning("relative", "percent")

_OF = r"(?: ?(?:of|over|vs\.?|versus|to|relative to|normali[sz]ed to|von|/) ?(?:the )?[a-z0-9 ._=+-]{1,40})?"
_LOG = re.compile(
    r"(?P<base>log ?_?(?:2|10)|ln|lg|log)(?:[ _]*\(?(?:fold[ _-]?change|fc|fold|ratio|relative|expression)\)?)?" + _OF
    + r"|(?P<short>lfc|l2fc|log2fc)"
)  # fmt: skip
_PERCENT = re.compile(
    r"(?:%|percent|percentage|prozent|pct) ?(?:of |von |vs\.? |rel\.? ?(?:to )?)(?:the )?[a-z0-9 ._=+-]{1,40}"
    r"|(?:%|percent) ?(?:control|ctrl|ctl|max(?:imum)?|initial|baseline|input|untreated|vehicle|remaining)"
)
_RELATIVE = re.compile(
    r"(?:x|n|-|\u00d7)?-?fold(?:[ _-]?(?:change|induction))?"
    + _OF
    + r"|fc|rel\.?(?:ative)?(?: ?(?:units?|expression|level|intensity|abundance|amount|quantity))?"
    + _OF
    + r"|norm\.?(?:ali[sz]ed)?(?: ?(?:units?|expression|level|intensity))?"
    + _OF
    + r"|ratio"
    + _OF
    + r"|a\.? ?u\.?|arb(?:\.|itrary)?(?: ?units?)?|r\.?f\.?u\.?|r\.?l\.?u\.?|m\.?f\.?i\.?"
    r"|(?:band |signal |fluorescence |luminescence )?intensity|signal|fluorescence|luminescence|absorbance"
    r"|(?:fraction|share|multiple) of [a-z0-9 ._=+-]{1,40}"
    r"|2(?:\^|\*\*)\(?-?(?:\u2206|\u03b4|d|delta ?)*ct\)?"
)
_CYCLES = re.compile(r"-?(?:\u2206|\u03b4|d|delta ?)*c[tqp](?: values?)?")

# spellings that the unit table does not know; what is counted, by the name that this project gives it
_SPELLINGS = {
    "hr": "hour", "hrs": "hour", "std": "hour", "stunde": "hour", "stunden": "hour", "mins": "minute",
    "minuten": "minute", "sec": "second", "secs": "second", "sek": "second", "sekunden": "second", "tag": "day",
    "tage": "day", "wk": "week", "wks": "week", "molecule": "copy", "molecules": "copy", "transcript": "copy",
    "transcripts": "copy", "particle": "vesicle", "particles": "vesicle", "ev": "vesicle", "evs": "vesicle",
    "exosome": "vesicle", "exosomes": "vesicle", "zelle": "cell", "zellen": "cell", "%": "percent", "fraction": "1",
    "unitless": "1", "share": "1",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("\u207b\u2070\u00b9\u00b2\u00b3", "-0123")
_POWER = re.compile(r"([A-Za-z]+) ?\^? ?-1")
_WORD = re.compile(r"[A-Za-z%]+")


def read_unit(text: str) -> Meaning | None:
    """What a text such as `nM`, `copies per cell`, `% of control` or `log2 FC` means; None if it is no unit.

    Raises `WrongInput` for what is a measure but not one that a model has, such as cycles of a PCR.
    """
    bare = " ".join(text.replace("\u03bc", "u").replace("\u00b5", "u").split())
    low = bare.lower()
    if _CYCLES.fullmatch(low):
        raise WrongInput(f"'{bare}' is a number of PCR cycles; give the relative amount, such as 2**-(delta delta Ct)")
    logarithm = _LOG.fullmatch(low)
    if logarithm:
        base = {"2": 2, "l": 2, "0": 10}.get(
            (logarithm["short"] or logarithm["base"])[-1 if logarithm["base"] else 0], 0
        )
        if logarithm["base"] == "log":
            raise WrongInput(f"'{bare}' may be to base 2, 10 or e; write log2, log10 or ln")
        return Meaning("logarithm", base=10 if logarithm["base"] == "lg" else base)
    if _PERCENT.fullmatch(low):
        return PERCENT
    if _RELATIVE.fullmatch(low):
        return RELATIVE
    if "_" in bare:  # as programs write spaces
        return read_unit(bare.replace("_", " "))
    return _proper(bare)


def _proper(bare: str) -> Meaning | None:
    """A unit of the unit table, from the spellings that people use."""
    text = _POWER.sub(r"/\1", bare.translate(_SUPERSCRIPTS).replace("\u00b7", "*"))
    text = re.sub(r"\bper\b|\bpro\b|\bje\b", "/", text)
    text = re.sub(r"\s*([*/])\s*", r"\1", text.strip()).replace("^", "**")
    text = re.sub(r"(?<=\w) (?=\w)", "*", text).replace(" ", "").removeprefix("*")
    text = _WORD.sub(_spelling, text) if text not in ("-", "1") else "1"
    try:
        return Meaning("unit", unit_text(unit("1" + text if text.startswith("/") else text))) if text else None
    except WrongInput:
        return None


def _spelling(match: re.Match[str]) -> str:
    """A word as the unit table spells it; symbols keep their case, in which nM and nm differ."""
    word = match[0]
    return _SPELLINGS.get(word.lower(), word.lower() if len(word) > 3 else word)


def read_time_unit(text: str) -> str | None:
    """The unit of time that a text means, such as `hrs`, `Min.` or `s after stimulus`; None if it is none."""
    first, *rest = re.sub(r"\(.*\)", "", text).split() or [""]
    if rest and rest[0].lower() not in ("after", "post", "since", "nach", "from"):
        return None
    found = _proper(first.rstrip("."))
    return found.text if found and found.text in ("second", "minute", "hour", "day", "week", "ms") else None
