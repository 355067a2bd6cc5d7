"""Algebraic rules that need a root: read from SBML, simulated against roots found by scipy, and written again."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from test_constraints import constants, cubic, model, root_of_cubic
from test_sbml_algebraic import DECAY, TIMES, algebraic, course, decaying
from test_sbml_read import (
    all_species,
    compartments,
    document,
    initial,
    listed,
    math,
    one_species,
    parameters,
    reaction,
    rule,
)

from exokinetics.errors import WrongInput
from exokinetics.interchange import export
from exokinetics.model.parts import Reaction, Species, part_of
from exokinetics.model.values import fixed
from exokinetics.sbml.reader import read_sbml, sbml_issues
from exokinetics.simulation import simulate

RTOL = 1e-8  # of the comparisons; the solver is asked for 1e-10, and its interpolation is off by a few times that


def errors(text: str) -> list:
    return [issue for issue in sbml_issues(text) if issue.severity == "error"]


def test_a_rule_with_a_root_determines_the_parameter_that_is_free() -> None:
    rules = listed("Rules", algebraic("r", "y*y*y + y - A"), rule("assignment", "z", "2*y"))
    found = course(decaying(rules))
    np.testing.assert_allclose(found["y"], root_of_cubic(DECAY), rtol=RTOL)
    np.testing.assert_allclose(found["z"], 2.0 * root_of_cubic(DECAY), rtol=RTOL)


def test_of_two_roots_it_is_the_one_that_the_initial_value_leads_to() -> None:
    for start, sign in ((7.0, 1.0), (-7.0, -1.0)):
        text = decaying(listed("Rules", algebraic("r", "y*y - A"))).replace('value="7.0"', f'value="{start}"')
        np.testing.assert_allclose(course(text)["y"], sign * np.sqrt(DECAY), rtol=RTOL)


def test_rules_are_matched_with_variables_by_which_they_change() -> None:
    """Of 0 = z**3 - A and 0 = y*z - 1 the first does not change with y, so it is that of z."""
    rules = algebraic("one", "z*z*z - A") + algebraic("two", "y*z - 1")
    found = read_sbml(decaying(listed("Rules", rules)))
    assert list(found.whole.constraints) == ["y", "z"]
    assert found.whole.constraints["z"].symbols == {"z", "A"}
    result = simulate(found, TIMES, rtol=1e-10)
    np.testing.assert_allclose(result["z"], np.cbrt(DECAY), rtol=RTOL)
    np.testing.assert_allclose(result["y"], 1.0 / np.cbrt(DECAY), rtol=RTOL)


def test_rules_of_a_group_that_add_up_are_solved_and_only_roots_are_left() -> None:
    """Of y + z = A, y + z + w = 2 A and y w = z**3 + 1 (w = A): A (A - z) = z**3 + 1, of which one root is followed."""
    rules = algebraic("one", "y + z - A") + algebraic("two", "y + z + w - 2*A") + algebraic("three", "y*w - z*z*z - 1")
    more = '<parameter id="w" constant="false"/>'  # needs no value to begin from
    text = decaying(listed("Rules", rules), more=more)
    assert len(read_sbml(text).whole.constraints) == 1
    found = course(text)
    exact = np.array([brentq(lambda z, a: a * (a - z) - z**3 - 1.0, -5.0, 5.0, (a,), xtol=1e-15) for a in DECAY])
    np.testing.assert_allclose(found["z"], exact, rtol=0.0, atol=RTOL)  # it passes zero
    np.testing.assert_allclose(found["y"], DECAY - exact, rtol=RTOL)
    np.testing.assert_allclose(found["w"], DECAY, rtol=RTOL)


def test_a_total_quasi_steady_state_of_species_in_a_compartment_of_another_size() -> None:
    """Reaction rate k c v of amounts in v = 2: s' = -k c, 0 = c/2 - (1 - c)(s - c), both concentrations."""
    text = document(
        compartments(v=2.0)
        + all_species(
            one_species("s", 'initialConcentration="2"', place="v"),
            one_species("c", 'initialAmount="0.4"', place="v"),
        )
        + listed("Parameters", parameters(k=0.7))
        + listed("Rules", algebraic("r", "0.5*c - (1 - c)*(s - c)"))
        + listed("Reactions", reaction("J", "s", "", "k*c*v", modifiers="c"))
    )

    def complex_(s: np.ndarray) -> np.ndarray:
        return 2.0 * s / (1.5 + s + np.sqrt((1.5 + s) ** 2 - 4.0 * s))

    exact = solve_ivp(lambda t, s: -0.7 * complex_(s), (0.0, 4.0), [2.0], "DOP853", TIMES, rtol=1e-13, atol=1e-15).y[0]
    found = course(text)
    np.testing.assert_allclose(found["s"], exact, rtol=RTOL)
    np.testing.assert_allclose(found["c"], complex_(exact), rtol=RTOL)


def test_what_a_rule_determines_is_not_diluted_by_a_compartment_that_grows() -> None:
    text = document(
        listed("Compartments", '<compartment id="v" spatialDimensions="3" size="1" constant="false"/>')
        + all_species(
            one_species("A", 'initialConcentration="3"', place="v"), one_species("B", 'initialAmount="1"', place="v")
        )
        + listed("Parameters", parameters(k=0.3))
        + listed("Rules", rule("rate", "v", "0.5"), algebraic("r", "B*B*B + B - A"))
        + listed("Reactions", reaction("J", "A", "", "k*A*v"))
    )
    found = course(text)
    np.testing.assert_allclose(found["A"], DECAY / (1.0 + 0.5 * TIMES), rtol=RTOL)
    np.testing.assert_allclose(found["B"], root_of_cubic(DECAY / (1.0 + 0.5 * TIMES)), rtol=RTOL)


