"""Algebraic rules and rates of change that formulas name: against analytic solutions, or refused with the id."""

import time

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import (
    THREE,
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

from exokinetics.sbml.reader import read_sbml, sbml_issues
from exokinetics.simulation import simulate

TIMES = np.linspace(0.0, 4.0, 9)
RTOL = 1e-8  # of the comparisons; the solver is asked for 1e-10
DECAY = 3.0 * np.exp(-0.3 * TIMES)  # of A


def decaying(body: str, *, rate: str = "k*A*c", more: str = "", rows: str = "", size: float = 1.0) -> str:
    """A decays from 3 with the rate constant 0.3; y and z are parameters that may change."""
    return document(
        compartments(c=size)
        + all_species(one_species("A", THREE), rows)
        + listed("Parameters", parameters(k=0.3), parameters(False, y=7.0, z=5.0), more)
        + body
        + listed("Reactions", reaction("J", "A", "", rate))
    )


def algebraic(name: str, formula: str) -> str:
    return f'<algebraicRule id="{name}">{math(formula)}</algebraicRule>'


def course(text: str) -> dict[str, np.ndarray]:
    result = simulate(read_sbml(text), TIMES, rtol=1e-10)
    assert result.success, result.reason
    return {name: result[name] for name in result.outputs}


def test_an_algebraic_rule_determines_the_one_variable_that_is_free() -> None:
    z = listed("Rules", algebraic("sum", "A + 2*y - 10"), rule("assignment", "z", "y*A"))
    found = course(decaying(z))
    np.testing.assert_allclose(found["y"], (10.0 - DECAY) / 2.0, rtol=RTOL)
    np.testing.assert_allclose(found["z"], (10.0 - DECAY) / 2.0 * DECAY, rtol=RTOL)


def test_two_algebraic_rules_are_solved_together_and_through_other_rules() -> None:
    """Of y + z = A and y - w = 1 with w = 2 z: y = (2 A + 1)/3 and z = (A - 1)/3."""
    rules = algebraic("one", "y + z - A") + algebraic("two", "y - w - 1") + rule("assignment", "w", "2*z")
    found = course(decaying(listed("Rules", rules), more=parameters(False, w=0.0)))
    np.testing.assert_allclose(found["y"], (2.0 * DECAY + 1.0) / 3.0, rtol=RTOL)
    np.testing.assert_allclose(found["z"], (DECAY - 1.0) / 3.0, rtol=RTOL, atol=1e-9)


def test_an_algebraic_rule_may_determine_the_size_of_a_compartment() -> None:
    """The amount of B stays 6 while its compartment is 1 + A."""
    text = document(
        compartments(c=1.0, v=2.0)
        + all_species(one_species("A", THREE), one_species("B", 'initialAmount="6"', place="v"))
        + listed("Parameters", parameters(k=0.3))
        + listed("Rules", algebraic("size", "1 + A - v"))
        + listed("Reactions", reaction("J", "A", "", "k*A*c"))
    )
    found = course(text)
    np.testing.assert_allclose(found["v"], 1.0 + DECAY, rtol=RTOL)


@pytest.mark.parametrize(
    ("rules", "key", "message"),
    [
        (algebraic("r", "y - y + A"), "r", "does not determine a variable"),
        (algebraic("r", "y + z - A"), "r", "could determine any of 'y', 'z'; make the others constant"),
        (algebraic("r", "A - 3*k"), "r", "nothing is left for this algebraic rule to determine"),
        (algebraic("r", "y + 0.1*z - A") + algebraic("s", "0.3*y + 0.03*z - 1"), "r", "does not determine"),
        (algebraic("r", "y - A") + algebraic("s", "y - 2*A"), "r", "nothing is left for 2 algebraic rules"),
    ],
)
def test_an_algebraic_rule_without_one_answer_is_refused(rules: str, key: str, message: str) -> None:
    found = [issue for issue in sbml_issues(decaying(listed("Rules", rules))) if issue.severity == "error"]
    assert [issue.key for issue in found] == [key] and message in found[0].message


def test_a_rule_may_name_the_rate_of_change_of_a_species_and_of_a_constant() -> None:
    rules = rule("assignment", "y", "2*rateOf(A) + rateOf(k)") + rule("rate", "z", "rateOf(A)")
    found = course(decaying(listed("Rules", rules)))
    np.testing.assert_allclose(found["y"], -0.6 * DECAY, rtol=RTOL)
    np.testing.assert_allclose(found["z"], 5.0 + DECAY - 3.0, rtol=RTOL)


def test_the_rate_of_change_of_a_concentration_is_that_of_the_amount_by_the_size() -> None:
    """With rate k A (an amount) in a compartment of 2, dA/dt = -k A / 2; an amount B has dB/dt = +k A."""
    rows = one_species("B", 'initialAmount="0"', only=True)
    rules = listed("Rules", rule("assignment", "y", "rateOf(A)"), rule("assignment", "z", "rateOf(B)"))
    text = decaying(rules, rate="k*A", rows=rows, size=2.0).replace(
        "</listOfReactants>", '</listOfReactants><listOfProducts><speciesReference species="B" stoichiometry="1" '
        'constant="true"/></listOfProducts>',
    )  # fmt: skip
    found = course(text)
    slow = 3.0 * np.exp(-0.15 * TIMES)
    np.testing.assert_allclose(found["y"], -0.15 * slow, rtol=RTOL)
    np.testing.assert_allclose(found["z"], 0.3 * slow, rtol=RTOL)


def test_arguments_of_functions_and_initial_values_may_name_a_rate_of_change() -> None:
    functions = listed(
        "FunctionDefinitions", f'<functionDefinition id="f">{math("lambda(x, y, x/y)")}</functionDefinition>'
    )
    rules = listed("Rules", rule("assignment", "y", "f(rateOf(A), A)"))
    text = decaying(listed("InitialAssignments", initial("z", "rateOf(A)")) + rules)
    found = course(text.replace("<listOfCompartments>", functions + "<listOfCompartments>"))
    np.testing.assert_allclose(found["y"], -0.3, rtol=RTOL)
    np.testing.assert_allclose(found["z"], -0.9, rtol=RTOL)


def test_a_rate_of_change_that_depends_on_itself_is_refused() -> None:
    text = decaying(listed("Rules", rule("rate", "y", "1 + rateOf(y)")))
    (issue,) = [issue for issue in sbml_issues(text) if issue.severity == "error"]
    assert "'y' refers to itself" in issue.message


def test_the_rate_of_change_of_what_a_rule_computes_is_refused() -> None:
    rules = listed("Rules", algebraic("r", "y - 2*A"), rule("assignment", "z", "rateOf(y)"))
    found = [issue for issue in sbml_issues(decaying(rules)) if issue.severity == "error"]
    assert len(found) == 1 and "rateOf" in found[0].message


def test_many_algebraic_rules_that_share_their_variables_are_refused_quickly() -> None:
    names = [f"y{index}" for index in range(60)]
    rules = (algebraic(f"r{index}", " + ".join(f"{(index * other) % 7 + 1}*{name}" for other, name in enumerate(names)))
             for index in range(60))  # fmt: skip
    begin = time.process_time()
    text = document(listed("Parameters", parameters(False, **dict.fromkeys(names, 1.0))) + listed("Rules", *rules))
    (issue,) = [issue for issue in sbml_issues(text) if issue.severity == "error"]
    assert "at most 10 can be solved together" in issue.message
    assert time.process_time() - begin < 10.0
