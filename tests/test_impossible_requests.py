"""What cannot be done ends in one sentence that names the species or parameter and the time, whoever is asked for it.

Every impossible model is asked of every method and every call; wrong arguments are asked of every call.
"""

import numpy as np
import pytest
from small_models import blow_up, exchange, small_model
from solvers import SOLVERS

from exokinetics import (
    Dose,
    WorkFailed,
    WrongInput,
    continuation,
    ensemble,
    export,
    prepare,
    scan,
    simulate,
    steady_state,
)
from exokinetics.command_line import main

METHODS = ["auto", "rodas5p", *SOLVERS]
END = 5.0


def one(rate, start=1.0, **rest):
    """x' = rate, with k = 1 per hour."""
    return small_model({"x": start}, {"k": "1 1/hour", "off": "3 hour"}, {"a": (rate, {"x": 1})}, **rest)


# By name: the model, the time at which it ends, a part of the sentence, and how near to that time solvers come.
IMPOSSIBLE = {
    "a pole": (blow_up(), 1.0, "'x' grows to infinity in finite time", 1e-3),
    "a pole of an exponential": (one("k*exp(x)"), np.exp(-1.0), "'x' grows to infinity in finite time", 1e-3),
    # e-folds from 1e280 to 1e308 at 20 an hour; some products overflow before
    "growth to overflow": (one("20*k*x", 1e280), 3.2, "'x' grew to", 0.3),
    "nothing to take from": (one("-k"), 1.0, "'x'", 0.1),
    "undefined at the start": (one("k/x", 0.0), 0.0, "the rate of 'x' is not a finite number", 0.0),
    "undefined from a time on": (one("k*sqrt(1 - time/off)"), 3.0, "'x'", 1e-2),
    "a start that is undefined": (one("k*x", "1/(k*off - 3)"), None, "the initial value of 'x' is not a finite", 0.0),
}


def told(sentence):
    """One line, in words, with what to do; the time that it names, if it does."""
    assert "\n" not in sentence and "Traceback" not in sentence and "nan" not in sentence.split()
    assert ";" in sentence
    _, named, rest = sentence.partition("t = ")
    return float(rest.split(" ")[0]) if named else None


def matches(sentence, case):
    _, when, part, near = IMPOSSIBLE[case]
    assert part in sentence, sentence
    if when is not None:
        assert told(sentence) == pytest.approx(when, rel=near, abs=near) and " hour" in sentence


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_model_by_every_method(case, method):
    model = IMPOSSIBLE[case][0]
    found = simulate(model, END, method=method)
    assert not found.success and np.isfinite(found.table).all()
    matches(found.reason, case)
    with pytest.raises(WorkFailed) as caught:
        prepare(model, END, method=method)()
    assert str(caught.value) == found.reason
    with pytest.raises(WorkFailed) as caught:
        simulate(model, END, method=method, strict=True)
    assert str(caught.value) == found.reason


@pytest.mark.parametrize("method", ["auto", "rodas5p", "radau"])
@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_model_with_sensitivities(case, method):
    found = simulate(IMPOSSIBLE[case][0], END, method=method, sensitivities=["k"])
    assert not found.success
    matches(found.reason, case)


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_model_for_many_sets(case):
    """The draws are those of k = 1 alone, all of which fail; the sentence of one stands for them."""
    model = IMPOSSIBLE[case][0]
    for asked in (lambda: ensemble(model, END, draws={"k": [1.0, 1.0]}), lambda: scan(model, END, over={"k": [1.0]})):
        with pytest.raises(WorkFailed, match=r"every one of the . draws failed; the first: ") as caught:
            asked()
        matches(str(caught.value), case)


def test_one_impossible_set_is_listed_beside_the_others():
    found = ensemble(blow_up(), END, draws={"k": [0.01, 1.0]})
    assert found.failures["draw"].tolist() == [1]
    matches(found.failures["reason"][0], "a pole")
    assert np.isfinite(found["x"][0]).all() and np.isnan(found["x"][1]).all()