def test_an_event_and_a_jump_in_time_move_it() -> None:
    trigger = f'<trigger initialValue="true" persistent="true">{math("A < 2")}</trigger>'
    set_ = f'<listOfEventAssignments><eventAssignment variable="A">{math("A + 4")}</eventAssignment>'
    event = f'<event id="e" useValuesFromTriggerTime="true">{trigger}{set_}</listOfEventAssignments></event>'
    text = decaying(listed("Rules", algebraic("r", "y*y*y + y - piecewise(A, time < 2, 10*A)")))
    found = course(text.replace("</model>", listed("Events", event) + "</model>"))
    when = np.log(1.5) / 0.3
    a = np.where(when > TIMES, DECAY, 6.0 * np.exp(-0.3 * (TIMES - when)))
    np.testing.assert_allclose(found["A"], a, rtol=RTOL)
    np.testing.assert_allclose(found["y"], root_of_cubic(np.where(TIMES < 2.0, a, 10.0 * a)), rtol=RTOL)


@pytest.mark.parametrize(
    ("rules", "key", "message"),
    [
        (
            algebraic("r", "y + 0.1*z - A") + algebraic("s", "0.3*y + 0.03*z - w*w") + algebraic("t", "w*w - A"),
            "t", "no variable by which",
        ),
        (algebraic("r", "y*y - A") + algebraic("s", "y*y*y - 2*A + 0*z"), "r", "nothing is left for 2 algebraic rules"),
        (algebraic("r", "y*y + z - z - A") + algebraic("s", "z*z*y*0 + y - A"), "r", "no variable by which"),
        (algebraic("r", "q*q - A"), "r", "'q', which has no value to begin from; give it an initial value"),
        (algebraic("r", "d*d - A"), "r", "the size of compartment 'd', which is not supported"),
        (algebraic("r", "y*y - delay(A, 1)"), "y", "not supported yet in a model with delayed values"),
    ],
)  # fmt: skip
def test_a_rule_whose_root_cannot_be_looked_for_is_refused_by_name(rules: str, key: str, message: str) -> None:
    more = '<parameter id="q" constant="false"/>' if "'q'" in message else ""
    more += parameters(False, w=1.0) if key == "t" else ""
    text = decaying(listed("Rules", rules), more=more)
    if "'d'" in message:
        text = text.replace("</listOfCompartments>", '<compartment id="d" spatialDimensions="3" size="1" '
                            'constant="false"/></listOfCompartments>')  # fmt: skip
    found = errors(text)
    assert [issue.key for issue in found] == [key] and message in found[0].message, found


def test_an_initial_assignment_by_what_needs_a_root_is_refused() -> None:
    text = decaying(listed("InitialAssignments", initial("z", "2*y")) + listed("Rules", algebraic("r", "y*y - A")))
    (issue,) = errors(text)
    assert issue.key == "z" and "depends on 'y', which a constraint determines" in issue.message


def test_a_model_with_constraints_is_written_and_read_back_as_the_same(tmp_path: Path) -> None:
    exported = tmp_path / "cubic.xml"
    manifest = export(cubic(), exported, until=4.0)
    assert manifest.largest_deviation < 1e-7  # the limit of the proof itself
    assert read_sbml(exported.read_text(), name="constrained").whole == cubic().whole


def test_constraints_that_are_linear_or_share_variables_or_have_units_are_written_as_they_are(tmp_path: Path) -> None:
    """Read back, the first would be solved, and a species that stands still would leave a choice."""

    def concentration(name: str, amount: float) -> Species:
        return Species(name, "nanomolar", fixed(amount, "nanomolar", "a test"))

    part = part_of(
        species=[concentration(name, 2.0) for name in ("still", "moving", "a", "b", "c")], parameters=constants(k=0.3),
        reactions=[Reaction("loss", "k*moving", (("moving", -1.0),))],
        constraints={"a": "2*a - moving", "b": "b*c - moving*still", "c": "sqrt(c*b) + b**2/still - 2*c + still"},
    )  # fmt: skip
    wanted, exported = model(part), tmp_path / "shared.xml"
    export(wanted, exported, until=4.0)
    text = exported.read_text()
    assert text.count("<algebraicRule>") == 3 and text.count('boundaryCondition="false" constant="true"') == 1
    assert read_sbml(text, name="constrained").whole == wanted.whole
    result = simulate(wanted, TIMES, rtol=1e-10)
    moving = 2.0 * np.exp(-0.3 * TIMES)

    def zero(b: float, m: float) -> float:
        return float(np.sqrt(2.0 * m) + b * b / 2.0 - 4.0 * m / b + 2.0)

    exact = np.array([brentq(zero, 0.01, 10.0, (m,), xtol=1e-15) for m in moving])
    np.testing.assert_allclose(result["b"], exact, rtol=RTOL)
    np.testing.assert_allclose(result["c"], 2.0 * moving / exact, rtol=RTOL)


def test_an_annotation_that_no_longer_fits_is_left_alone(tmp_path: Path) -> None:
    exported = tmp_path / "cubic.xml"
    export(cubic(), exported, verify=False)
    for other in ("x", "nothing"):
        text = exported.read_text().replace('variable="y"', f'variable="{other}"')
        assert read_sbml(text, name="constrained").whole == cubic().whole


def test_sensitivities_of_a_file_with_a_root_name_the_variable() -> None:
    found = read_sbml(decaying(listed("Rules", algebraic("r", "y*y*y + y - A"))))
    with pytest.raises(WrongInput, match="sensitivities: a constraint determines 'y'"):
        simulate(found, TIMES, sensitivities=["k"])
