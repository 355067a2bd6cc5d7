"""Units: read from checked text, multiplied, compared and converted over the definitions of `units.txt`."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.parsing import shorten, syntax_tree
from exokinetics.named_units import Named, named

MAX_UNIT_LENGTH = 80
MAX_EXPONENT = 12

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """A product of powers of named units, by full name with the prefix, in the order in which they are shown."""

    powers: Mapping[str, float]

    def __hash__(self) -> int:
        return hash(frozenset(self.powers.items()))

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for name, power in other.powers.items():
            powers[name] = powers.get(name, 0.0) + power
        return Unit({name: power for name, power in powers.items() if power})

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1.0

    def __pow__(self, exponent: float) -> Unit:
        return Unit({name: power * exponent for name, power in self.powers.items()})


DIMENSIONLESS = Unit({})


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """The unit written in `text`, such as `copy/cell/hour`, `1/(nM*hour)` or `dimensionless`.

    Only names of `units.txt` (with SI prefixes), products, quotients and whole powers are read, by a walk of the
    syntax tree.
    """
    if not isinstance(text, str) or len(text) > MAX_UNIT_LENGTH:
        raise WrongInput(f"a unit is a text of at most {MAX_UNIT_LENGTH} characters, such as '1/hour'")
    if text.strip() in ("", "1", "dimensionless"):
        return DIMENSIONLESS
    exponents: dict[str, int] = {}
    _collect(syntax_tree(text, "the unit"), 1, exponents, text)
    if any(abs(power) > MAX_EXPONENT for power in exponents.values()):
        raise WrongInput(f"the unit '{shorten(text)}' has a power above {MAX_EXPONENT}")
    return Unit({name: float(power) for name, power in exponents.items() if power})


def _collect(tree: ast.expr, sign: int, exponents: dict[str, int], text: str) -> None:
    if isinstance(tree, ast.Name):
        name = _canonical(tree.id, text)
        exponents[name] = exponents.get(name, 0) + sign
    elif isinstance(tree, ast.Constant) and type(tree.value) is int and tree.value == 1:
        return
    elif isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Mult, ast.Div)):
        _collect(tree.left, sign, exponents, text)
        _collect(tree.right, sign if isinstance(tree.op, ast.Mult) else -sign, exponents, text)
    elif isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow):
        _collect(tree.left, sign * _whole_power(tree.right, text), exponents, text)
    elif isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitXor):
        raise WrongInput(f"the unit '{text}' has a '^'; write ** for a power")
    else:
        raise WrongInput(f"'{shorten(text)}' is not a unit; write names with * / ** such as 'copy/cell/hour'")


def _whole_power(tree: ast.expr, text: str) -> int:
    negative = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)
    inner = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    if isinstance(inner, ast.Constant) and type(inner.value) is int and 0 < inner.value <= MAX_EXPONENT:
        return -inner.value if negative else inner.value
    raise WrongInput(f"the unit '{shorten(text)}' has a power that is not a whole number of at most {MAX_EXPONENT}")


def _canonical(name: str, text: str) -> str:
    found = named(name)
    if not found:
        hint = did_you_mean(name, _common_names())
        raise WrongInput(f"'{name}' in the unit '{shorten(text)}' is not a known unit{hint}")
    return found.prefix + found.definition.name


def split(name: str) -> Named:
    """The prefix and the definition behind a full name of a unit."""
    found = named(name)
    assert found, name  # a unit is made of known names
    return found


def _common_names() -> list[str]:
    return [
        "vesicle", "copy", "cell", "hour", "minute", "second", "day", "nM", "pM", "uM", "M", "mol", "nmol", "pmol",
        "litre", "mL", "uL", "fL", "pL", "gram", "ug", "ng", "um", "metre", "item", "dimensionless", "percent",
    ]  # fmt: skip


def unit_text(value: Unit) -> str:
    """The unit as `unit` reads it back, numerator first, such as `copy/cell/hour`."""
    above: list[str] = []
    below: list[str] = []
    for name, power in value.powers.items():
        exponent = abs(power)
        rounded = round(exponent)
        shown = (
            _shown(name)
            if exponent == 1
            else f"{_shown(name)}**{rounded if math.isclose(rounded, exponent) else exponent}"
        )
        (above if power > 0 else below).append(shown)
    if not above and not below:
        return "dimensionless"
    return "*".join(above or ["1"]) + "".join(f"/{name}" for name in below)


def _shown(name: str) -> str:
    """People write nM and fL but hour and vesicle: the symbol where there is a prefix, else the name."""
    found = split(name)
    return found.symbol if found.prefix or name == "molar" else name


@lru_cache(maxsize=4096)
def root(value: Unit) -> tuple[float, Unit]:
    """The factor to, and the unit in, the base units; two units are equal when both agree."""
    factor, base = 1.0, DIMENSIONLESS
    try:
        for name, power in value.powers.items():
            one, powers = _meaning(name)
            factor *= one**power
            base *= powers**power
    except OverflowError:
        factor = math.inf
    if not 0.0 < factor < math.inf:
        raise WrongInput(f"the unit '{unit_text(value)}' is too large or too small to be converted")
    return factor, base


@lru_cache(maxsize=4096)
def _meaning(name: str) -> tuple[float, Unit]:
    found = split(name)
    definition = found.definition
    if not definition.text:
        return found.scale, Unit({definition.name: 1.0})
    factor, base = root(unit(definition.text))
    return found.scale * definition.factor * factor, base


def same_unit(first: Unit, second: Unit) -> bool:
    """Whether a number means the same in both units."""
    (factor, base), (other_factor, other_base) = root(first), root(second)
    return base == other_base and math.isclose(factor, other_factor, rel_tol=1e-9)


def same_dimension(first: Unit, second: Unit) -> bool:
    """Whether one unit converts into the other."""
    return root(first)[1] == root(second)[1]


def convert(value: float, source: Unit, target: Unit) -> float:
    """A number in another unit; `WrongInput` where they do not convert. 30 minutes are exactly 0.5 hours."""
    (factor, base), (other_factor, other_base) = root(source), root(target)
    if base != other_base:
        raise WrongInput(f"'{unit_text(source)}' does not convert to '{unit_text(target)}'")
    if factor == other_factor:
        return value
    # the factors are decimal; fifteen digits drop the rounding of their product, so 1 uM is exactly 1000 nM
    if factor < other_factor:
        return value / float(f"{other_factor / factor:.15g}")
    return value * float(f"{factor / other_factor:.15g}")


def factor_between(source: Unit, target: Unit) -> float:
    """What a number in `source` is multiplied by to give it in `target`."""
    return convert(1.0, source, target)


def in_time_unit(text: str, time_unit: str) -> str:
    """The unit text with its hours replaced by `time_unit`: laws are written in hours, a model chooses its own."""
    if time_unit == "hour":
        return text
    exponents = {time_unit if name == "hour" else name: power for name, power in unit(text).powers.items()}
    return unit_text(Unit(exponents))


def split_quantity(text: str) -> tuple[float, str]:
    """The number and the unit text of a quantity such as `0.035 1/hour`."""
    match = _QUANTITY.fullmatch(text) if len(text) <= 200 else None
    if not match:
        raise WrongInput(f"'{shorten(text)}' is not a number with a unit, such as '0.035 1/hour'")
    value = float(match.group(1))
    if not math.isfinite(value):
        raise WrongInput(f"'{shorten(text)}' is too large to be represented")
    return value, match.group(2).strip()


def magnitude(value: Any, target: str) -> float:
    """A number in the unit `target`, from a number (taken as being in it), a text with unit or a pint Quantity."""
    if isinstance(value, bool) or value is None:
        raise WrongInput(f"{value!r} is not a number; give a number, or a text such as '2 {target}'")
    text = ""
    if isinstance(value, str):
        amount, text = split_quantity(value)
    else:
        quantity = hasattr(value, "magnitude") and hasattr(value, "units")
        if quantity:
            text = re.sub(r"\s+", "", f"{value.units:C}") or "dimensionless"
        try:
            amount = float(value.magnitude if quantity else value)
        except (TypeError, ValueError):
            raise WrongInput(f"{value!r} is not a number; give a number, or a text such as '2 {target}'") from None
    if not math.isfinite(amount):
        raise WrongInput(f"{value!r} is not a finite number")
    return amount if text in ("", target) else convert(amount, unit(text), unit(target))


def power_of(value: Unit, exponent: float) -> Unit:
    """The unit raised to a rational power."""
    ratio = float(Fraction(exponent).limit_denominator(24))
    raised = {name: power * ratio for name, power in value.powers.items()}
    return Unit(raised)