RESTLESS = {
    "growth": (one("k*x"), "'x' grew to"),
    "a pole": (blow_up(), "after 1 hour, 'x' grows to infinity in finite time"),
    "production alone": (one("k"), "'x' still changes after 1e+09 hour"),
    "undefined": (one("k/x", 0.0), "after 0 hour, the rate of 'x' is not a finite number"),
    "no start": (one("k*x", "1/(k*off - 3)"), "the initial value of 'x' is not a finite number"),
    "an oscillation": (
        small_model({"x": 1.5, "y": 3.0}, {"k": "1 1/hour"},
                    {"a": ("k*(1 + x*x*y - 4*x)", {"x": 1}), "b": ("k*(3*x - x*x*y)", {"y": 1})}),
        "steps were not enough, as where something oscillates; look at '",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RESTLESS)
def test_no_steady_state_names_species_and_time(case):
    model, part = RESTLESS[case]
    found = steady_state(model)
    assert not found.success and found.reason.startswith("small has no steady state: ") and "\n" not in found.reason
    assert part in found.reason and ("hour" in found.reason or case == "no start")
    for method in ("auto", "ndf", "bdf"):
        started = simulate(model, END, start="steady", method=method)
        assert not started.success and part in started.reason
    with pytest.raises(WorkFailed) as caught:
        ensemble(model, END, start="steady", draws={"k": [1.0, 1.0]})
    assert part in str(caught.value)


@pytest.mark.parametrize("case", [case for case in RESTLESS if case != "no start"])
def test_no_branch_names_parameter_and_species(case):
    with pytest.raises(WorkFailed, match=r"^small has no steady state to start from: at k = 1: [^\n]*'[xy]'[^\n]*$"):
        continuation(RESTLESS[case][0], "k", low=1.0, high=2.0)


# --- wrong arguments, of every call that takes them -------------------------------------------------------------------

CALLS = {
    "simulate": lambda t=1.0, **request: simulate(exchange(), t, **request),
    "prepare": lambda t=1.0, values=None, **request: prepare(exchange(), t, **request)(values),
    "ensemble": lambda t=1.0, **request: ensemble(exchange(), t, draws=2, **request),
    "scan": lambda t=1.0, **request: scan(exchange(), t, over={"b": [1.0]}, **request),
}
WRONG = [
    ({"rtol": -1e-6}, "rtol: must lie between 0 and 1"), ({"rtol": float("nan")}, "rtol: must lie between 0 and 1"),
    ({"rtol": True}, "rtol: must lie between 0 and 1"),
    ({"atol": -1.0}, "atol: must be above 0"), ({"atol": {"x": -1.0}}, "atol: must be above 0"),
    ({"atol": "a little"}, "atol: "), ({"atol": {"x": None}}, "atol.x: "), ({"atol": float("nan")}, "atol: "),
    ({"atol": {"y ": 1.0}}, "atol: 'y ' is not a species; did you mean 'y'"), ({"atol": [1e-9, 1e-9]}, "atol: "),
    ({"t": [2.0, 1.0]}, "t: must increase"), ({"t": -1.0}, "t: the end time must be above 0"),
    ({"t": [-1.0, 1.0]}, "t: starts at -1"),
    ({"t": "1 nM"}, "t: "), ({"t": None}, "t: "), ({"t": float("inf")}, "t: "),
    ({"values": {"aa": 1.0}}, "values.aa: is not a parameter of small; "),
    ({"values": {"a": -1.0}}, "values.a: -1 is negative"), ({"values": {"a": float("inf")}}, "values.a: "),
    ({"initial": {"z": 1.0}}, "initial.z: is not a species of small; known are x, y"),
    ({"initial": {"x": -1.0}}, "initial.x: -1.0 is negative"),
    ({"doses": [Dose(-1.0, "x", 1.0)]}, "dose 1: time and duration must not be negative"),
    ({"doses": [Dose(1.0, "xx", 1.0)]}, "dose 1: 'xx' is not a species; "),
    ({"doses": [Dose(float("nan"), "x", 1.0)]}, "dose 1: "),
    ({"start": "rest"}, "start: 'rest' is not known"), ({"outputs": ["z"]}, "outputs: 'z' is not a species"),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("request_", "said"), WRONG)
def test_a_wrong_argument_of_every_call(call, request_, said):
    with pytest.raises(WrongInput) as caught:
        CALLS[call](**request_)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("method", METHODS)
def test_wrong_arguments_are_refused_whatever_the_method(method):
    for request_, said in WRONG:
        with pytest.raises(WrongInput) as caught:
            CALLS["simulate"](**request_, method=method)
        assert said in str(caught.value)


@pytest.mark.parametrize("method", METHODS)
def test_a_dose_of_more_than_there_is_names_species_and_time(method):
    found = simulate(exchange(), 4.0, doses=[Dose(2.0, "x", -100.0)], method=method)
    assert not found.success and "\n" not in found.reason
    assert "the dose at t = 2 hour takes more of 'x' than there is" in found.reason


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", [case for case in IMPOSSIBLE if "start" not in case])
def test_an_impossible_model_on_the_command_line(case, method, tmp_path, capsys):
    path = tmp_path / "impossible.xml"
    export(IMPOSSIBLE[case][0], path, verify=False)
    assert main(["simulate", str(path), "--until", f"{END} hour", "--method", method, "--draws", "0"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("error: ") and captured.err.count("\n") == 1
    assert IMPOSSIBLE[case][2].split("'")[-1] in captured.err and "'x'" in captured.err
