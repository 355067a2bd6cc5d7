"""SBML as written: libSBML has no complaint, libRoadRunner finds the same course, and reading gives the model back."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from exokinetics.errors import WrongInput
from exokinetics.expressions.code import build_function
from exokinetics.expressions.parsing import parse
from exokinetics.model.equations import observables, odes
from exokinetics.model.parts import Modulator, Observable, Parameter, Reaction, Species, part_of
from exokinetics.model.values import Value, assumed, fixed
from exokinetics.model.whole import Model, compose

libsbml = pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from exokinetics.sbml.consistency import consistency_messages  # noqa: E402
from exokinetics.sbml.identifiers import sbml_id  # noqa: E402
from exokinetics.sbml.reader import read_sbml  # noqa: E402
from exokinetics.sbml.writer import sbml_text  # noqa: E402


def species(name: str, unit: str, value: float | str, **more: object) -> Species:
    if isinstance(value, str):
        return Species(name, unit, parse(value), **more)
    start = fixed(0.0, unit, "none at first") if value == 0 else assumed(value, unit, "a guess")
    return Species(name, unit, start, **more)


def parameter(name: str, unit: str, value: float, **more: object) -> Parameter:
    return Parameter(name, unit, assumed(value, unit, "a guess"), **more)


def reaction(name: str, rate: str, *changes: tuple[str, float], **more: object) -> Reaction:
    return Reaction(name, parse(rate), changes, **more)


def initial_of(model: Model) -> dict[str, float]:
    return {name: model.initial_number(name) for name in model.species}


def solved(model: Model, times: np.ndarray) -> dict[str, np.ndarray]:
    """The course of every species and observable by scipy over the model's own equations."""
    states, constants = list(model.species), list(model.whole.parameters)
    numbers = [model.whole.parameters[name].value.value for name in constants]
    inputs = {"time": "time", "states": states, "constants": constants}
    rates = build_function(list(odes(model.whole).values()), inputs)
    start = [model.initial_number(name) for name in states]
    run = solve_ivp(
        lambda time, state: rates(time, state, numbers), (0.0, times[-1]), start, "Radau", times, rtol=1e-10, atol=1e-14
    )
    assert run.success, run.message
    known = observables(model.whole)
    outputs = build_function(list(known.values()), inputs)
    shown = np.array([outputs(time, state, numbers) for time, state in zip(times, run.y.T, strict=True)])
    return dict(zip(states, run.y, strict=True)) | dict(zip(known, shown.T, strict=True))


def roadrunner_course(text: str, names: list[str], times: np.ndarray) -> np.ndarray:
    """The courses of SBML ids by libRoadRunner, a row each; `[id]` asks for a concentration."""
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is not installed")
    runner = roadrunner.RoadRunner(text)
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-11, 1e-16
    runner.integrator.maximum_num_steps = 100_000
    runner.timeCourseSelections = ["time", *names]
    return np.asarray(runner.simulate(times=list(times)))[:, 1:].T


def two_scales() -> Model:
    """A donor, a medium and a recipient: copies per cell against totals, with a Hill repression by a modulator."""
    part = part_of(
        species=[
            species("donor.mir", "copy/cell", 100.0), species("medium.vesicles", "vesicle", 1e3),
            species("medium.cargo", "copy", 50.0, title="cargo <in> the \"medium\" & more"),
            species("target.mrna", "copy/cell", "synthesis/target.decay"), species("cells", "cell", 1e3),
        ],
        parameters=[
            parameter("synthesis", "copy/cell/hour", 50.0), parameter("sort", "1/hour", 0.1 + 0.2),
            parameter("target.decay", "1/hour", 0.1), parameter("half", "copy", 3e4),
            parameter("steep", "dimensionless", 2.5), parameter("growth", "1/hour", 0.02),
            parameter("tiny", "vesicle/cell/hour", 1.2345678901234567e-9),
        ],
        reactions=[
            reaction("sort", "sort*donor.mir*cells", ("medium.cargo", 1.5), flow="transfer"),
            reaction("leave", "sort*donor.mir", ("donor.mir", -1.0), flow="transfer"),
            reaction("release", "tiny*cells", ("medium.vesicles", 1.0), flow="synthesis"),
            reaction("lose", "growth*medium.vesicles", ("medium.vesicles", -1.0), flow="loss"),
            reaction("make", "synthesis", ("target.mrna", 1.0), flow="synthesis"),
            reaction("decay", "target.decay*target.mrna", ("target.mrna", -1.0), flow="loss"),
            reaction("divide", "growth*cells", ("cells", 1.0), flow="synthesis"),
        ],
        modulators=[
            Modulator("repressed", "make", parse("1/(1 + 4*hill(medium.cargo, half, steep))"), "repression"),
            Modulator("make", "make", parse("1 - share/2")),
        ],
        observables=[Observable("share", parse("hill(medium.cargo, half, 1)"), "dimensionless", "occupied share")],
    )  # fmt: skip
    return compose(
        "two-scales", [part], title="Two scales", summary="From donor to recipient & back.", citation="Nobody 2020",
        observables={"load": "medium.cargo/medium.vesicles", "late": "piecewise(0, time < 1/growth, medium.cargo)"},
    )  # fmt: skip


