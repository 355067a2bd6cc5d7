"""Events of SBML files mean what SBML says: analytic courses, with sizes and stoichiometries that events change."""

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import (
    all_species,
    compartments,
    document,
    listed,
    math,
    one_species,
    parameters,
    reaction,
    rule,
)

from exokinetics.sbml.reader import read_sbml, sbml_issues
from exokinetics.simulation import simulate
from exokinetics.simulation.results import Result

RTOL = 1e-8  # of the comparisons; the solver is asked for 1e-10
TIMES = np.array([0.0, 0.5, 0.999, 1.0, 1.5, 3.0])
AFTER = TIMES >= 1.0


def event(trigger: str, *, delay: str = "", name: str = "E", more: str = "", early: bool = True, **values: str) -> str:
    """An event; it assigns `values`."""
    assigned = (f'<eventAssignment variable="{key}">{math(value)}</eventAssignment>' for key, value in values.items())
    waiting = f"<delay>{math(delay)}</delay>" if delay else ""
    return (
        f'<event id="{name}" useValuesFromTriggerTime="{str(early).lower()}"><trigger initialValue="true" '
        f'persistent="true">{math(trigger)}</trigger>{more}{waiting}{listed("EventAssignments", *assigned)}</event>'
    )


def course(text: str) -> Result:
    result = simulate(read_sbml(text), TIMES, rtol=1e-10)
    assert result.success, result.reason
    return result


def resized(*events: str, rules: str = "", rate: str = "0*A*v", start: str = 'initialConcentration="3"') -> str:
    """A is a concentration in a compartment v of size 2, B an amount in it."""
    return document(
        compartments(v=2.0)
        + all_species(one_species("A", start, place="v"), one_species("B", 'initialAmount="5"', place="v", only=True))
        + listed("Parameters", parameters(k=0.3), parameters(False, y=7.0))
        + (listed("Rules", rules) if rules else "")
        + listed("Reactions", reaction("J", "A", "", rate))
        + listed("Events", *events)
    )


def test_an_event_sets_a_parameter_and_a_concentration() -> None:
    """At time 1 the decay stops, and A is put to 4 y = 28."""
    text = document(
        compartments(c=2.0)
        + all_species(one_species("A", 'initialConcentration="3"'))
        + listed("Parameters", parameters(False, k=0.3, y=7.0))
        + listed("Reactions", reaction("J", "A", "", "k*A*c"))
        + listed("Events", event("time >= 1", k="0", A="4*y"))
    )
    found = course(text)
    np.testing.assert_allclose(found["A"], np.where(AFTER, 28.0, 3.0 * np.exp(-0.3 * TIMES)), rtol=RTOL)
    np.testing.assert_allclose(found["k"], np.where(AFTER, 0.0, 0.3), rtol=RTOL)


def test_an_event_that_changes_a_size_leaves_the_amounts() -> None:
    found = course(resized(event("time >= 1", v="4*v"), rate="k*A*v"))
    plain = 3.0 * np.exp(-0.3 * TIMES)
    np.testing.assert_allclose(found["A"], np.where(AFTER, plain / 4.0, plain), rtol=RTOL)
    np.testing.assert_allclose(found["B"], 5.0, rtol=RTOL)
    np.testing.assert_allclose(found["v"], np.where(AFTER, 8.0, 2.0), rtol=RTOL)


def test_a_concentration_set_with_its_size_gets_the_amount_in_the_old_size() -> None:
    """Both are set at once: 0.5 in the old size of 2 is an amount of 1, which is 0.25 in the new size of 4."""
    found = course(resized(event("time >= 1", v="4", A="0.5")))
    np.testing.assert_allclose(found["A"], np.where(AFTER, 0.25, 3.0), rtol=RTOL)


def test_a_concentration_by_a_rate_rule_jumps_with_its_size_as_well() -> None:
    text = resized(event("time >= 1", v="4"), rules=rule("rate", "A", "0.1"))
    text = text.replace('boundaryCondition="false"', 'boundaryCondition="true"', 1)
    found = course(text)
    wanted = np.where(AFTER, (3.0 + 0.1) / 2.0 + 0.1 * (TIMES - 1.0), 3.0 + 0.1 * TIMES)
    np.testing.assert_allclose(found["A"], wanted, rtol=RTOL)


