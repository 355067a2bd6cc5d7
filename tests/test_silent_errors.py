"""What once gave a wrong number, or a traceback, without a word."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from small_models import small_model

import exokinetics as exo

FLAGSHIP = "mir_21_pten_hcc_caf"


def test_slopes_behind_a_steady_start_with_one_state_set_by_hand() -> None:
    name, times = "pten.mrna_decay", [0.0, 24.0]
    request = {"initial": {"pten.mrna": 5.0}, "rtol": 1e-9}
    slope = exo.simulate(FLAGSHIP, times, sensitivities=[name], **request).sensitivity("pten.protein", name)
    value = exo.load(FLAGSHIP).value(name).value
    step = 1e-4 * value
    ends = [exo.simulate(FLAGSHIP, times, values={name: value + sign * step}, **request) for sign in (1, -1)]
    expected = (ends[0]["pten.protein"] - ends[1]["pten.protein"]) / (2 * step)
    np.testing.assert_allclose(slope, expected, rtol=1e-4)  # central differences are good to about step squared


@pytest.mark.parametrize("amount", [1e2, 1e-2, 1e-6])
def test_a_small_dose_of_a_concentration_that_starts_at_zero(amount: float) -> None:
    times = np.linspace(0.0, 60.0, 31)
    request = {"values": {"epo.dose": 0}, "doses": [exo.Dose(1, "epo.ligand", amount)]}
    loose = exo.simulate("epo_receptor_uptake", times, **request)
    exact = exo.simulate("epo_receptor_uptake", times, method="radau", rtol=1e-11, atol=1e-24, **request)
    for name in ("epo.ligand", "epo.bound", "epo.inside"):
        # a hundred times the default rtol: local errors add up over the stiff start
        assert np.abs(loose[name] - exact[name]).max() < 1e-4 * exact[name].max()


@pytest.mark.parametrize("minutes", [7, 10, 13, 17, 25, 30, 35, 41, 49, 55])
def test_output_at_the_time_of_a_dose_in_minutes_is_after_it(minutes: int) -> None:
    dose = exo.Dose(f"{minutes} minute", "x", 5.0)
    found = exo.simulate(
        small_model({"x": 0.0}, {"k": "1 1/hour"}, {"go": ("k*x", {"x": -1})}), [minutes / 60], doses=[dose]
    )
    assert found["x"][0] == 5.0


def test_output_at_a_repeated_dose_is_after_it() -> None:
    dose = exo.Dose(0.1, "x", 1.0, repeat=3, every=0.1)
    found = exo.simulate(small_model({"x": 0.0}, {"k": "0 1/hour"}, {"go": ("k*x", {"x": -1})}), [0.3], doses=[dose])
    assert found["x"][0] == pytest.approx(3.0, rel=1e-12)


def test_an_array_of_times_keeps_its_unit() -> None:
    import pint

    days = pint.UnitRegistry().Quantity(np.array([1.0, 2.0]), "day")
    assert exo.simulate(FLAGSHIP, days, start="initial", outputs=["medium.vesicles"]).time.tolist() == [24.0, 48.0]


@pytest.mark.parametrize(
    ("name", "value"), [("endosome.escape_fraction", 7), ("medium.volume", -1), ("akt.exponent", 20)]
)
def test_values_that_cannot_be_are_refused(name: str, value: float) -> None:
    with pytest.raises(exo.WrongInput, match=name):
        exo.simulate(FLAGSHIP, 1.0, values={name: value})


def test_a_dose_that_takes_more_than_there_is_fails_with_a_sentence() -> None:
    found = exo.simulate(FLAGSHIP, [0.0, 2.0], doses=[exo.Dose(1, "medium.vesicles", -1e12)])
    assert "takes more of 'medium.vesicles'" in found.reason


def test_no_step_passes_over_a_pulse_in_a_rate() -> None:
    pulse = "piecewise(100*k, time > 50*hour and time < 50.1*hour, 0*k)"
    model = small_model({"x": 0.0}, {"k": "1 1/hour", "hour": "1 hour"}, {"pulse": (pulse, {"x": 1})})
    assert exo.simulate(model, [0.0, 100.0])["x"][-1] == pytest.approx(10.0, rel=1e-6)  # 100 per hour for 0.1 hours


def test_nothing_but_json_reaches_standard_output_when_nothing_rests(capfd: pytest.CaptureFixture[str]) -> None:
    growing = small_model({"x": 1.0}, {"k": "1 1/hour"}, {"grow": ("k", {"x": 1})})
    assert not exo.simulate(growing, 1.0, start="steady").success
    assert capfd.readouterr().out == ""


def test_an_observable_that_is_no_number_is_nan_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        '[part.p]\nlaw = "extracellular_decay"\nfrom = "vesicles.culture_medium"\n[observable]\nbad = "9**9**9**9"\n'
    )
    assert not np.isfinite(exo.simulate(path, 1.0)["bad"]).any()  # infinite by the rules of floating point


def test_rates_may_be_given_as_texts() -> None:
    rate = exo.Value(0.5, "1/hour", 0.25, 1.0, "assumed", reason="test")
    start = exo.Value(2.0, "copy", 1.0, 4.0, "assumed", reason="test")
    part = exo.Part(
        species={"x": exo.Species("x", "copy", start)},
        parameters={"k": exo.Parameter("k", "1/hour", rate)},
        reactions={"decay": exo.Reaction("decay", "k*x", {"x": -1.0})},
    )
    found = exo.simulate(exo.compose("decay", [part], observables={"twice": "2*x"}), [0.0, 2.0], rtol=1e-9)
    assert found["twice"][-1] == pytest.approx(4.0 * np.exp(-1.0), rel=1e-7)  # a hundred times rtol


def test_all_slopes_at_once_equal_those_one_by_one() -> None:
    """Inputs go in groups; each group takes its own steps, so agreement is to the tolerance."""
    model = exo.load(FLAGSHIP)
    together = exo.simulate(model, [0.0, 24.0], sensitivities=True, rtol=1e-8)
    for name in model.parameters[::10]:
        alone = exo.simulate(model, [0.0, 24.0], sensitivities=[name], rtol=1e-8).sensitivity("pten.protein", name)
        # a millionth of the protein for a change of the parameter by its own size
        error = 1e-6 * together["pten.protein"][0] / model.value(name).value
        np.testing.assert_allclose(together.sensitivity("pten.protein", name), alone, rtol=1e-5, atol=error)


def test_the_parts_of_a_model_cannot_be_changed() -> None:
    model = exo.load(FLAGSHIP)
    with pytest.raises(exo.WrongInput, match="cannot be changed"):
        model.whole.species["x"] = model.whole.species["medium.vesicles"]
    assert pickle.loads(pickle.dumps(model)) == model


PARTLY = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m" timeUnits="second">
<listOfCompartments><compartment id="c" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialAmount="10" hasOnlySubstanceUnits="true"
boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="k" value="0.1" constant="true"/></listOfParameters>
<listOfReactions><reaction id="r" reversible="false"><listOfReactants>
<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants><kineticLaw>
<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><ci>A</ci></apply></math>
</kineticLaw></reaction></listOfReactions></model></sbml>"""


