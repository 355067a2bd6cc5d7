"""What the fit kiselev_pip3_pten says: against the numbers in the authors' repository, and against its rivals."""

from __future__ import annotations

import math
import tomllib

import pytest

import exokinetics as exo

NAME = "kiselev_pip3_pten"
AVOGADRO = 6.02214076e23


def stored(rival: str = "") -> dict[str, float]:
    """The stored estimates of the fit or a rival, with its cost."""
    problem = exo.load_fit(NAME)
    folder = (problem.rivals[rival] if rival else problem).results
    result = tomllib.loads((folder / "result.toml").read_text())
    return {name: row["value"] for name, row in result["parameter"].items()} | {"cost": result["cost"]}


def lipid(rival: str, condition: str, time: str, **values: float) -> float:
    """PIP3 and PI(3,4)P2 together in copies per cell, at the stored estimates of the fit or a rival."""
    problem = exo.load_fit(NAME)
    run = problem.rivals[rival] if rival else problem
    known = run.model.whole.parameters
    held = {name: item.value for name, item in run.quantities.items() if not item.estimate}
    given = held | stored(rival) | dict(run.conditions[condition].values)
    result = exo.simulate(run.model, time, values={name: value for name, value in given.items() if name in known})
    return float(result["signalling_lipid"][-1])


def test_the_data_are_those_of_the_repository() -> None:
    problem = exo.load_fit(NAME)
    assert len(problem.conditions) == 17
    assert len(problem.observed) == 186
    # cytoplasm.volume of 3-preparation-for-modeling.Rmd: 0.9 of a sphere of 10 um, with pi = 3.14
    volume = 0.9 * 4 / 3 * 3.14 * 10e-6**3 * 1e3
    assert problem.quantities["copies_per_uM"].value == pytest.approx(1e-6 * AVOGADRO * volume, rel=1e-3)
    assert problem.model.value("cells.volume").value * 1e-15 == pytest.approx(volume, rel=1e-6)
    pten = problem.model.value("pten.synthesis").value / problem.model.value("pten.cargo_decay").value
    assert pten == pytest.approx(7333, rel=5e-3)  # two digits of the rates


def test_removal_without_pi3k_is_that_of_the_authors_regressions() -> None:
    """Slopes of ln(PIP3) over the first points under PI-103, output/inhibitor-regressions.txt, with their errors."""
    values, model = stored(), exo.load_fit(NAME).model
    held = (
        model.value("pten.synthesis").value
        / model.value("pten.cargo_decay").value
        / model.value("lipids.pten_half").value
    )
    pten, ship2 = values["lipids.pten_catalysis"] * held, values["lipids.ship2"]
    left = 1 - values["ship2_removal.effect"]
    # without SHIP2; without both; the factor of two is what the background, which they left in, makes of a slope
    assert pten + left * ship2 == pytest.approx(0.0651, abs=2 * 0.0274)
    assert left * ship2 == pytest.approx(0.00844, abs=2 * 0.0010)
    assert 1 < ship2 / 0.0241 < 2


def test_pten_on_pip3_alone_is_refuted_by_pi34p2() -> None:
    difference = stored("pip3_only")["cost"] - stored()["cost"]
    # one parameter less: twice the difference less two is that of the information criterion of Akaike
    assert 2 * difference - 2 > 50


def test_the_scales_of_the_lipids_differ() -> None:
    assert 2 * (stored("no_calibration")["cost"] - stored()["cost"]) - 2 > 20


def test_what_a_model_without_pten_on_pi34p2_says_of_losing_pten_is_too_small() -> None:
    """Signalling lipid after five minutes with INPP4 silenced, knock-out over wild type."""
    ratios = {
        rival: lipid(rival, "pten_ko_si_inpp4ab", "300 second") / lipid(rival, "wt_si_inpp4ab", "300 second")
        for rival in ("", "pip3_only")
    }
    assert ratios[""] > 2 * ratios["pip3_only"] > 2


def test_pip3_seen_alone_gives_the_same_pten_but_nothing_of_pi34p2() -> None:
    whole, alone = stored(), stored("pip3_alone")
    # both are known to about a fifth
    assert math.log(alone["lipids.pten_catalysis"] / whole["lipids.pten_catalysis"]) == pytest.approx(0, abs=0.4)
    assert set(exo.load_fit(NAME).rivals["pip3_alone"].measured) == {"pip3"}
