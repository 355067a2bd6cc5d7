"""Events in model files, and what `show` says of them."""

import json
import re

import numpy as np
import pytest

from exokinetics import check, load, simulate
from exokinetics.command_line import main

FILE = """
title = "Refilled"
[part.dish]
law = "extracellular_decay"
volume = { value = "1 mL", quality = "assumed", reason = "one well" }
decay = { value = "0.1 1/hour", quality = "assumed", reason = "as an example" }
[initial]
"dish.vesicles" = { value = "1e9 vesicle", quality = "assumed", reason = "the dose" }
[event.refill]
title = "A second dose"
trigger = "dish.vesicles < refill.least"
assignments = { "dish.vesicles" = "dish.vesicles + refill.dose" }
delay = "refill.wait"
persistent = false
values.least = { value = "5e8 vesicle", quality = "assumed", reason = "half" }
values.dose = { value = "1e9 vesicle", quality = "assumed", reason = "as much as at first" }
values.wait = { value = "2 hour", quality = "assumed", reason = "the hands of the experimenter" }
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "refilled.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_an_event_of_a_file_happens(path):
    assert check(path) == []
    model = load(path)
    event = model.whole.events["refill"]
    assert (event.title, event.persistent, event.values_at_trigger) == ("A second dose", False, True)
    moment = np.log(2.0) / 0.1 + 2.0
    found = simulate(model, [moment - 0.01, moment + 0.01], rtol=1e-9)["dish.vesicles"]
    before, after = 1e9 * np.exp(-0.1 * (moment - 0.01)), (5e8 + 1e9) * np.exp(-0.1 * 0.01)
    # the values are those of the trigger: half of the first dose, and another one
    np.testing.assert_allclose(found, [before, after], rtol=1e-7)


FAULTS = [
    ('trigger = "dish.vesicles < refill.least"', "", "event.refill.trigger: is missing"),
    ('trigger = "dish', 'triger = "dish', "event.refill.triger: is not part of an event; did you mean 'trigger'"),
    ("persistent = false", 'persistent = "no"', "event.refill.persistent: must be true or false"),
    ('delay = "refill.wait"', "delay = 2", "event.refill.delay: must be an expression"),
    ('delay = "refill.wait"', 'delay = "refill.wait*"', "event.refill.delay: "),
    ('"dish.vesicles + refill.dose"', "3", "refill: the new value of 'dish.vesicles' is in 'dimensionless'"),
    ("{ \"dish.vesicles\" = \"dish.vesicles + refill.dose\" }", "7", "event.refill.assignments: must be a table"),
    ("values.wait = {", "values.wait = 3 # {", "event.refill.values.wait: needs a table"),
    ("refill.least\"", "refill.leats\"", "refill: 'refill.leats' is not a species, parameter or observable"),
    ("value = \"2 hour\"", "value = \"2 cell\"", "refill: the delay is in 'cell' but must be in 'hour'"),
    ("[event.refill]", "[event.\"re fill\"]", "event.re fill: 're fill' is not an id"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_one_fault_is_one_sentence(old, new, sentence, path):
    assert old in FILE
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    issues = check(path)
    assert any(sentence in str(issue) for issue in issues), [str(issue) for issue in issues]


@pytest.mark.parametrize("table", ["event = 3", "[event]\nrefill = 3"])
def test_what_is_no_table_is_refused(table, path):
    head = FILE[: FILE.index("[event")]
    path.write_text(f"{table}\n{head}" if table.startswith("event") else f"{head}\n{table}", encoding="utf-8")
    assert re.search(r"event(.refill)?: must be", str(check(path)[0]))


def test_show_prints_events(path, capsys):
    assert main(["show", str(path)]) == 0
    text = capsys.readouterr().out
    assert "when dish.vesicles < refill.least becomes true, refill.wait later" in text
    assert "dish.vesicles := dish.vesicles + refill.dose" in text
    assert "called off when the trigger becomes false before" in text
    assert main(["show", str(path), "--json"]) == 0
    event = json.loads(capsys.readouterr().out)["result"]["events"][0]
    assert event["assignments"] == {"dish.vesicles": "dish.vesicles + refill.dose"}


FIT = """
title = "Refilled"
model = "refilled.toml"
[condition.dish]
[observable.vesicles]
expression = "dish.vesicles/scale"
noise = "log_normal"
spread = "sd"
[parameter.scale]
unit = "vesicle"
estimate = false
value = 1e9
reason = "the first dose"
[parameter.sd]
unit = "dimensionless"
estimate = false
value = 0.1
reason = "as an example"
[parameter."dish.decay"]
lower = "0.095 1/hour"
upper = "0.105 1/hour"
reason = "between the same two measurements"
[parameter."refill.dose"]
lower = "5e8 vesicle"
upper = "2e9 vesicle"
reason = "between the same two measurements"
"""


def test_what_an_event_does_can_be_fitted(path):
    from exokinetics import fit, load_fit

    times = np.array([1.0, 3.0, 5.0, 8.0, 10.0, 12.0, 16.0, 20.0])
    vesicles = simulate(path, times, rtol=1e-10)["dish.vesicles"] / 1e9
    rows = [f"dish,1,{time},{value!r}" for time, value in zip(times.tolist(), vesicles.tolist(), strict=True)]
    text = "\n".join(["condition,replicate,time [hour],vesicles [dimensionless]", *rows])
    (path.parent / "data.csv").write_text(text + "\n", encoding="utf-8")
    (path.parent / "fit.toml").write_text(FIT, encoding="utf-8")
    problem = load_fit(path.parent)
    values = {"dish.decay": 0.101, "refill.dose": 0.8e9}
    gradient = problem.gradient(values)
    for name, value in values.items():
        step = 1e-4 * value
        costs = [problem.cost({**values, name: value + sign * step}) for sign in (1.0, -1.0)]
        # differences of second order at 1e-4, of costs that are right to some 1e-7
        assert gradient[name] == pytest.approx((costs[0] - costs[1]) / (2.0 * step), rel=1e-3)
    found = fit(problem, starts=2, progress=False)
    # the data are without noise, and within these bounds the event stays between the same two of them
    assert found.values["dish.decay"] == pytest.approx(0.1, rel=1e-3)
    assert found.values["refill.dose"] == pytest.approx(1e9, rel=1e-3)