def test_a_foreign_file_with_some_units_can_be_written_again(tmp_path: Path) -> None:
    pytest.importorskip("libsbml", reason="needs python-libsbml")
    path = tmp_path / "partly.xml"
    path.write_text(PARTLY)
    manifest = exo.export(path, tmp_path / "again.xml")
    assert manifest.verified
    assert "only in part" in str(manifest)
    times = [0.0, 5.0]
    np.testing.assert_allclose(exo.simulate(manifest.path, times)["A"], exo.simulate(path, times)["A"], rtol=1e-12)


@pytest.mark.parametrize(
    "request_",
    [{"values": "a=5"}, {"doses": 5}, {"outputs": 5}, {"sensitivities": 5}, {"method": ["bdf"]}, {"initial": 3}],
)
def test_a_request_of_another_type_is_one_sentence(request_: dict) -> None:
    with pytest.raises(exo.WrongInput) as caught:
        exo.simulate(FLAGSHIP, 1.0, **request_)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("thing", [None, 5, [], b"x"])
def test_what_is_no_name_and_no_path_is_one_sentence(thing: object) -> None:
    for verb in (exo.load, exo.load_fit, exo.fit, exo.export):
        with pytest.raises(exo.WrongInput):
            verb(thing, "x.xml") if verb is exo.export else verb(thing)


def test_a_name_that_was_cut_short_is_completed() -> None:
    with pytest.raises(exo.WrongInput, match=r"did you mean 'endosome\.escape_fraction'"):
        exo.simulate(FLAGSHIP, 1.0, values={"endosome.escap": 0.1})