def concentrations() -> Model:
    part = part_of(
        species=[species("ligand", "pM", 70.0), species("receptor", "pM", 500.0), species("bound", "pM", 0)],
        parameters=[parameter("on", "1/(pM*minute)", 1e-4), parameter("off", "1/minute", 0.02)],
        reactions=[
            reaction("bind", "on*ligand*receptor - off*bound", ("bound", 1.0), ("ligand", -1.0), ("receptor", -1.0))
        ],
    )
    return compose("binding", [part], time_unit="minute", observables={"root": "sqrt(ligand*receptor)"})


def mixed() -> Model:
    """Amounts in mole and items, a concentration per mL, a fraction, a length, and an integral over time."""
    part = part_of(
        species=[
            species("drug", "pmole", 3.0), species("vesicles", "vesicle/mL", 1e6), species("radius", "um", 2.0),
            species("open", "dimensionless", 0.3), species("exposure", "pmole*hour", 0), species("protein", "ug", 1.0),
            species("sites", "item/um**2", 4.0),
        ],
        parameters=[
            parameter("k", "1/hour", 0.1), parameter("unit_radius", "um", 1.0), parameter("spread", "um/hour", 0.1),
            parameter("volume", "fL", 1e3, compartment=True), parameter("dose", "pmole", 2.0),
        ],
        reactions=[
            reaction("clear", "k*drug*(drug/dose)**0.37", ("drug", -1.0)),
            reaction("fall", "k*vesicles", ("vesicles", -1.0)),
            reaction("opens", "k*(1 - open)*min(1, drug/dose)", ("open", 1.0)),
            reaction("grow", "spread*sqrt(unit_radius/radius)", ("radius", 1.0)),
            reaction("integrate", "drug", ("exposure", 1.0)), reaction("degrade", "k*protein", ("protein", -0.5)),
            reaction("shed", "k*sites", ("sites", -1.0)),
        ],
    )  # fmt: skip
    shown = {
        "area": "radius**2", "edge": "(radius**3)**(1/3)", "half": "sqrt(radius)", "odd": "radius**1.5/unit_radius",
        "logs": "log2(open) + log10(open) + log(open) + exp(-k*time)", "mean": "exposure/2",
        "choice": "piecewise(1, open > 0.5 and not drug > dose, 2, open == 0, max(open, 0.1))",
    }  # fmt: skip
    return compose("mixed", [part], observables=shown)


MODELS = {"two scales": two_scales, "concentrations": concentrations, "mixed": mixed}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_libsbml_has_no_complaint(make) -> None:
    model = make()
    assert consistency_messages(sbml_text(model, initial_of(model))) == []


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_libroadrunner_finds_the_same_course(make) -> None:
    model = make()
    text = sbml_text(model, initial_of(model))
    times = np.linspace(0.0, 48.0, 25)
    ours = solved(model, times)
    document = libsbml.readSBMLFromString(text)
    names = {}
    for name in ours:
        written = sbml_id(name)
        found = document.getModel().getSpecies(written)
        names[name] = f"[{written}]" if found is not None and not found.getHasOnlySubstanceUnits() else written
    theirs = roadrunner_course(text, list(names.values()), times)
    for (name, course), other in zip(ours.items(), theirs, strict=True):
        # both run at 1e-10 or tighter; the rest is how errors grow over the run
        assert np.max(np.abs(course - other)) <= 1e-7 * np.max(np.abs(course)), name


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_reading_gives_the_model_back(make) -> None:
    model = make()
    text = sbml_text(model, initial_of(model))
    again = read_sbml(text)
    assert again == model
    assert sbml_text(again, initial_of(again)) == text


