"""What a fit file says, checked: conditions, observables with noise, parameters with bounds and priors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from exokinetics.expressions.graph import Node
from exokinetics.simulation import Dose

DECADES = 4.0  # the least span of the bounds of an estimated rate


@dataclass(frozen=True)
class Condition:
    """One experiment: parameter values and initial amounts that differ from the model, how it starts, and doses.

    `ties` are parameters of the model and initial amounts (`initial:SPECIES`) that are computed from quantities of the
    fit; `before` are the values while the model comes to rest, where it starts from there. What was measured in one
    that is `held_out` takes no part in the fit, and is predicted.
    """

    id: str
    values: Mapping[str, float] = field(default_factory=dict)
    start: str | None = None
    title: str = ""
    initial: Mapping[str, float] = field(default_factory=dict)
    doses: tuple[Dose, ...] = ()
    ties: Mapping[str, Node] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)
    held_out: bool = False


@dataclass(frozen=True)
class SearchEffort:
    """What one start spends: the cost at `batch` points, short searches from the `tried` best, a full one at the end.

    With the default 19 of 20 starts of becker2010_epo_uptake end at the optimum, with one `tried`, which leaves the
    short searches out, 31 of 40, and from any point 14 of 20.
    """

    batch: int = 40
    tried: int = 3


@dataclass(frozen=True)
class Measured:
    """One measured column: its prediction over model ids, fit parameters and columns, and its noise.

    `spread` is over fit parameters, columns, `predicted` and, where technical repeats are averaged, their number
    `repeats`; `degrees` are Student's, over parameters of the fit alone.
    """

    id: str
    column: str
    expression: Node
    unit: str
    noise: str
    spread: Node
    conditions: tuple[str, ...] = ()
    title: str = ""
    degrees: Node | None = None
    averaged: bool = False

    @property
    def symbols(self) -> frozenset[str]:
        """Every name that the prediction or its noise depends on."""
        nodes = (self.expression, self.spread, self.degrees)
        return frozenset(name for node in nodes if node is not None for name in node.symbols)


@dataclass(frozen=True)
class Scalar:
    """A number of the literature, such as a half-life, that an expression over parameters is to meet."""

    measured: Measured
    value: float
    source: str


@dataclass(frozen=True)
class FitParameter:
    """A quantity of the fit: estimated between `lower` and `upper`, or held at `value`; a rate is searched in log10.

    `prior` is the mean and standard deviation of a normal on the search scale. `tie` computes it from other quantities.
    One of several that differ between conditions or replicates (`per`) stands for `base` in the one that `group` names.
    """

    id: str
    unit: str
    value: float
    lower: float = -math.inf
    upper: float = math.inf
    estimate: bool = True
    scale: str = "log10"
    prior: tuple[float, float] | None = None
    reason: str = ""
    title: str = ""
    tie: Node | None = None
    base: str = ""
    per: str = ""
    group: str = ""

    def to_search(self, value: float) -> float:
        """The value on the scale of the search."""
        return math.log10(value) if self.scale == "log10" else value

    def from_search(self, value: float) -> float:
        """A value from the scale of the search."""
        return 10.0**value if self.scale == "log10" else value

    def slope(self, value: float) -> float:
        """d(value)/d(search value)."""
        return value * math.log(10.0) if self.scale == "log10" else 1.0
