"""What the fit rbd4059_fxi_mouse says: its data, the depot of its model, and its rivals."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest

import exokinetics as exo

NAME = "rbd4059_fxi_mouse"
DALTON = 1.66053906892e-15  # ng


def stored(rival: str = "") -> dict[str, float]:
    """The stored estimates of the fit or a rival, with its cost."""
    problem = exo.load_fit(NAME)
    folder = (problem.rivals[rival] if rival else problem).results
    result = tomllib.loads((folder / "result.toml").read_text())
    return {name: row["value"] for name, row in result["parameter"].items()} | {"cost": result["cost"]}


def course(rival: str, name: str, days: list[float]) -> np.ndarray:
    """An observable of the treated animals at the stored estimates of the fit or a rival."""
    problem = exo.load_fit(NAME)
    run = problem.rivals[rival] if rival else problem
    held = {id: item.value for id, item in run.quantities.items() if not item.estimate}
    given = {id: value for id, value in (held | stored(rival)).items() if id in run.model.whole.parameters}
    result = exo.simulate(run.model, days, values=given)
    return np.asarray(result[name])


def test_the_data_are_those_of_the_repository() -> None:
    """Counts and sums of files 3B.csv and 3C.csv at revision 9a230d68."""
    problem = exo.load_fit(NAME)
    data = problem.data
    assert [int(np.isfinite(data.numbers[name]).sum()) for name in ("liver", "mrna", "activity")] == [41, 54, 48]
    assert set(data.numbers["time"]) == {0, 1, 7, 14, 28, 42, 63, 84}  # study day less one
    control = np.array([name == "control" for name in data.conditions])
    assert control.sum() == 12
    assert np.isnan(data.numbers["liver"][control]).all()
    assert data.numbers["mrna"][control].mean() == pytest.approx(100, abs=0.1)
    outlier = data.replicates.index("8-2")
    assert (data.numbers["mrna"][outlier], data.numbers["activity"][outlier]) == (128.8, 98.6)


def test_the_scale_from_copies_to_tissue_is_that_of_its_reasons() -> None:
    quantities = exo.load_fit(NAME).quantities
    assert quantities["strand_mass"].value == pytest.approx(7200 * DALTON, rel=5e-3)
    assert quantities["hepatocytes_per_gram"].value == exo.load_fit(NAME).model.value("hepatocyte.number").value


def test_thirty_seven_risc_halve_the_mrna_when_cleavage_is_fast() -> None:
    """The reason of the association rate constant: the mRNA is halved where RISC cuts as fast as it decays."""
    model = exo.load("fxi_silencing_mouse")
    association, affinity = model.value("silencing.association").value, model.value("silencing.affinity").value
    decay, copies_per_nanomolar = model.value("gene.mrna_decay").value, 0.602214076 * 5800
    cleavage = 24 * 7.2
    cut = association / copies_per_nanomolar * cleavage / (affinity * association + cleavage)
    assert decay / cut == pytest.approx(37, rel=0.02)


def test_liver_declines_in_the_two_phases_of_its_pools() -> None:
    """Two exponentials, since so little reaches the cytosol that the depots do not feel it."""
    values = stored()
    days = np.array([0.0, 1, 7, 28, 84])
    loss = values["store.loss"] + values["store.release"] + 0.0033
    expected = values["labile.start"] * np.exp(-(0.3 + 0.0033) * days) + values["store.start"] * np.exp(-loss * days)
    # what is loaded, some hundred copies, is the rest: less than a thousandth of what is left on day 84
    np.testing.assert_allclose(course("", "liver_guide", list(days)), expected, rtol=1e-3)


def test_the_two_phases_begin_with_the_dose_that_was_given() -> None:
    """9 mg/kg, of which the strand is 0.44 by mass, in a liver of 4.5 % of the body: within a quarter."""
    values = stored()
    dose = 9e3 * 0.44 / 0.045 / (1.35e8 * 1.2e-11)  # 9e3 ng per gram of body
    assert values["labile.start"] + values["store.start"] == pytest.approx(dose, rel=0.25)


def test_a_depot_empties_into_the_next_pool() -> None:
    """Two depots in a row against Bateman's solution."""
    hour = np.linspace(0.0, 30.0, 7)
    cells = exo.use("population", "cells", number="1 cell", division="0 1/hour", volume="1000 fL/cell")
    chain = [
        exo.use("depot", "first", cells="cells", into="second.amount", start="1000 copy/cell", loss="0.1 1/hour",
                release="0.2 1/hour"),
        exo.use("depot", "second", cells="cells", into="end.amount", start="0 copy/cell", loss="0.05 1/hour",
                release="0.02 1/hour"),
        exo.use("depot", "end", cells="cells", into="first.amount", start="0 copy/cell", loss="0 1/hour",
                release="0 1/hour"),
    ]  # fmt: skip
    result = exo.simulate(exo.compose("chain", [cells, *chain]), list(hour), rtol=1e-9)
    fast, slow = 0.3, 0.07
    second = 1000 * 0.2 / (fast - slow) * (np.exp(-slow * hour) - np.exp(-fast * hour))
    np.testing.assert_allclose(result["second.amount"], second, rtol=1e-6, atol=1e-6)
    held = 1000 * 0.2 / (fast - slow) * ((1 - np.exp(-slow * hour)) / slow - (1 - np.exp(-fast * hour)) / fast)
    np.testing.assert_allclose(result["end.amount"], 0.02 * held, rtol=1e-6, atol=1e-6)


def test_the_catalytic_law_wins_with_the_potency_of_the_literature() -> None:
    assert stored("stoichiometric")["cost"] - stored()["cost"] > 40


def test_loaded_guide_outlasts_the_guide_in_the_liver() -> None:
    """The claim that is checked: liver falls faster than RISC between weeks 4 and 12."""
    days = [28.0, 84.0]
    liver, loaded = (course("", name, days) for name in ("liver_guide", "loaded_guide"))
    assert liver[0] / liver[1] > 15
    assert 2 < loaded[0] / loaded[1] < 8
    assert math.log(2) / stored()["loading.guide_loss"] == pytest.approx(14.6, abs=2)  # days


def test_a_short_lived_risc_describes_the_data_as_well() -> None:
    """What the README warns of: the half-life of RISC is that of the main law only if AGO2 is not limiting."""
    rival, main = stored("short_lived_risc"), stored()
    assert abs(rival["cost"] - main["cost"]) < 4
    assert rival["ago2.total"] < 1000  # of 6,000 to 78,000
    assert 1 < math.log(2) / rival["gene.mrna_decay"] < 5  # days
