"""Units: read from checked text, compared and converted with pint over this package's own definitions."""

from __future__ import annotations

import ast
import math
import re
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.parsing import shorten, syntax_tree

if TYPE_CHECKING:
    import pint

MAX_UNIT_LENGTH = 80
MAX_EXPONENT = 12

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*)", re.DOTALL)


@cache
def registry() -> pint.UnitRegistry[float]:
    """The pint registry over `units.txt`; built at the first use because pint is slow to import."""
    import pint

    return pint.UnitRegistry(Path(__file__).with_name("units.txt"), cache_folder=None)


@lru_cache(maxsize=4096)
def unit(text: str) -> pint.Unit:
    """The unit written in `text`, such as `copy/cell/hour`, `1/(nM*hour)` or `dimensionless`.

    Only names of `units.txt` (with SI prefixes), products, quotients and whole powers are read, by a walk of the
    syntax tree: pint never sees the text.
    """
    if not isinstance(text, str) or len(text) > MAX_UNIT_LENGTH:
        raise WrongInput(f"a unit is a text of at most {MAX_UNIT_LENGTH} characters, such as '1/hour'")
    if text.strip() in ("", "1", "dimensionless"):
        return registry().dimensionless
    exponents: dict[str, float] = {}
    _collect(syntax_tree(text, "the unit"), 1, exponents, text)
    if any(abs(power) > MAX_EXPONENT for power in exponents.values()):
        raise WrongInput(f"the unit '{shorten(text)}' has a power above {MAX_EXPONENT}")
    return _from_exponents(exponents)


def _from_exponents(exponents: dict[str, float]) -> pint.Unit:
    from pint.util import UnitsContainer

    return registry().Unit(UnitsContainer({name: power for name, power in exponents.items() if power}))


def exponents_of(value: pint.Unit) -> dict[str, float]:
    """The powers of a unit by full name, prefix included."""
    return {name: float(power) for name, power in dict(value._units).items()}  # type: ignore[arg-type]


def _collect(tree: ast.expr, sign: int, exponents: dict[str, float], text: str) -> None:
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
    found = registry().parse_unit_name(name, case_sensitive=True)
    if not found:
        hint = did_you_mean(name, _common_names())
        raise WrongInput(f"'{name}' in the unit '{shorten(text)}' is not a known unit{hint}")
    prefix, base, _ = found[0]
    return prefix + base


def _common_names() -> list[str]:
    return [
        "vesicle", "copy", "cell", "hour", "minute", "second", "day", "nM", "pM", "uM", "M", "mol", "nmol", "pmol",
        "litre", "mL", "uL", "fL", "pL", "gram", "ug", "ng", "um", "metre", "item", "dimensionless", "percent",
    ]  # fmt: skip


def unit_text(value: pint.Unit) -> str:
    """The unit as `unit` reads it back, numerator first, such as `copy/cell/hour`."""
    above: list[str] = []
    below: list[str] = []
    for name, power in exponents_of(value).items():
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


@lru_cache(maxsize=4096)
def _shown(name: str) -> str:
    """People write nM and fL but hour and vesicle: the symbol where there is a prefix, else the name."""
    prefix = registry().parse_unit_name(name, case_sensitive=True)[0][0]
    return registry().get_symbol(name) if prefix or name == "molar" else name


@lru_cache(maxsize=4096)
def root(value: pint.Unit) -> tuple[float, pint.Unit]:
    """The factor to, and the unit in, the base units; two units are equal when both agree."""
    try:
        one = registry().Quantity(1.0, value).to_base_units()
    except OverflowError:
        one = registry().Quantity(math.inf, value)
    if not 0.0 < one.magnitude < math.inf:
        raise WrongInput(f"the unit '{unit_text(value)}' is too large or too small to be converted")
    return float(one.magnitude), registry().Unit(one.units)


def same_unit(first: pint.Unit, second: pint.Unit) -> bool:
    """Whether a number means the same in both units."""
    (factor, base), (other_factor, other_base) = root(first), root(second)
    return base == other_base and math.isclose(factor, other_factor, rel_tol=1e-9)


def same_dimension(first: pint.Unit, second: pint.Unit) -> bool:
    """Whether one unit converts into the other."""
    return root(first)[1] == root(second)[1]


def convert(value: float, source: pint.Unit, target: pint.Unit) -> float:
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


def factor_between(source: pint.Unit, target: pint.Unit) -> float:
    """What a number in `source` is multiplied by to give it in `target`."""
    return convert(1.0, source, target)


def in_time_unit(text: str, time_unit: str) -> str:
    """The unit text with its hours replaced by `time_unit`: laws are written in hours, a model chooses its own."""
    if time_unit == "hour":
        return text
    exponents = {time_unit if name == "hour" else name: power for name, power in exponents_of(unit(text)).items()}
    return unit_text(_from_exponents(exponents))


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
    # what is in the unit already needs no pint, which is slow to import
    return amount if text in ("", target) else convert(amount, unit(text), unit(target))


def power_of(value: pint.Unit, exponent: float) -> pint.Unit:
    """The unit raised to a rational power."""
    ratio = Fraction(exponent).limit_denominator(24)
    raised = {name: power * float(ratio) for name, power in exponents_of(value).items()}
    return _from_exponents({name: round(power) if power == round(power) else power for name, power in raised.items()})