def test_every_species_is_free_and_has_a_unit_note() -> None:
    model = mixed()
    document = libsbml.readSBMLFromString(sbml_text(model, initial_of(model)))
    for index in range(document.getModel().getNumSpecies()):
        item = document.getModel().getSpecies(index)
        assert not item.getBoundaryCondition()
        assert f'unit="{model.unit(item.getId())}"' in item.getAnnotationString()
    assert document.getModel().getSpecies("vesicles").getInitialConcentration() == 1e6


def test_modifiers_are_the_other_species_of_the_rate() -> None:
    model = two_scales()
    document = libsbml.readSBMLFromString(sbml_text(model, initial_of(model)))
    reaction_ = document.getModel().getReaction("reaction__sort")
    found = [reaction_.getModifier(index).getSpecies() for index in range(reaction_.getNumModifiers())]
    assert found == ["cells", "donor__mir"]
    assert reaction_.getReversible() is False


def test_reversible_says_whether_a_rate_may_be_negative() -> None:
    model = concentrations()
    document = libsbml.readSBMLFromString(sbml_text(model, initial_of(model)))
    assert document.getModel().getReaction("bind").getReversible() is True


def test_values_keep_number_range_and_source_to_the_last_digit() -> None:
    source = 'Smith & "Wagner" <2020>,\nline 2\ttab \\n C:\\new'
    record = Value(0.1 + 0.2, "1/hour", 1e-7 / 3, 5e22 / 7, "measured", source, "", "stated", "log")
    start = Value(2.0 / 3, "dimensionless", 0.1, 0.9, "fitted", "a fit", "", "stated", "logit")
    rate = "k*x*(123456789.12345679*exp(-x) + 1.7e-301 + x/2.3e22 + 4.1789999999940035e+18/x)"
    part = part_of(
        species=[Species("x", "dimensionless", start)],
        parameters=[Parameter("k", "1/hour", record)],
        reactions=[reaction("fall", rate, ("x", -1.0))],
    )
    model = compose("one", [part])
    again = read_sbml(sbml_text(model, initial_of(model)))
    assert again.whole == model.whole


def test_a_number_changed_elsewhere_loses_its_source() -> None:
    model = concentrations()
    text = sbml_text(model, initial_of(model))
    value = read_sbml(text.replace('value="0.02"', 'value="0.03"'), file="theirs.xml").value("off")
    assert (value.value, value.quality, value.reason) == (0.03, "assumed", "as given in theirs.xml")


def test_a_state_after_the_start_is_derived() -> None:
    model = two_scales()
    start = initial_of(model) | {"target.mrna": 7.5, "medium.cargo": 9.0}
    again = read_sbml(sbml_text(model, start))
    assert initial_of(again) == start
    assert again.value("medium.cargo").quality == "derived"
    assert "two-scales" in again.value("target.mrna").source
    assert again.value("donor.mir") == model.value("donor.mir")


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_state_that_is_no_number_is_refused(wrong: float) -> None:
    model = concentrations()
    with pytest.raises(WrongInput, match=r"'bound' is (nan|inf)"):
        sbml_text(model, initial_of(model) | {"bound": wrong})
    with pytest.raises(WrongInput, match="'bound' is missing"):
        sbml_text(model, {"ligand": 1.0, "receptor": 1.0})


def test_every_literal_and_parameter_has_a_unit() -> None:
    for make in MODELS.values():
        model = make()
        tree = ElementTree.fromstring(sbml_text(model, initial_of(model)))
        core = "{http://www.sbml.org/sbml/level3/version2/core}"
        numbers = list(tree.iter("{http://www.w3.org/1998/Math/MathML}cn"))
        assert len(numbers) > 5 or model.name == "binding"
        assert all(f"{core}units" in item.attrib for item in numbers)
        assert all("units" in item.attrib for item in tree.iter(f"{core}parameter"))
