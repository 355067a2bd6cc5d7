"""Doses: an amount put into a species at a time, at once or over a while, once or repeatedly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import System
from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.units import magnitude

MAX_REPEATS = 100_000
ROUNDING = 1e-13  # times that differ by less than this part are one


@dataclass(frozen=True)
class Dose:
    """`amount` is added to the species `target` at `time`, spread over `duration`, `repeat` times at steps of `every`.

    Numbers are in the model's units, texts carry their own: `Dose("24 hour", "medium.vesicles", 1e9)`.
    """

    time: Any
    target: str
    amount: Any
    _: KW_ONLY
    duration: Any = 0
    repeat: int = 1
    every: Any = None


@dataclass(frozen=True)
class Schedule:
    """Doses worked out: bolus amounts by time, and constant inputs between times."""

    bolus: tuple[tuple[float, int, float], ...] = ()
    infusions: tuple[tuple[float, float, int, float], ...] = ()

    def smallest(self) -> dict[int, float]:
        """The smallest amount that each dosed state gets at a time."""
        found: dict[int, float] = {}
        amounts = [(index, abs(amount)) for _, index, amount in self.bolus]
        amounts += [(index, abs(rate * (end - start))) for start, end, index, rate in self.infusions]
        for index, amount in amounts:
            found[index] = min(found.get(index, amount), amount)
        return found

    def snapped(self, times: Array) -> Schedule:
        """The same doses, moved to an output time that they miss by rounding alone: output there is after the dose."""

        def near(time: float) -> float:
            nearest = float(times[np.argmin(np.abs(times - time))])
            return nearest if abs(nearest - time) <= ROUNDING * time else time

        return Schedule(
            tuple((near(time), index, amount) for time, index, amount in self.bolus),
            tuple((near(start), near(end), index, rate) for start, end, index, rate in self.infusions),
        )

    def overdrawn(
        self, states: Array, nonnegative: NDArray[np.bool_], atol: Array, until: float = np.inf
    ) -> tuple[int, float] | None:
        """The state of which a negative dose took more than there was, and when, if there is one up to a time."""
        for time, index, amount in self.bolus:
            taken = amount < 0 and nonnegative[index] and time <= until
            if taken and (states[:, index] < -1e3 * atol[index]).any():
                return index, time
        return None

    def breaks(self) -> list[float]:
        """Every time at which the right-hand side or the state jumps, in order."""
        times = {time for time, _, _ in self.bolus}
        for start, end, _, _ in self.infusions:
            times |= {start, end}
        return sorted(times)

    def jump(self, time: float, size: int) -> Array:
        """What the boluses at this time add to a state of that many numbers."""
        added = np.zeros(size)
        for when, index, amount in self.bolus:
            if when == time:
                added[index] += amount
        return added

    def input(self, start: float, end: float, size: int) -> Array | None:
        """The constant input between two neighbouring breaks, or None if there is none."""
        added = np.zeros(size)
        for first, last, index, rate in self.infusions:
            if first <= start and end <= last:
                added[index] += rate
        return added if added.any() else None


def schedule(model: Model, doses: Iterable[Dose]) -> Schedule:
    """Doses checked and in the model's units; `WrongInput` says which dose is wrong and how."""
    bolus: list[tuple[float, int, float]] = []
    infusions: list[tuple[float, float, int, float]] = []
    if isinstance(doses, Dose) or not isinstance(doses, Iterable):
        raise WrongInput("doses: give a list of doses, such as [Dose(time, target, amount)]")
    for number, dose in enumerate(doses, start=1):
        try:
            _place(model, dose, bolus, infusions)
        except WrongInput as error:
            raise WrongInput(f"dose {number}: {error}") from None
    return Schedule(tuple(sorted(bolus)), tuple(sorted(infusions)))


def require_free(system: System, doses: Schedule) -> None:
    """Refuse a dose of what a constraint determines: it would be gone at once."""
    for index in doses.smallest():
        if index in system.algebraic:
            raise WrongInput(f"doses: a constraint determines '{system.states[index]}'; dose a species that it names")


def _place(
    model: Model, dose: Dose, bolus: list[tuple[float, int, float]], infusions: list[tuple[float, float, int, float]]
) -> None:
    if not isinstance(dose, Dose):
        raise WrongInput(f"{dose!r} is not a Dose; write Dose(time, target, amount)")
    if dose.target not in model.species:
        raise WrongInput(f"'{dose.target}' is not a species{did_you_mean(dose.target, model.species)}")
    index = model.species.index(dose.target)
    amount = magnitude(dose.amount, model.unit(dose.target))
    first, duration = magnitude(dose.time, model.time_unit), magnitude(dose.duration, model.time_unit)
    if first < 0 or duration < 0:
        raise WrongInput("time and duration must not be negative; the simulation starts at 0")
    if not isinstance(dose.repeat, int) or not 1 <= dose.repeat <= MAX_REPEATS:
        raise WrongInput(f"repeat must be a whole number from 1 to {MAX_REPEATS}, not {dose.repeat!r}")
    every = 0.0
    if dose.repeat > 1:
        if dose.every is None:
            raise WrongInput("a repeated dose needs every=, the time between two of them")
        every = magnitude(dose.every, model.time_unit)
        if every <= 0:
            raise WrongInput("every= must be above 0")
    for count in range(dose.repeat):
        time = first + count * every
        if duration > 0:
            infusions.append((time, time + duration, index, amount / duration))
        else:
            bolus.append((time, index, amount))