def test_an_event_may_change_a_stoichiometry() -> None:
    """B is made with 1 and after time 1 with 3 for each turnover of 0.5 a time."""
    text = document(
        compartments(c=1.0)
        + all_species(one_species("B", 'initialAmount="0"', only=True))
        + listed("Reactions", reaction("J", "", "1*B@n", "0.5").replace('stoichiometry="1" constant="true"',
                                                                     'stoichiometry="1" constant="false"'))
        + listed("Events", event("time >= 1", n="3"))
    )  # fmt: skip
    wanted = np.where(AFTER, 0.5 + 1.5 * (TIMES - 1.0), 0.5 * TIMES)
    np.testing.assert_allclose(course(text)["B"], wanted, rtol=RTOL, atol=1e-12)


@pytest.mark.parametrize(("early", "value"), [(True, 1.0), (False, 1.5)])
def test_a_delay_takes_the_values_of_either_moment(early: bool, value: float) -> None:
    """x runs as time; the event fires at 1 and is carried out at 1.5."""
    text = document(
        listed("Parameters", parameters(False, x=0.0, y=7.0))
        + listed("Rules", rule("rate", "x", "1"))
        + listed("Events", event("x >= 1", delay="0.5", y="x", early=early))
    )
    np.testing.assert_allclose(course(text)["y"], np.where(TIMES >= 1.5, value, 7.0), rtol=RTOL)


@pytest.mark.parametrize("method", ["rodas5p", "bdf"])
def test_a_window_is_not_passed_over_at_any_tolerance(method: str) -> None:
    """x runs as time from 1; 1.1 after it enters the window at 3.5 it goes back to 1: it is 1 at 3.6 and 7.2."""
    text = document(
        listed("Parameters", parameters(False, x=1.0))
        + listed("Rules", rule("rate", "x", "1"))
        + listed("Events", event("x > 3.5 && x < 4", delay="1.1", x="1"))
    )
    model = read_sbml(text)
    for rtol in np.geomspace(1e-4, 1e-10, 61 if method == "rodas5p" else 4).tolist():
        found = simulate(model, [0.0, 5.0, 10.0], rtol=rtol, method=method)["x"]
        np.testing.assert_allclose(found, [1.0, 2.4, 3.8], rtol=RTOL)


def test_priorities_order_events_of_one_moment() -> None:
    """The event with the priority 2 comes first: (7 + 1) * 10, not 7 * 10 + 1."""
    first = event("time >= 1", name="Z", more=f"<priority>{math('2')}</priority>", y="y + 1", early=False)
    second = event("time >= 1", name="A1", more=f"<priority>{math('1')}</priority>", y="y*10", early=False)
    text = document(listed("Parameters", parameters(False, y=7.0)) + listed("Events", second, first))
    np.testing.assert_allclose(course(text)["y"], np.where(AFTER, 80.0, 7.0), rtol=RTOL)


def test_an_event_without_a_formula_of_its_trigger_never_happens_and_one_without_assignments_is_told() -> None:
    silent = event("time >= 1", name="never", y="1").replace(math("time >= 1"), "")
    empty = event("time >= 1", name="empty").replace("<listOfEventAssignments></listOfEventAssignments>", "")
    text = document(listed("Parameters", parameters(False, y=7.0)) + listed("Events", silent, empty))
    assert [(one.key, one.severity) for one in sbml_issues(text) if one.key != "units"] == [("empty", "warning")]
    np.testing.assert_allclose(course(text)["y"], 7.0, rtol=RTOL)


def test_what_a_delayed_event_would_do_to_a_size_is_refused_with_its_id() -> None:
    errors = [
        one for one in sbml_issues(resized(event("time >= 1", delay="1", v="4", A="3"))) if one.severity == "error"
    ]
    assert [one.key for one in errors] == ["E"] and "not supported yet" in errors[0].message


def test_an_event_that_changes_what_is_not_there_is_refused_with_its_id() -> None:
    issues = sbml_issues(
        document(listed("Parameters", parameters(False, y=7.0)) + listed("Events", event("time > 1", z="1")))
    )
    assert any("'z'" in one.message for one in issues if one.severity == "error")
