"""What is not supported is said with its id, every fault at once; broken and malicious files do no harm."""

import time

import pytest

from exokinetics.errors import WrongInput

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import (
    FEATURES,
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

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'

REFUSED = {
    "delay": ("y", listed("Rules", rule("assignment", "y", "delay(z, z)"), rule("rate", "z", "y"))),
}  # fmt: skip


@pytest.mark.parametrize(("key", "body"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_supported_is_said_with_its_id(key: str, body: str) -> None:
    text = document(listed("Parameters", parameters(k=0.3), parameters(False, y=1.0, z=1.0)) + body)
    errors = [issue for issue in sbml_issues(text, file="f.xml") if issue.severity == "error"]
    assert [issue.key for issue in errors] == [key]
    assert "not supported yet" in errors[0].message
    with pytest.raises(WrongInput, match=f"f.xml: {key}: "):
        read_sbml(text, file="f.xml")


def test_a_required_package_and_a_fast_reaction_are_refused() -> None:
    text = document("").replace(
        'level="3"',
        'xmlns:spatial="http://www.sbml.org/sbml/level3/version1/spatial/version1" spatial:required="true" level="3"',
    )
    assert [issue.key for issue in sbml_issues(text)] == ["spatial"]
    fast = FEATURES["words of Python and Level 3 Version 1"].replace('fast="false"', 'fast="true"')
    assert [(issue.key, issue.message) for issue in sbml_issues(fast)] == [
        ("J", "a fast reaction is not supported yet")
    ]


def test_every_fault_is_reported_at_once() -> None:
    text = document(
        compartments(c=1.0, far="INF")
        + all_species(one_species("A", ""), one_species("B", 'initialAmount="NaN"', only=True))
        + listed("Parameters", parameters(k=None))
        + listed("Reactions", reaction("J", "A", "?*B", "k*A*far"))
    )
    found = {issue.key: issue.message for issue in sbml_issues(text) if issue.severity == "error"}
    assert set(found) == {"A", "B", "k", "far", "J"}
    assert found["far"] == "has an infinite size; give it a number"
    assert "stoichiometry of 'B'" in found["J"]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("piecewise(k > 1, k > 0)", "a piecewise of conditions has no <otherwise>"),
    ],
)  # fmt: skip
def test_formulas_without_a_meaning_are_refused(formula: str, message: str) -> None:
    text = document(
        listed("Parameters", parameters(k=0.3), parameters(False, y=None))
        + listed("Rules", rule("assignment", "y", formula))
    )
    with pytest.raises(WrongInput, match=f"y: .*{message}"):
        read_sbml(text)


def test_circles_are_refused() -> None:
    functions = listed(
        "FunctionDefinitions", f'<functionDefinition id="f">{math("lambda(s, f(s))")}</functionDefinition>'
    )  # fmt: skip
    body = listed("Parameters", parameters(False, y=None, z=None))
    with pytest.raises(WrongInput, match=r"y|f"):
        read_sbml(document(functions + body + listed("Rules", rule("assignment", "y", "f(1)"))))
    with pytest.raises(WrongInput):
        read_sbml(document(body + listed("Rules", rule("assignment", "y", "z"), rule("assignment", "z", "y + 1"))))


def doubling_rules(count: int) -> str:
    rows = [rule("assignment", f"a{index}", f"a{index - 1} + a{index - 1}") for index in range(1, count)]
    names = {f"a{index}": None for index in range(1, count)}
    return document(listed("Parameters", parameters(a0=1.0), parameters(False, **names)) + listed("Rules", *rows))


def doubling_functions(count: int) -> str:
    bodies = ["lambda(s, s + s)", *(f"lambda(s, f{index}(s) + f{index}(s))" for index in range(count - 1))]
    rows = [f'<functionDefinition id="f{index}">{math(body)}</functionDefinition>' for index, body in enumerate(bodies)]
    body = listed("Parameters", parameters(a=1.0), parameters(False, y=None))
    return document(
        listed("FunctionDefinitions", *rows) + body + listed("Rules", rule("assignment", "y", f"f{count - 1}(a)"))
    )


def nested(depth: int) -> str:
    formula = f"<math {MATHML}>" + "<apply><sin/>" * depth + "<ci> k </ci>" + "</apply>" * depth + "</math>"
    rows = f'<listOfRules><assignmentRule variable="y">{formula}</assignmentRule></listOfRules>'
    return document(listed("Parameters", parameters(k=0.3), parameters(False, y=None)) + rows)


LAUGHS = '<?xml version="1.0"?><!DOCTYPE sbml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><sbml>&b;</sbml>'
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE sbml [<!ENTITY a SYSTEM "file:///etc/passwd">]><sbml>&a;</sbml>'
BROKEN = {
    "empty": ("", "not readable XML"),
    "no XML": ("import os; os.system('true')", "not readable XML"),
    "zeros": ("\0\1\2", "not readable XML"),
    "half of a surrogate": ("<sbml>\ud800</sbml>", "."),
    "another format": ("<html></html>", "not <sbml>"),
    "without a model": (document("").split("<model")[0] + "</sbml>", "."),
    "cut off": (FEATURES["rules"][:900], "not readable XML"),
    "entities": (LAUGHS, "document type or entity"),
    "a file of the system": (EXTERNAL, "document type or entity"),
    "deep": (nested(300), "more than 200 deep"),
    "very deep": (nested(100_000), "more than 200 deep"),
    "large": ("<sbml>" + " " * 20_000_001 + "</sbml>", "more than 20 MB"),
    "an unknown name": (FEATURES["functions"].replace(" h </ci>", " nothing </ci>"), "nothing"),
    "an unknown species": (FEATURES["functions"].replace('species="A"', 'species="Q"'), "Q"),
    "an unknown compartment": (FEATURES["functions"].replace('compartment="c"', 'compartment="Q"'), "Q"),
    "the same id twice": (FEATURES["functions"].replace('id="k"', 'id="h"'), "h"),
    "doubling rules": (doubling_rules(60), "too many terms"),
}


def test_functions_that_double_each_other_are_read_without_growing() -> None:
    begin = time.process_time()
    model = read_sbml(doubling_functions(120))
    assert simulate(model, [0.0, 1.0])["y"].tolist() == [2.0**120] * 2
    assert time.process_time() - begin < 10.0


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_and_malicious_files_are_refused_quickly(text: str, message: str) -> None:
    begin = time.process_time()
    with pytest.raises(WrongInput, match=message):
        read_sbml(text, file="bad.xml")
    assert time.process_time() - begin < 10.0


def test_a_deep_formula_and_a_long_chain_are_read() -> None:
    assert read_sbml(nested(150)).observables == ("y",)
    chain = doubling_rules(400).replace("<plus/>", "<max/>")
    assert len(read_sbml(chain).observables) == 399


def test_the_id_time_is_renamed_with_a_warning() -> None:
    text = document(
        listed("Parameters", parameters(time=2.0), parameters(False, y=None))
        + listed("Rules", rule("assignment", "y", "k"))
    )
    text = text.replace(" k </ci>", " time </ci>")
    assert any("'time_2'" in issue.message for issue in sbml_issues(text))
    assert read_sbml(text).value("time_2").value == 2.0
