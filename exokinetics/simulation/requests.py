"""What the caller asked for, checked: the model, the times, the values, the outputs, the tolerances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.catalogue import load
from exokinetics.compiler import System
from exokinetics.compiler.constraints import require_unconstrained
from exokinetics.compiler.delayed_slopes import require_slopes
from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.integrators import Array, Scaling
from exokinetics.model.equations import initial_symbol
from exokinetics.model.values import HILL_LIMITS, Value
from exokinetics.model.whole import Model
from exokinetics.units import magnitude

DEFAULT_POINTS = 201
HIDDEN = 1e-9  # of the scale of its unit: a concentration that starts at zero may stay this small
START_MODES = (None, "initial", "steady")


def as_model(model: Model | str | Path) -> Model:
    """The model itself, or the one of that name or path."""
    return model if isinstance(model, Model) else load(model)


def time_grid(t: Any, time_unit: str) -> Array:
    """Output times in the model's unit: the array as given, or 201 points from 0 to a number or text with unit."""
    if hasattr(t, "magnitude") and np.ndim(t.magnitude) > 0:
        t = [magnitude(type(t)(float(number), t.units), time_unit) for number in np.ravel(t.magnitude)]
    if isinstance(t, str) or np.ndim(t) == 0:
        end = _amount(t, time_unit, "t")
        if end <= 0:
            raise WrongInput(f"t: the end time must be above 0, not {t!r}")
        return np.linspace(0.0, end, DEFAULT_POINTS)
    try:
        times = np.array(t, float)
    except (TypeError, ValueError):
        raise WrongInput("t: give an increasing array of times, a number, or a text such as '72 hour'") from None
    if times.ndim != 1 or times.size == 0:
        raise WrongInput(f"t: must be a 1-D array with at least one time, not of shape {times.shape}")
    if not np.isfinite(times).all():
        raise WrongInput("t: holds a time that is not finite")
    if times[0] < 0:
        raise WrongInput(f"t: starts at {times[0]:g}; times must not be negative, integration starts at 0")
    if (np.diff(times) <= 0).any():
        raise WrongInput("t: must increase from each time to the next; sort it and drop repeats")
    return times


def input_vector(model: Model, system: System, values: Mapping[str, Any] | None) -> Array:
    """The inputs of the system with the caller's values put in; every wrong one is reported at once."""
    vector = system.defaults.copy()
    issues = []
    if values is not None and not isinstance(values, Mapping):
        raise WrongInput(f"values: give a mapping of id to value, not {values!r}")
    for name, given in (values or {}).items():
        key = name
        if name not in system.position:
            hint = did_you_mean(name, model.whole.parameters)
            if name in model.species:
                hint = "; it is a species, so give it in initial="
            issues.append(Issue("", f"values.{name}", f"is not a parameter of {model.name}{hint}"))
            continue
        try:
            record = model.value(key)
            amount = magnitude(given, record.unit)
            if name in model.whole.parameters:
                require_possible(amount, record)
            elif amount < 0 and model.whole.species[name.removeprefix("initial:")].nonnegative:
                raise WrongInput(f"{given!r} is negative, which this species cannot be")
            vector[system.position[key]] = amount
        except WrongInput as error:
            issues.append(Issue("", f"values.{name}", str(error)))
    raise_errors(issues)
    return vector


def require_possible(amount: float, record: Value) -> None:
    """Refuse a number that the quantity cannot have; of values of foreign files nothing is known."""
    if record.distribution == "logit" and not 0.0 <= amount <= 1.0:
        raise WrongInput(f"{amount:g} is not a fraction; it lies between 0 and 1")
    if record.distribution == "hill" and not HILL_LIMITS[0] <= amount <= HILL_LIMITS[1]:
        raise WrongInput(f"{amount:g} is not a Hill exponent; it lies between 1 and 8")
    if amount < 0.0 <= record.value and not foreign(record):
        raise WrongInput(f"{amount:g} is negative, which this quantity cannot be")


def foreign(record: Value) -> bool:
    """Whether all that is known of a value is that a file of others gives it."""
    return record.reason.startswith("as given in")


def initial_overrides(model: Model, initial: Mapping[str, Any] | None) -> dict[int, float]:
    """State index to the amount that the caller wants it to start with."""
    found, issues = {}, []
    if initial is not None and not isinstance(initial, Mapping):
        raise WrongInput("initial: give a mapping of species ids to amounts")
    places = {name: index for index, name in enumerate(model.species)} if initial else {}
    for name, given in (initial or {}).items():
        key = str(name).removeprefix("initial:")
        if key not in places:
            hint = did_you_mean(name, places)
            issues.append(Issue("", f"initial.{name}", f"is not a species of {model.name}{hint}"))
            continue
        try:
            amount = magnitude(given, model.unit(key))
            if amount < 0 and model.whole.species[key].nonnegative:
                raise WrongInput(f"{given!r} is negative, which this species cannot be")
            found[places[key]] = amount
        except WrongInput as error:
            issues.append(Issue("", f"initial.{name}", str(error)))
    raise_errors(issues)
    return found


