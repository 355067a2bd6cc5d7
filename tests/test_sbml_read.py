"""Files of other tools: libRoadRunner finds the same course, and units and values are those of the file."""

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

import libsbml
from test_sbml_write import roadrunner_course, solved

from exokinetics.sbml.reader import read_sbml, sbml_issues
from exokinetics.simulation import simulate

THREE, NOTHING, ONE_UNIT = 'initialConcentration="3"', 'initialConcentration="0"', 'initialAmount="1"'
NAMESPACE = "http://www.sbml.org/sbml/level3/version2/core"


def document(body: str, attributes: str = "", level: str = 'level="3" version="2"', space: str = NAMESPACE) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="{space}" {level}>'
        f'<model id="foreign" {attributes}>{body}</model></sbml>'
    )


def math(formula: str) -> str:
    """The MathML of an infix formula, by libSBML."""
    tree = libsbml.parseL3Formula(formula)
    assert tree is not None, libsbml.getLastParseL3Error()
    return libsbml.writeMathMLToString(tree).split("?>", 1)[1]


def compartments(**sizes: float | None) -> str:
    rows = [
        f'<compartment id="{name}" spatialDimensions="3" {"" if size is None else f"size={chr(34)}{size}{chr(34)}"} '
        f'constant="{"false" if name.startswith("v") else "true"}"/>'
        for name, size in sizes.items()
    ]
    return f"<listOfCompartments>{''.join(rows)}</listOfCompartments>"


def one_species(
    name: str, start: str, *, place: str = "c", only: bool = False, boundary: bool = False, more: str = ""
) -> str:
    return (
        f'<species id="{name}" compartment="{place}" {start} hasOnlySubstanceUnits="{str(only).lower()}" '
        f'boundaryCondition="{str(boundary).lower()}" constant="false" {more}/>'
    )


def all_species(*rows: str) -> str:
    return f"<listOfSpecies>{''.join(rows)}</listOfSpecies>"


def parameters(constant: bool = True, **values: float | None) -> str:
    return "".join(
        f'<parameter id="{name}" {"" if value is None else f"value={chr(34)}{value}{chr(34)}"} '
        f'constant="{str(constant).lower()}"/>'
        for name, value in values.items()
    )


def listed(kind: str, *rows: str) -> str:
    return f"<listOf{kind}>{''.join(rows)}</listOf{kind}>"


def rule(kind: str, variable: str, formula: str) -> str:
    return f'<{kind}Rule variable="{variable}">{math(formula)}</{kind}Rule>'


def initial(name: str, formula: str) -> str:
    return f'<initialAssignment symbol="{name}">{math(formula)}</initialAssignment>'


def references(kind: str, text: str) -> str:
    rows = []
    for entry in text.split():
        count, _, name = entry.rpartition("*")
        name, _, own = name.partition("@")
        given_id = f'id="{own}"' if own else ""
        stoichiometry = "" if count == "?" else f'stoichiometry="{count or 1}"'
        constant = str(count != "?").lower()
        rows.append(f'<speciesReference species="{name}" {given_id} {stoichiometry} constant="{constant}"/>')
    return listed(kind, *rows) if rows else ""


def reaction(name: str, left: str, right: str, law: str, *, modifiers: str = "", local: str = "") -> str:
    modified = "".join(f'<modifierSpeciesReference species="{other}"/>' for other in modifiers.split())
    inner = f"<listOfLocalParameters>{local}</listOfLocalParameters>" if local else ""
    return (
        f'<reaction id="{name}" reversible="true">{references("Reactants", left)}{references("Products", right)}'
        f"{listed('Modifiers', modified) if modified else ''}<kineticLaw>{math(law)}{inner}</kineticLaw></reaction>"
    )


