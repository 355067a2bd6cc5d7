"""An SBML file of a model: written with the state that a simulation starts from, and proved against the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exokinetics.compiler import system_of
from exokinetics.errors import WorkFailed, WrongInput
from exokinetics.integrators import Array
from exokinetics.model.validation import validate
from exokinetics.model.whole import Model
from exokinetics.simulation import prepare, simulate
from exokinetics.simulation.prepared import Prepared
from exokinetics.units import magnitude, same_unit, unit

RTOL = 1e-9
# Both runs are solved to RTOL; two orders are left for steps that fall differently because sums are ordered otherwise.
LARGEST_DEVIATION = 1e-7
HOURS, POINTS = 72, 73
RATE_STATES, RATE_RTOL = 5, 1e-9
UNITLESS_SPAN = 100.0  # of a model that names no unit of time


@dataclass(frozen=True)
class Agreement:
    """How far the simulation of the file is from that of the model, and over which time it was compared."""

    largest_deviation: float
    span: str


def write_sbml(model: Model, file: Path) -> None:
    """Write a model with its state at time 0, after its start; `WorkFailed` if there is no such state."""
    from exokinetics.sbml.writer import sbml_text

    prepared = prepare(model, span(model))
    state, _, reason = prepared.start(prepared.vector())
    if reason:
        raise WorkFailed(reason)
    initial = dict(zip(model.species, state.tolist(), strict=True))
    file.write_bytes(sbml_text(model, initial).encode("utf-8"))


def span(model: Model) -> float:
    """The time over which a file is compared, in the unit of the model: 72 hours."""
    try:
        return magnitude(f"{HOURS} hour", model.time_unit)
    except WrongInput:
        return UNITLESS_SPAN


def incomplete_units(model: Model) -> bool:
    """Whether the units of a model do not fit together, as in a file of others that states only some of them."""
    return bool(validate(model.whole, model.time_unit))


def verify_sbml(model: Model, file: Path, shown: str) -> Agreement:
    """Prove the file: libSBML has no complaint, and read back it has the ids, values and behaviour of the model."""
    from exokinetics.catalogue.loading import read_text
    from exokinetics.sbml.consistency import consistency_messages
    from exokinetics.sbml.reader import read_sbml_issues

    text, issues = read_text(file)
    copy = None
    if not issues:
        complaints = consistency_messages(text, units=not incomplete_units(model))
        if complaints:
            raise _unproved(shown, f"libSBML has {_count(len(complaints), 'complaint')}, the first: {complaints[0]}")
        copy, issues = read_sbml_issues(text, model.name, shown)
    errors = [issue for issue in issues if issue.severity == "error"]
    if copy is None or errors:
        raise _unproved(shown, f"it cannot be read back: {errors[0] if errors else 'no reason was given'}")
    difference = next(_differences(model, copy), None)
    if difference:
        raise _unproved(shown, difference)
    return _agreement(model, copy, shown)


def _unproved(shown: str, why: str) -> WorkFailed:
    return WorkFailed(f"{shown}: was not written, because the file did not pass its check: {why}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _differences(model: Model, copy: Model) -> Iterator[str]:
    for kind in ("species", "parameters", "observables"):
        wanted, found = set(getattr(model, kind)), set(getattr(copy, kind))
        for name in sorted(wanted - found):
            yield f"'{name}', one of the {kind} of the model, is not in the file"
        for name in sorted(found - wanted):
            yield f"'{name}', one of the {kind} of the file, is not in the model"
    for name in model.whole.kinds():
        if not same_unit(unit(model.unit(name)), unit(copy.unit(name))):
            yield f"'{name}' is in '{model.unit(name)}' in the model and in '{copy.unit(name)}' in the file"
    for name in model.whole.parameters:
        wanted_value, found_value = model.value(name).value, copy.value(name).value
        if wanted_value != found_value:
            yield f"'{name}' is {wanted_value!r} in the model and {found_value!r} in the file"


def _agreement(model: Model, copy: Model, shown: str) -> Agreement:
    times = np.linspace(0.0, span(model), POINTS)
    wanted = simulate(model, times, rtol=RTOL)
    found = simulate(copy, times, rtol=RTOL)
    for result, what in ((wanted, "the model"), (found, "the file")):
        if not result.success:
            raise _unproved(shown, f"{what} could not be simulated: {result.reason}")
    worst, where = 0.0, ""
    floors = _floors(prepare(model, times, rtol=RTOL))
    for name in wanted.outputs:
        difference, largest = _difference(wanted[name], found[name])
        if not difference <= floors.get(name, 0.0):
            deviation = difference / largest if largest > 0 else np.inf
            worst, where = (worst, where) if deviation <= worst else (deviation, name)
    text = f"{span(model):g} {model.time_unit}"
    if not worst <= LARGEST_DEVIATION:
        raise _unproved(shown, f"over {text} its '{where}' deviates from the model by {worst:.2g} of its maximum")
    _require_same_rates(model, copy, {name: float(np.max(np.abs(wanted[name]))) for name in model.species}, shown)
    return Agreement(worst, text)


def _difference(wanted: Array, found: Array) -> tuple[float, float]:
    """The largest difference and the largest finite size; what is infinite or no number in both is no difference."""
    same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
    difference = np.abs(np.where(same, 0.0, wanted) - np.where(same, 0.0, found))
    return float(np.max(difference)), float(np.max(np.abs(wanted), where=np.isfinite(wanted), initial=0.0))


def _require_same_rates(model: Model, copy: Model, sizes: dict[str, float], shown: str) -> None:
    """Compare d/dt at states off the path, where what is idle in the simulation shows, too."""
    first, second = system_of(model), system_of(copy)
    order = [first.states.index(name) for name in second.states]
    random = np.random.default_rng(0)
    size = np.array([sizes[name] or 1.0 for name in first.states])
    states = size * np.exp(0.5 * random.standard_normal((RATE_STATES, len(size))))
    p, q = first.defaults.tolist(), second.defaults.tolist()
    for time, state in zip(np.linspace(0.0, span(model), RATE_STATES), states, strict=True):
        wanted = first.rhs(float(time), state, p)
        found = np.empty_like(wanted)
        found[order] = second.rhs(float(time), state[order], q)
        scale = RATE_RTOL * np.maximum(np.abs(wanted), size / span(model))
        wrong = np.flatnonzero(~((np.abs(wanted - found) <= scale) | (np.isnan(wanted) & np.isnan(found))))
        if wrong.size:
            name = first.states[wrong[0]]
            raise _unproved(shown, f"its d({name})/dt differs from that of the model away from the simulated path")


def _floors(prepared: Prepared) -> dict[str, float]:
    """Below these differences there is only the error of the solver: a hundred absolute tolerances of a species."""
    _, atol, _ = prepared.start(prepared.vector())
    return {name: 100.0 * float(value) for name, value in zip(prepared.model.species, atol, strict=True)}