def names_of(given: Any, what: str) -> tuple[str, ...]:
    """One id or several as a tuple."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable):
        raise WrongInput(f"{what}: give a list of ids, not {given!r}")
    return tuple(given)


def output_names(system: System, outputs: Iterable[str] | None) -> tuple[str, ...]:
    """The wanted outputs; all of them when None."""
    if outputs is None:
        return system.outputs
    names = names_of(outputs, "outputs")
    for name in names:
        if name not in system.outputs:
            raise WrongInput(f"outputs: '{name}' is not a species or observable{did_you_mean(name, system.outputs)}")
    return names


def sensitivity_inputs(model: Model, system: System, wanted: bool | Sequence[str] | None) -> tuple[str, ...]:
    """The inputs to differentiate by, in the order of the request."""
    if wanted is None or wanted is False:
        return ()
    names = model.parameters if wanted is True else names_of(wanted, "sensitivities")
    for name in names:
        if name not in system.position:
            hint = did_you_mean(name, system.inputs)
            if initial_symbol(name) in system.position:
                hint = f"; did you mean '{initial_symbol(name)}'?"
            raise WrongInput(f"sensitivities: '{name}' is not a parameter or initial value{hint}")
    if names:
        require_unconstrained(system, "sensitivities")
    if names and system.delays:
        if model.whole.events:
            system.past.require_none("sensitivities through events")
        require_slopes(system, names)
    if names and system.rounded:
        raise WrongInput(
            f"sensitivities: a rate of {model.name} holds {system.rounded}() of species, which jumps again and "
            "again, so that there are no derivatives; write a smooth rate, or take differences of runs"
        )
    return names


def start_mode(model: Model, start: str | None) -> bool:
    """Whether to start from a steady state."""
    if start not in START_MODES:
        raise WrongInput(f"start: {start!r} is not known; use 'initial', 'steady' or None for what the model says")
    return model.start.steady if start is None else start == "steady"


def scaling(system: System, dosed: Mapping[int, float] | None = None) -> Scaling:
    """The rule for absolute tolerances that are not given: a thousandth of rtol of each state's own scale.

    The scale of a state is its value at the start or the smallest dose it gets (`dosed`, by index). One that starts at
    zero has the smallest scale of its unit, or one unit (one copy, one vesicle) where that is smaller or there is none;
    a concentration that starts at zero may stay far below the others, so it has a billionth of that.
    """
    smallest = np.full(len(system.states), np.inf)
    for index, amount in (dosed or {}).items():
        smallest[index] = amount or np.inf
    return Scaling(smallest, *system.unit_groups, share=1e-3, hidden=HIDDEN)


def tolerances(
    system: System, state: Array, rtol: float, atol: Any, dosed: Mapping[int, float] | None = None
) -> tuple[float, Array]:
    """`rtol` and an absolute tolerance per state: as given, or by the rule of `scaling`."""
    if not (isinstance(rtol, (int, float)) and 0 < rtol < 1):
        raise WrongInput(f"rtol: must lie between 0 and 1, not {rtol!r}")
    if atol is None:
        return float(rtol), _scaled(scaling(system, dosed), state, rtol)
    if isinstance(atol, Mapping):
        vector = _scaled(scaling(system, dosed), state, rtol)
        for name, given in atol.items():
            if name not in system.states:
                raise WrongInput(f"atol: '{name}' is not a species{did_you_mean(name, system.states)}")
            index = system.states.index(name)
            vector[index] = _amount(given, system.state_units[index], f"atol.{name}")
    else:
        vector = np.full(len(state), _amount(atol, "dimensionless", "atol"))
    if not (vector > 0).all():
        raise WrongInput("atol: must be above 0 for every species")
    return float(rtol), vector


def _amount(given: Any, unit: str, where: str) -> float:
    """A number in the unit; what is wrong with it is said of the argument `where`."""
    try:
        return magnitude(given, unit)
    except WrongInput as error:
        raise WrongInput(f"{where}: {error}") from None


def _scaled(rule: Scaling, state: Array, rtol: float) -> Array:
    """What the compiled engine works out for itself: see `Scaling`."""
    size = np.abs(state)
    size = np.where(np.isfinite(rule.dosed), np.where(size > 0.0, np.minimum(size, rule.dosed), rule.dosed), size)
    smallest = np.full(int(rule.group.max(initial=-1)) + 1, np.inf)
    here = size > 0.0
    np.minimum.at(smallest, rule.group[here], size[here])
    least = smallest[rule.group]
    zero = np.where(rule.counted, np.minimum(1.0, least), rule.hidden * np.where(np.isinf(least), 1.0, least))
    return np.asarray(np.where(here, size, zero) * (rule.share * rtol))