FEATURES = {
    "concentrations in two compartments": document(
        compartments(c=2.0, d=0.5)
        + all_species(one_species("A", THREE), one_species("B", ONE_UNIT, place="d"))
        + listed("Parameters", parameters(k=0.3))
        + listed("Reactions", reaction("J", "A", "2*B", "k*A*c"))
    ),
    "amounts and concentrations": document(
        compartments(c=2.0)
        + all_species(
            one_species("A", THREE, only=True), one_species("B", ONE_UNIT),
            one_species("E", 'initialConcentration="1.5"', boundary=True),
        )
        + listed("Parameters", parameters(k=0.3))
        + listed("Reactions", reaction("J", "A", "B", "k*A*E", modifiers="E"))
    ),
    "a growing compartment": document(
        compartments(c=2.0, v=1.0)
        + all_species(
            one_species("A", THREE, place="v"), one_species("B", ONE_UNIT, place="v"),
            one_species("F", 'initialConcentration="2"', place="v", boundary=True),
        )
        + listed("Parameters", parameters(k=0.3))
        + listed("Rules", rule("rate", "v", "0.2*v"))
        + listed("Reactions", reaction("J", "A", "B", "k*A*v"))
    ),
    "a compartment by formula": document(
        compartments(v=1.0)
        + all_species(one_species("A", THREE, place="v"), one_species("B", ONE_UNIT, place="v"))
        + listed("Parameters", parameters(k=0.3), parameters(False, w=1.0))
        + listed("Rules", rule("assignment", "v", "1 + 0.1*time + w"), rule("rate", "w", "0.3 - k*w"))
        + listed("Reactions", reaction("J", "A", "B", "k*A*v"))
    ),
    "rules": document(
        compartments(c=1.0)
        + all_species(one_species("A", THREE), one_species("S", NOTHING, boundary=True))
        + listed("Parameters", parameters(k=0.3), parameters(False, x=0.5, y=None, z=None))
        + listed(
            "Rules", rule("assignment", "z", "y + A"), rule("assignment", "y", "2*x"),
            rule("rate", "x", "-k*x + 0.01*A"), rule("assignment", "S", "A/2"),
        )
        + listed("Reactions", reaction("J", "A", "", "k*A*z + 0*S", modifiers="S"))
    ),
    "initial assignments": document(
        compartments(c=2.0)
        + all_species(one_species("A", ""), one_species("B", ONE_UNIT, only=True))
        + listed("Parameters", parameters(k=0.3, twice=None, start=7.0))
        + listed("InitialAssignments", initial("A", "k + B"), initial("twice", "2*k"), initial("start", "A*3"))
        + listed("Reactions", reaction("J", "A", "B", "k*A*twice + start/100"))
    ),
    "functions": document(
        listed(
            "FunctionDefinitions",
            f'<functionDefinition id="mm">{math("lambda(v, s, h, v*s/(h + s))")}</functionDefinition>',
            f'<functionDefinition id="twice">{math("lambda(s, 2*mm(1, s, s + 1))")}</functionDefinition>',
        )
        + compartments(c=1.0)
        + all_species(one_species("A", THREE))
        + listed("Parameters", parameters(k=0.3, h=0.7))
        + listed("Reactions", reaction("J", "A", "", "mm(k, A, h)*twice(A)"))
    ),
    "local parameters": document(
        compartments(c=1.0)
        + all_species(one_species("A", THREE), one_species("B", NOTHING))
        + listed("Parameters", parameters(k=0.3))
        + listed(
            "Reactions", reaction("J", "A", "B", "k*A", local='<localParameter id="k" value="0.05"/>'),
            reaction("L", "B", "", "k*B"),
        )
    ),
    "stoichiometry": document(
        compartments(c=1.0)
        + all_species(
            one_species("A", THREE), one_species("B", NOTHING),
            one_species("C", NOTHING),
        )
        + listed("Parameters", parameters(k=0.3))
        + listed("InitialAssignments", initial("first", "2*k"))
        + listed("Rules", rule("assignment", "second", "1 + k*time"))
        + listed("Reactions", reaction("J", "1.5*A", "?*B@first ?*C@second", "k*A"))
    ),
    "conversion factors": document(
        compartments(c=2.0)
        + all_species(
            one_species("A", THREE),
            one_species("B", 'initialAmount="0"', more='conversionFactor="own"'),
        )
        + listed("Parameters", parameters(k=0.3, every=2.0, own=0.5))
        + listed("Reactions", reaction("J", "A", "B", "k*A")),
        'conversionFactor="every"',
    ),
    "a reaction in a formula": document(
        compartments(c=1.0)
        + all_species(one_species("A", THREE), one_species("B", NOTHING))
        + listed("Parameters", parameters(k=0.3), parameters(False, flux=None))
        + listed("Rules", rule("assignment", "flux", "J + 1"))
        + listed("Reactions", reaction("J", "A", "B", "k*A"), reaction("L", "B", "", "flux*B"))
    ),
    "mathematics": document(
        compartments(c=1.0)
        + all_species(one_species("A", THREE))
        + listed("Parameters", parameters(k=0.3), parameters(False, **{f"p{index}": None for index in range(9)}))
        + listed(
            "Rules",
            rule("assignment", "p0", "piecewise(1, A > 2 && !(A < 0.5), 2, xor(A > 1, A > 1.5), 3)"),
            rule("assignment", "p1", "max(A, 1, time/10) + min(2, A)"),
            rule("assignment", "p2", "root(3, A) + log10(A) + log(2, A) + ln(A) + sqrt(A)"),
            rule("assignment", "p3", "sec(A/9) + csc(A) + cot(A) + sech(A) + csch(A) + coth(A)"),
            rule("assignment", "p4", "arcsec(A + 2) + arccsc(A + 2) + arccot(A) + arccoth(A + 2) + arccsch(A)"),
            rule("assignment", "p8", "arcsech(A/9)"),
            rule("assignment", "p5", "factorial(5) + avogadro/1e23 + pi + exponentiale + ceil(A) + floor(A) + abs(-A)"),
            rule("assignment", "p6", "quotient(time*3 - 7, 4) + rem(time*3 - 7, 4) + implies(A > 1, A > 2)"),
            rule("assignment", "p7", "A^2.5 + sinh(A) + arctanh(A/9)"),
        )
        + listed("Reactions", reaction("J", "A", "", "k*A"))
    ),
    "words of Python and Level 3 Version 1": document(
        compartments(c=1.0)
        + all_species(one_species("lambda", THREE), one_species("_x", NOTHING))
        + listed("Parameters", parameters(k=0.3))
        + listed("Reactions", reaction("J", "", "_x", "k*2")).replace("<reaction", '<reaction fast="false"'),
        level='level="3" version="1"', space="http://www.sbml.org/sbml/level3/version1/core",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", FEATURES.values(), ids=FEATURES)
def test_libroadrunner_finds_the_same_course(text: str) -> None:
    model = read_sbml(text, file="foreign.xml")
    times = np.linspace(0.0, 10.0, 41)
    ours = solved(model, times)
    items = libsbml.readSBMLFromString(text).getModel()
    names = [name for name in ours if items.getElementBySId(name) is not None and items.getReaction(name) is None]
    if "first" in ours:
        names = [name for name in names if items.getSpecies(name) is not None]
    concentrations = {
        name for name in names if items.getSpecies(name) and not items.getSpecies(name).getHasOnlySubstanceUnits()
    }
    theirs = roadrunner_course(text, [f"[{name}]" if name in concentrations else name for name in names], times)
    assert names
    for name, other in zip(names, theirs, strict=True):
        # both run at 1e-10 or tighter; the rest is how errors grow over the run
        assert np.max(np.abs(ours[name] - other)) <= 1e-7 * np.max(np.abs(other)), name


def test_an_older_level_is_converted() -> None:
    text = document(
        '<listOfCompartments><compartment id="c" size="2"/></listOfCompartments>'
        '<listOfSpecies><species id="A" compartment="c" initialAmount="4"/></listOfSpecies>'
        f'<listOfReactions><reaction id="J"><listOfReactants><speciesReference species="A"/></listOfReactants>'
        f"<kineticLaw>{math('k*A*c')}<listOfParameters>"
        '<parameter id="k" value="0.30000000000000004"/></listOfParameters></kineticLaw></reaction></listOfReactions>',
        level='level="2" version="4"', space="http://www.sbml.org/sbml/level2/version4",
    )  # fmt: skip
    model = read_sbml(text)
    assert model.time_unit == "second"
    assert model.value("J.k").value == 0.1 + 0.2
    times = np.linspace(0.0, 3.0, 4)
    assert solved(model, times)["A"] == pytest.approx(2.0 * np.exp(-(0.1 + 0.2) * times), rel=1e-8)


UNITS = """<listOfUnitDefinitions><unitDefinition id="per_hour"><listOfUnits>
<unit kind="second" exponent="-1" scale="0" multiplier="3600"/></listOfUnits></unitDefinition>
<unitDefinition id="hour"><listOfUnits><unit kind="second" exponent="1" scale="0" multiplier="3600"/></listOfUnits>
</unitDefinition><unitDefinition id="nmol"><listOfUnits><unit kind="mole" exponent="1" scale="-9" multiplier="1"/>
</listOfUnits></unitDefinition></listOfUnitDefinitions>"""


def with_units(unit: str) -> str:
    return document(
        UNITS + '<listOfCompartments><compartment id="c" spatialDimensions="3" size="2" units="litre" constant="true"/>'
        "</listOfCompartments>" + all_species(one_species("A", THREE, more='substanceUnits="nmol"'))
        + f'<listOfParameters><parameter id="k" value="0.3" units="{unit}" constant="true"/></listOfParameters>'
        + listed("Reactions", reaction("J", "A", "", "k*A*c")),
        'timeUnits="hour" substanceUnits="nmol" extentUnits="nmol" volumeUnits="litre"',
    )  # fmt: skip


def test_units_are_kept_where_they_agree() -> None:
    text = with_units("per_hour")
    assert sbml_issues(text) == []
    model = read_sbml(text)
    assert (model.time_unit, model.unit("A"), model.unit("k")) == ("hour", "nmol/litre", "1/hour")
    assert model.whole.parameters["c"].compartment
    assert "c" not in model.parameters


@pytest.mark.parametrize("unit", ["litre", "nowhere", "per_hour"])
def test_units_that_do_not_agree_are_a_warning(unit: str) -> None:
    text = with_units(unit)
    if unit == "per_hour":
        text = text.replace('units="per_hour"', "")
    (issue,) = sbml_issues(text, file="theirs.xml")
    assert issue.severity == "warning"
    assert "dimensionless" in issue.message
    model = read_sbml(text)
    assert (model.time_unit, model.unit("A"), model.unit("k")) == ("hour", "dimensionless", "dimensionless")


def test_values_are_assumed_as_given_in_the_file() -> None:
    model = read_sbml(with_units("per_hour"), file="theirs.xml", name="theirs")
    value = model.value("k")
    assert (model.name, value.quality, value.reason, value.range) == (
        "theirs",
        "assumed",
        "as given in theirs.xml",
        "default",
    )
    assert model.value("A").value == 3.0


def test_a_law_with_the_size_in_it_is_one_of_the_amount_where_the_size_changes() -> None:
    """The amount decays as 6 exp(-k t) whatever the size is, to its derivative by k, and in few steps."""
    text = document(
        compartments(v=2.0)
        + all_species(one_species("A", 'initialAmount="6"', place="v"))
        + listed("Parameters", parameters(k=0.3), parameters(False, r=1.0))
        + listed("Rules", rule("assignment", "v", "2*r"), rule("rate", "r", "0.1"))
        + listed("Reactions", reaction("J", "A", "", "v*k*A"))
    )
    result = simulate(read_sbml(text), np.linspace(0.0, 4.0, 5), rtol=1e-10, sensitivities=["k"])
    amount, size = 6.0 * np.exp(-0.3 * result.time), 2.0 + 0.2 * result.time
    np.testing.assert_allclose(result["A"], amount / size, rtol=1e-8)  # the solver is asked for 1e-10
    np.testing.assert_allclose(result.sensitivity("A", "k"), -result.time * amount / size, rtol=1e-8)
    assert result.statistics["steps"] < 200  # thousands where the size is multiplied and divided again
