"""The value record: a number, its unit, its uncertainty, and where it came from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from exokinetics.units import convert, unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Quality = Literal["measured", "fitted", "derived", "assumed"]
Distribution = Literal["log", "logit", "hill", "fixed"]

QUALITIES: tuple[str, ...] = get_args(Quality)
HILL_LIMITS = (1.0, 8.0)

# How far the central 90 % reaches on either side where a source gives no range (DESIGN, section 5).
DEFAULT_FACTOR: dict[str, float] = {"measured": 2.0, "fitted": 5.0, "derived": 5.0, "assumed": 30.0}
Z_95 = 1.6448536269514722  # the 95 % point of the standard normal: half of the central 90 % on either side


@dataclass(frozen=True)
class Value:
    """A number with its range and provenance.

    `low` and `high` are the central 90 % of a log-normal (`log`), of a logistic-normal for a fraction (`logit`), or
    of a log-normal clipped to [1, 8] for a Hill exponent (`hill`); `fixed` values, zeros among them, are not drawn.
    `range` says whether the source stated the range or the default of the quality was taken.
    """

    value: float
    unit: str
    low: float
    high: float
    quality: Quality
    source: str = ""
    reason: str = ""
    range: Literal["stated", "default"] = "default"
    distribution: Distribution = "log"

    def faults(self) -> list[str]:
        """Sentences on what breaks the rules of a value record; empty if all is well."""
        found = []
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high)):
            return ["value, low and high must be finite numbers"]
        if not self.low <= self.value <= self.high:
            found.append(f"low <= value <= high does not hold for {self.low:g}, {self.value:g}, {self.high:g}")
        if self.distribution == "logit" and not 0.0 <= self.low <= self.high <= 1.0:
            found.append(f"a fraction lies between 0 and 1, not at {self.low:g}, {self.value:g}, {self.high:g}")
        if self.distribution == "hill" and not HILL_LIMITS[0] <= self.value <= HILL_LIMITS[1]:
            return [f"a Hill exponent lies between 1 and 8, not at {self.value:g}"]
        if self.distribution in ("log", "hill") and (self.low < 0.0 or (self.low == 0.0) != (self.value == 0.0)):
            found.append(f"a log-normal range must lie above 0, not reach from {self.low:g} to {self.high:g}")
        return found

    def in_unit(self, text: str) -> Value:
        """The same quantity in another unit."""
        source, target = unit(self.unit), unit(text)
        value, low, high = (
            float(f"{convert(number, source, target):.15g}") for number in (self.value, self.low, self.high)
        )
        return replace(self, value=value, low=low, high=high, unit=text)

    def with_number(self, value: float) -> Value:
        """The same record with another number, its range moved along in proportion (on the odds for a fraction)."""
        low, high = default_range(value, self.quality, self.distribution)
        return replace(self, value=value, low=low, high=high, range="default")

    def quantile(self, probability: float) -> float:
        """The number below which a draw falls with this probability (0 to 1, exclusive)."""
        return self.quantiles([probability])[0]

    def quantiles(self, probabilities: Sequence[float] | NDArray[np.float64]) -> list[float]:
        """The quantile at each of many probabilities."""
        if self.distribution == "fixed" or self.value == 0.0 or self.low == self.high:
            return [self.value] * len(probabilities)
        from scipy.special import ndtri

        logit = self.distribution == "logit"
        low, high = (_logit(bound) if logit else math.log(bound) for bound in (self.low, self.high))
        levels = ((low + high) / 2 + ndtri(probabilities) / Z_95 * (high - low) / 2).tolist()
        # not numpy's exp, whose last bit is that of the processor: a seed has to give the same draws everywhere
        if logit:
            return [1.0 / (1.0 + math.exp(-level)) for level in levels]
        if self.distribution == "hill":
            return [min(max(math.exp(level), HILL_LIMITS[0]), HILL_LIMITS[1]) for level in levels]
        return [math.exp(level) for level in levels]


def default_range(value: float, quality: str, distribution: Distribution) -> tuple[float, float]:
    """Low and high where the source gives none: the quality's factor on either side (of the odds for a fraction)."""
    factor = DEFAULT_FACTOR[quality]
    if distribution == "fixed" or value == 0.0 or (distribution == "logit" and value >= 1.0):
        return value, value
    if distribution == "logit":
        odds = value / (1.0 - value)
        return odds / factor / (1.0 + odds / factor), odds * factor / (1.0 + odds * factor)
    if distribution == "hill":
        return max(value / factor, HILL_LIMITS[0]), min(value * factor, HILL_LIMITS[1])
    return (value / factor, value * factor) if value > 0 else (value * factor, value / factor)


def assumed(value: float, text: str, reason: str, distribution: Distribution = "log") -> Value:
    """A value without a source, with the reason for it and the default range."""
    low, high = default_range(value, "assumed", distribution)
    return Value(value, text, low, high, "assumed", reason=reason, distribution=distribution)


def fixed(value: float, text: str, reason: str, quality: Quality = "assumed", source: str = "") -> Value:
    """A value that is never drawn: a count chosen by the experimenter, a constant of nature, a zero."""
    return Value(value, text, value, value, quality, source, reason, "stated", "fixed")


def _logit(fraction: float) -> float:
    fraction = min(max(fraction, 1e-12), 1.0 - 1e-12)
    return math.log(fraction / (1.0 - fraction))
