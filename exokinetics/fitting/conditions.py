"""Conditions of a fit file: what an experiment sets, how it starts, and what is put in while it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from exokinetics.catalogue.value_records import flattened, read_settings
from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.graph import Node
from exokinetics.fitting.parameter_tables import Quantities, free_names, units_of
from exokinetics.fitting.reading import Reading
from exokinetics.fitting.specification import Condition
from exokinetics.model.equations import initial_symbol
from exokinetics.model.values import Value
from exokinetics.model.whole import Model
from exokinetics.simulation import Dose
from exokinetics.simulation.doses import schedule
from exokinetics.units import magnitude, same_unit, split_quantity, unit

CONDITION_KEYS = ("title", "values", "ties", "initial", "before", "start", "doses", "held_out")
DOSE_KEYS = ("time", "target", "amount", "duration", "repeat", "every")
NEEDED = ("time", "target", "amount")

Fault = Callable[[str, str], None]


def read_condition(id: str, table: Mapping[str, Any], quantities: Quantities, reading: Reading) -> Condition:
    """One condition, with every fault told."""
    key, model, fault = f"condition.{id}", reading.model, reading.fault
    _unknown(table, CONDITION_KEYS, key, fault)
    values = read_settings(table.get("values", {}), model.whole.parameters, f"{key}.values", fault)
    before = read_settings(table.get("before", {}), model.whole.parameters, f"{key}.before", fault)
    start = table.get("start")
    if start not in (None, "initial", "steady"):
        fault(f"{key}.start", f"{start!r} is not known; use 'initial' or 'steady'")
    steady = model.start.steady if start is None else start == "steady"
    if before and not steady:
        fault(f"{key}.before", "is how the model waits for its steady state; it needs start = 'steady'")
    initial = _initial(table.get("initial", {}), model, f"{key}.initial", fault)
    doses = _doses(table.get("doses", []), model, f"{key}.doses", fault)
    ties = _ties(table.get("ties", {}), {*values, *initial}, steady, quantities, reading, f"{key}.ties")
    held_out = table.get("held_out", False)
    if not isinstance(held_out, bool):
        fault(f"{key}.held_out", f"must be true or false, not {held_out!r}")
    title = str(table.get("title", ""))
    return Condition(id, values, start, title, initial, doses, ties, before, held_out is True)


def _ties(
    given: Any, taken: Collection[str], steady: bool, quantities: Quantities, reading: Reading, key: str
) -> dict[str, Node]:
    """What the condition computes from quantities of the fit: parameters of the model, and initial amounts."""
    model, found = reading.model, {}
    if not isinstance(given, dict):
        reading.fault(key, "must be a table with lines id = an expression over the parameters of this file")
        return {}
    for name, text in flattened(given, ()):
        where, before = f"{key}.{name}", len(reading.issues)
        species = name in model.species
        if not species and name not in model.whole.parameters:
            known = [*model.whole.parameters, *model.species]
            reading.fault(where, f"is not a parameter or species of {model.name}{did_you_mean(name, known)}")
            continue
        if name in taken:
            reading.fault(where, "has a value in this condition already; keep one of the two")
        if species and (steady or not isinstance(model.whole.species[name].initial, Value)):
            reading.fault(where, "can only be tied where the model starts from initial amounts that are plain numbers")
        node = reading.expression(
            text, where, free_names(quantities), "the parameters of this file that a tie may name"
        )
        if node is not None:
            reading.require_unit(node, units_of(quantities), model.unit(name), where, f"'{name}' in")
        if node is not None and len(reading.issues) == before:
            found[initial_symbol(name) if species else name] = node
    return found


def _unknown(table: Mapping[str, Any], known: tuple[str, ...], key: str, fault: Fault) -> None:
    for name in table.keys() - set(known):
        fault(f"{key}.{name}", f"is not known here{did_you_mean(name, known)}")


def _initial(given: Any, model: Model, key: str, fault: Fault) -> dict[str, float]:
    """Species and the amounts that they start with, in the units of the model."""
    if not isinstance(given, dict):
        fault(key, "must be a table with lines id = amount")
        return {}
    found: dict[str, float] = {}
    for name, amount in flattened(given, ()):
        if name not in model.species:
            fault(f"{key}.{name}", f"is not a species{did_you_mean(name, model.species)}")
            continue
        number = _number(amount, model.unit(name), f"{key}.{name}", fault)
        if number is not None and number < 0 and model.whole.species[name].nonnegative:
            fault(f"{key}.{name}", f"{amount!r} is negative, which this species cannot be")
        elif number is not None:
            found[name] = number
    return found


def _doses(given: Any, model: Model, key: str, fault: Fault) -> tuple[Dose, ...]:
    if not isinstance(given, list):
        fault(key, 'must be a list of tables { time = "...", target = "...", amount = "..." }')
        return ()
    found = [_dose(table, model, f"{key}.{number}", fault) for number, table in enumerate(given, start=1)]
    return tuple(dose for dose in found if dose is not None)


def _dose(table: Any, model: Model, key: str, fault: Fault) -> Dose | None:
    """A dose in the units of the model; every number names its unit."""
    if not isinstance(table, dict):
        fault(key, 'must be a table { time = "...", target = "...", amount = "..." }')
        return None
    told: list[str] = []

    def tell(where: str, sentence: str) -> None:
        told.append(where)
        fault(where, sentence)

    _unknown(table, DOSE_KEYS, key, tell)
    for name in NEEDED:
        if name not in table:
            tell(f"{key}.{name}", "is missing; a dose needs time, target and amount")
    target = table.get("target")
    known = isinstance(target, str) and target in model.species
    if "target" in table and not known:
        tell(f"{key}.target", f"'{target}' is not a species{did_you_mean(str(target), model.species)}")
    units = dict.fromkeys(("time", "duration", "every"), model.time_unit)
    units |= {"amount": model.unit(str(target))} if known else {}
    numbers = {name: _number(table[name], text, f"{key}.{name}", tell) for name, text in units.items() if name in table}
    if told:
        return None
    dose = Dose(
        numbers["time"], str(target), numbers["amount"], duration=numbers.get("duration", 0),
        repeat=table.get("repeat", 1), every=numbers.get("every"),
    )  # fmt: skip
    try:
        schedule(model, [dose])
    except WrongInput as error:
        fault(key, str(error).removeprefix("dose 1: "))
        return None
    return dose


def _number(given: Any, text: str, key: str, fault: Fault) -> float | None:
    try:
        bare = not split_quantity(given)[1] if isinstance(given, str) else True
        if bare and not same_unit(unit(text), unit("dimensionless")):
            raise WrongInput(f"{given!r} has no unit; write '{given} {text}'")
        return magnitude(given, text)
    except WrongInput as error:
        fault(key, str(error))
        return None
