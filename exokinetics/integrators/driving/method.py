"""What a method of integration brings to the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exokinetics.integrators.driving.body import Shape


@dataclass(frozen=True)
class Method:
    """A method by name, and the package that writes it.

    `text`: the driver as LLVM's intermediate representation. `states`: arrays of states that it works in, by how many
    rows of all states they hold. `others`: arrays by the numbers of each lane that they hold. `first_share` (rtol): how
    far a state may move, for its size, in the first step. `strictness` (rtol): how much smaller than the tolerances the
    errors of steps are kept, so that those at the end are of their size. `stages`: evaluations in each step, 0 if it
    counts them.
    """

    name: str
    package: str
    text: Callable[[Shape], str]
    states: Mapping[str, int]
    first_share: Callable[[float], float]
    strictness: Callable[[float], float] = lambda rtol: 1.0
    stages: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
