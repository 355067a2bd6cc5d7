"""An SBML file of a model: written with the state that a simulation starts from, and proved against the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.compiler import system_of
from exokinetics.errors import WorkFailed
from exokinetics.interchange.agreement import Agreement, Disagreement, agreement
from exokinetics.interchange.checked_span import Reference, reference
from exokinetics.model.validation import validate
from exokinetics.model.whole import Model
from exokinetics.simulation import prepare
from exokinetics.units import same_unit, unit

RATE_STATES, RATE_RTOL = 5, 1e-9


def write_sbml(model: Model, file: Path) -> None:
    """Write a model with its state at time 0, after its start; `WorkFailed` if there is no such state."""
    from exokinetics.sbml.writer import sbml_text

    prepared = prepare(model, 1.0)  # only its start is asked for
    state, _, reason = prepared.start(prepared.vector())
    if reason:
        raise WorkFailed(reason)
    initial = dict(zip(model.species, state.tolist(), strict=True))
    file.write_bytes(sbml_text(model, initial).encode("utf-8"))


def incomplete_units(model: Model) -> bool:
    """Whether the units of a model do not fit together, as in a file of others that states only some of them."""
    return bool(validate(model.whole, model.time_unit))


def verify_sbml(model: Model, file: Path, shown: str, *, until: Any = None) -> Agreement:
    """Prove the file: libSBML has no complaint, it has the ids and values of the model, and behaves like it.

    The behaviour is that of our own reader, and of every other simulator that is installed; `until` is the end of the
    time compared. Raises `WorkFailed` with the first thing that does not agree.
    """
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
    return _agreement(model, copy, file, shown, until)


def _agreement(model: Model, copy: Model, file: Path, shown: str, until: Any) -> Agreement:
    try:
        wanted = reference(model, until)
    except WorkFailed as error:
        raise _unproved(shown, f"the model could not be simulated: {error}") from None
    try:
        found = agreement(wanted, copy, file)
    except Disagreement as error:
        raise _unproved(shown, str(error)) from None
    _require_same_rates(model, copy, wanted, shown)
    return found


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


def _require_same_rates(model: Model, copy: Model, wanted: Reference, shown: str) -> None:
    """Compare d/dt at states off the path, where what is idle in the simulation shows, too."""
    first, second = system_of(model), system_of(copy)
    order = [first.states.index(name) for name in second.states]
    random = np.random.default_rng(0)
    sizes = wanted.sizes(first.states)
    size = np.array([sizes[name] or 1.0 for name in first.states])
    states = size * np.exp(0.5 * random.standard_normal((RATE_STATES, len(size))))
    p, q = first.defaults.tolist(), second.defaults.tolist()
    end = wanted.times[-1]
    for time, state in zip(np.linspace(0.0, end, RATE_STATES), states, strict=True):
        expected = first.rhs(float(time), state, p)
        found = np.empty_like(expected)
        found[order] = second.rhs(float(time), state[order], q)
        scale = RATE_RTOL * np.maximum(np.abs(expected), size / end)
        wrong = np.flatnonzero(~((np.abs(expected - found) <= scale) | (np.isnan(expected) & np.isnan(found))))
        if wrong.size:
            name = first.states[wrong[0]]
            raise _unproved(shown, f"its d({name})/dt differs from that of the model away from the simulated path")
