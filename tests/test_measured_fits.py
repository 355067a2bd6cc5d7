"""What the fits of silencing, release and circulation say: their data, and their models against closed forms."""

from __future__ import annotations

import csv
import math
import tomllib
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas
import pytest

import exokinetics as exo
from exokinetics.fitting.bands import drawn_sets


def stored(name: str, rival: str = "") -> dict[str, float]:
    """The stored estimates of a fit or a rival, with its cost."""
    problem = exo.load_fit(name)
    folder = (problem.rivals[rival] if rival else problem).results
    result = tomllib.loads((folder / "result.toml").read_text())
    return {id: row["value"] for id, row in result["parameter"].items()} | {"cost": result["cost"]}


def course(
    name: str, times: list[float], *, rival: str = "", condition: str = "", tied: Mapping[str, float] | None = None
) -> exo.Result:
    """The model of a fit or a rival at its stored estimates, with those that are of this condition alone."""
    problem = exo.load_fit(name)
    run = problem.rivals[rival] if rival else problem
    held = {id: item.value for id, item in run.quantities.items() if not item.estimate}
    known = held | stored(name, rival)
    known |= {id.removesuffix(f":{condition}"): value for id, value in known.items()} | dict(tied or {})
    given = {id: value for id, value in known.items() if id in run.model.whole.parameters}
    return exo.simulate(run.model, times, values=given)


# --- gse6207_mir124_hepg2 ---------------------------------------------------------------------------------------------

MIR_124 = "gse6207_mir124_hepg2"
TARGETS = ("suclg2", "atp6v0e1", "vamp3", "rwdd4", "gpat3")


def test_the_log_ratios_are_those_of_the_tutorial() -> None:
    """Entrez 8801 at 24 h and 84803 at 120 h as printed there, and the sum of all 35."""
    data = exo.load_fit(MIR_124).data
    assert list(data.numbers["time"]) == [4, 8, 16, 24, 32, 72, 120]
    assert data.numbers["suclg2"][3] == -3.085749
    assert data.numbers["gpat3"][-1] == -1.035104
    assert sum(data.numbers[name].sum() for name in TARGETS) == pytest.approx(-62.436845, abs=1e-9)


@pytest.mark.parametrize("rival", ["", "fibroblast_risc"])
def test_mir_124_enters_in_two_equal_steps(rival: str) -> None:
    """A gamma density of order two, diluted by division: D(t) = D0 exp(-(k + mu) t), E(t) = D0 k t exp(-(k + mu) t)."""
    values, hours = stored(MIR_124, rival), np.array([0.0, 4, 24, 72])
    rate, dose = values["complexes.release"], values["complexes.start"]
    outside = dose * np.exp(-(rate + 0.0144) * hours)
    result = course(MIR_124, list(hours), rival=rival)
    # the integrator's own tolerance is 1e-6 of each state
    np.testing.assert_allclose(result["complexes.amount"], outside, rtol=1e-4)
    np.testing.assert_allclose(result["endosome.amount"], rate * hours * outside, rtol=1e-4, atol=1e-3)


def test_the_two_stories_of_mir_124_differ_in_the_mrna_and_not_in_the_fit() -> None:
    """What the README says: long-lived mRNAs under an excess of RISC, or short-lived ones that follow it."""
    main, rival = stored(MIR_124), stored(MIR_124, "fibroblast_risc")
    assert 0 < rival["cost"] - main["cost"] < 4
    for gene in TARGETS:
        assert main[f"{gene}.mrna_decay"] < 0.0144  # less than the cells divide
        assert 3 < math.log(2) / rival[f"{gene}.mrna_decay"] < 5  # hours


# --- fadeev2022_vesicle_release --------------------------------------------------------------------------------------

RELEASE = "fadeev2022_vesicle_release"
STRAINS = ("ad45", "atcc27126", "bgp6", "bs11", "hot1a3", "mit1002")


def test_the_counts_of_cells_and_particles_are_those_of_the_repository() -> None:
    """Three cultures of six strains at four times, without one particle count; sums of both columns."""
    numbers = exo.load_fit(RELEASE).data.numbers
    assert [int(np.isfinite(numbers[name]).sum()) for name in ("cells", "particles")] == [72, 71]
    assert numbers["cells"].sum() == pytest.approx(3246897232.0298)
    assert np.nansum(numbers["particles"]) == pytest.approx(2.846078e10)


@pytest.mark.parametrize("strain", STRAINS)
def test_vesicles_of_a_culture_without_loss_are_the_integral_of_its_cells(strain: str) -> None:
    """Logistic growth, and V = b (C/g) ln(1 + N0 (exp(g t) - 1)/C)."""
    values, hours = stored(RELEASE, "no_loss"), np.array([0.0, 12, 24, 72, 144])
    start, growth, capacity = (values[f"culture.{name}:{strain}"] for name in ("start", "growth", "capacity"))
    grown = np.exp(growth * hours)
    result = course(RELEASE, list(hours), rival="no_loss", condition=strain)
    # the integrator's own tolerance is 1e-6 of each state
    logistic = capacity * start * grown / (capacity + start * (grown - 1))
    np.testing.assert_allclose(result["culture.number"], logistic, rtol=1e-4)
    integral = capacity / growth * np.log1p(start * (grown - 1) / capacity)
    released = values[f"release.secretion:{strain}"] * integral
    np.testing.assert_allclose(result["medium.vesicles"], released, rtol=1e-4, atol=1.0)


def test_the_misfit_of_one_strain_is_as_the_readme_says() -> None:
    """BS11 has more vesicles per cell in growth than later; a constant release cannot give that."""
    data = exo.load_fit(RELEASE).data
    mine = np.array([name == "bs11" for name in data.conditions])
    per_cell = data.numbers["particles"] / data.numbers["cells"]
    early, late = (per_cell[mine & (data.numbers["time"] == hour)].mean() for hour in (24, 144))
    assert 3.0 < early / late < 5.0
    predicted = course(RELEASE, [24.0], condition="bs11")["tracking.count"][-1]
    measured = data.numbers["particles"][mine & (data.numbers["time"] == 24)]
    assert np.exp(np.log(measured).mean()) / predicted == pytest.approx(4.3, abs=0.2)


# --- luan_nanoparticle_lymph_nodes ------------------------------------------------------------------------------------

PARTICLES = "luan_nanoparticle_lymph_nodes"


def test_the_nanoparticles_are_those_of_the_repository() -> None:
    """Sums of the means and of their standard deviations over seven times and four tissues."""
    numbers = exo.load_fit(PARTICLES).data.numbers
    means = [values for name, values in numbers.items() if name.startswith("in_") and not name.endswith("_sd")]
    errors = [values for name, values in numbers.items() if name.endswith("_sd")]
    assert sum(map(np.size, means)) == sum(map(np.size, errors)) == 28
    assert sum(map(np.sum, means)) == pytest.approx(185.8235, abs=1e-9)
    assert sum(map(np.sum, errors)) == pytest.approx(47.2976, abs=1e-9)


def test_nanoparticles_leave_blood_in_one_phase_and_stay_in_the_nodes() -> None:
    """V = 100 exp(-k t) with k the loss and all passages, and in a node q/Vol 100 (1 - exp(-k t))/k."""
    values, hours = stored(PARTICLES), np.array([0.0, 1, 24, 120])
    volume, other = values["blood.volume"], values["into_other_node.flow"]
    passage = values["into_tumour.flow"] + other * (1 + values["drainage"])
    rate = values["blood.decay"] + passage / volume
    result = course(PARTICLES, list(hours), tied={"into_draining_node.flow": values["drainage"] * other})
    # the integrator's own tolerance is 1e-6 of each state
    np.testing.assert_allclose(result["blood.vesicles"], 100 * np.exp(-rate * hours), rtol=1e-4)
    held = other / volume * 100 * -np.expm1(-rate * hours) / rate
    np.testing.assert_allclose(result["other_node.vesicles"], held, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(result["draining_node.vesicles"], values["drainage"] * held, rtol=1e-4, atol=1e-6)


def test_the_draining_node_takes_up_more() -> None:
    """The likelihood ratio of the rival: twice the difference of costs beyond the 1 % point of chi-squared with one."""
    assert 2 * (stored(PARTICLES, "nodes_alike")["cost"] - stored(PARTICLES)["cost"]) > 6.63


# --- rbd4059_fxi_mouse_doses ------------------------------------------------------------------------------------------

DOSES = "rbd4059_fxi_mouse_doses"
READ_OUT = 7.0  # days


def held_out() -> dict[str, np.ndarray]:
    """The animals of 6 mg/kg, which take no part in the fit."""
    with (exo.load_fit(DOSES).folder / "held_out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["condition"] for row in rows} == {"mg_6"}
    return {name: np.array([float(row[f"{name} [percent]"]) for row in rows]) for name in ("mrna", "activity")}


def test_the_doses_are_those_of_the_repository() -> None:
    """Eight animals per group, and sums of both columns of file 3A.csv."""
    data = exo.load_fit(DOSES).data
    assert Counter(data.conditions) == dict.fromkeys(("control", "mg_1", "mg_3", "mg_9"), 8)
    assert [data.numbers[name].sum() for name in ("mrna", "activity")] == pytest.approx([1992.8, 1705.1])
    assert [held_out()[name].sum() for name in ("mrna", "activity")] == pytest.approx([250.3, 162.1])


def test_what_the_liver_holds_is_in_proportion_to_the_dose() -> None:
    problem = exo.load_fit(DOSES)
    for name in ("labile.start", "store.start"):
        full = problem.model.value(name).value
        for condition, dose in (("control", 0), ("mg_1", 1), ("mg_3", 3)):
            assert problem.conditions[condition].values[name] == pytest.approx(full * dose / 9, rel=2e-3)


def test_the_dose_that_was_held_out_lies_in_its_predictive_intervals() -> None:
    """Counts as in the README; the lowest activity, 14.0, lies on the limit of the 95 % interval and is not counted."""
    problem, draws = exo.load_fit(DOSES), 400
    estimates = {id: value for id, value in stored(DOSES).items() if id != "cost"}
    found = exo.fit(problem, starts=1, initial=[estimates], progress=False)
    sets = {id: column.to_numpy() for id, column in drawn_sets(found, draws, 0).items()}
    table = pandas.DataFrame({id: values for id, values in sets.items() if id in problem.model.whole.parameters})
    start = {name: problem.model.value(name).value * 6 / 9 for name in ("labile.start", "store.start")}
    run = exo.ensemble(
        problem.model, [0.0, READ_OUT], draws=table, values=start, outputs=["mrna_share", "protein_share"]
    )
    noise = np.random.default_rng(0)
    inside = {}
    for name, share in (("mrna", "mrna_share"), ("activity", "protein_share")):
        animals = sets[f"baseline_{name}"] * run[share][:, -1]
        animals = animals * np.exp(sets[f"sd_{name}"] * noise.standard_normal((50, draws)))
        measured = held_out()[name]
        for level in (50, 80, 95):
            low, high = np.percentile(animals, [50 - level / 2, 50 + level / 2])
            inside[name, level] = int(((low <= measured) & (measured <= high)).sum())
    assert [inside["mrna", level] for level in (50, 80, 95)] == [3, 7, 8]
    assert [inside["activity", level] for level in (50, 80)] == [2, 5]
    assert inside["activity", 95] >= 7


def test_the_time_course_of_one_dose_predicts_the_others() -> None:
    """Two constants fewer cost less than one unit of log-likelihood."""
    assert 0 < stored(DOSES, "time_course")["cost"] - stored(DOSES)["cost"] < 1
    elsewhere = tomllib.loads((exo.load_fit("rbd4059_fxi_mouse").results / "result.toml").read_text())["parameter"]
    for name in ("store.release", "silencing.extra_decay"):
        assert elsewhere[name]["low"] < stored(DOSES)[name] < elsewhere[name]["high"]


# --- rbd4059_mouse_plasma ---------------------------------------------------------------------------------------------

PLASMA = "rbd4059_mouse_plasma"


def test_plasma_readings_below_the_limit_are_kept_as_such() -> None:
    """Six animals at eight times and three doses; the quantified ones add up to those of file 2a.xls."""
    data = exo.load_fit(PLASMA).data
    below = data.sides["antisense"] != 0
    assert len(data.numbers["antisense"]) == 144
    assert set(data.numbers["antisense"][below]) == {20.0}
    assert data.numbers["antisense"][~below].sum() == pytest.approx(33685.0, abs=1e-6)
    assert below.sum() == 56


def bateman(dose: float, absorption: float, loss: float, hours: np.ndarray) -> np.ndarray:
    """What plasma holds of a dose that enters and leaves it at first order, Bateman 1910."""
    return dose * absorption / (loss - absorption) * (np.exp(-absorption * hours) - np.exp(-loss * hours))


def test_plasma_follows_bateman_and_its_rates_can_change_places() -> None:
    """Closed form; with the rates exchanged and the volume times their ratio no concentration changes."""
    values, hours = stored(PLASMA), np.array([0.0, 0.25, 1, 4, 8])
    absorption, ratio = values["skin.release"], values["ratio"]
    loss = absorption * ratio
    result = course(PLASMA, list(hours), tied={"plasma.release": loss})
    expected = bateman(5.4e7, absorption, loss, hours)
    # the integrator's own tolerance is 1e-6 of each state
    np.testing.assert_allclose(result["plasma.amount"], expected, rtol=1e-4, atol=1.0)
    exchanged = course(PLASMA, list(hours), tied={"plasma.release": absorption, "skin.release": loss})
    np.testing.assert_allclose(result["plasma.amount"], exchanged["plasma.amount"] / ratio, rtol=1e-4, atol=1.0)


def test_plasma_is_in_proportion_to_the_dose() -> None:
    """Volumes of their own for the doses: the likelihood ratio is below the 5 % point of chi-squared with two, 5.99."""
    assert 2 * (stored(PLASMA)["cost"] - stored(PLASMA, "not_in_proportion")["cost"]) < 5.99


# --- nguyen_plasma_gestation ------------------------------------------------------------------------------------------

GESTATION = "nguyen_plasma_gestation"


def test_the_vesicles_of_plasma_are_those_of_the_repository() -> None:
    """Forty mice, and the sum of their means."""
    data = exo.load_fit(GESTATION).data
    assert Counter(data.conditions) == {"virgin": 6, "pregnant": 28, "post_partum": 6}
    assert len(set(data.replicates)) == 40
    assert data.numbers["particles"].sum() == pytest.approx(1.0818587240758334e13)


def test_a_pregnant_mouse_starts_at_the_level_of_a_virgin_one_and_ends_at_its_balance() -> None:
    """Without placentas nothing moves; with them at full size the level rises by release over clearance."""
    values = stored(GESTATION)
    level, cleared = values["without_placentas"], 2.9
    tied = {"mother_release.secretion": level * cleared}
    start = {"plasma.vesicles": level}
    problem = exo.load_fit(GESTATION)
    given = {"placental_release.secretion": values["placental_release.secretion"]} | tied
    alone = exo.simulate(problem.model, [0.0, 20.0], values=given | {"placentas.start": 0.0}, initial=start)
    # the integrator's own tolerance is 1e-6 of each state
    assert alone["plasma.vesicles"][-1] == pytest.approx(level, rel=1e-5)
    share = values["placentas.start"]
    whole = exo.simulate(problem.model, [0.0, 40.0], values=given | {"placentas.start": share}, initial=start)
    assert whole["plasma.vesicles"][-1] == pytest.approx(
        level + values["placental_release.secretion"] / cleared, rel=1e-5
    )


def test_the_level_rises_in_pregnancy() -> None:
    """The likelihood ratio of the rival lies beyond the 1 % point of chi-squared with two degrees, 9.21."""
    assert 2 * (stored(GESTATION, "no_placenta")["cost"] - stored(GESTATION)["cost"]) > 9.21


# --- nguyen_trophoblast_release ---------------------------------------------------------------------------------------

TROPHOBLASTS = "nguyen_trophoblast_release"


def test_every_culture_of_three_placentas_was_counted_twice() -> None:
    """Four treatments, two windows, three placentas; fewer particles in the second window in all twelve pairs."""
    data = exo.load_fit(TROPHOBLASTS).data
    by_culture = dict(zip(zip(data.conditions, data.replicates, strict=True), data.numbers["particles"], strict=True))
    assert len(by_culture) == 24
    assert sum(by_culture.values()) == pytest.approx(16695398000.0)
    for treatment in ("control", "egf", "bps", "both"):
        for placenta in ("1", "5", "7"):
            assert by_culture[f"{treatment}_second", placenta] < by_culture[f"{treatment}_first", placenta]


def test_trophoblasts_release_what_their_decline_leaves_in_each_window() -> None:
    """V = s (1 - exp(-d w))/d in the first window and exp(-d w) of it in the second, with the treatments as factors."""
    values, window = stored(TROPHOBLASTS), 48.0
    decline = values["trophoblasts.death"]
    first = -np.expm1(-decline * window) / decline
    problem = exo.load_fit(TROPHOBLASTS)
    predicted = problem.predictor.predict({id: value for id, value in values.items() if id != "cost"}).values
    for block in problem.predictor.blocks():
        name = block.condition.id
        factor = values["egf"] if name.startswith(("egf", "both")) else 1.0
        factor *= values["bps"] if name.startswith(("bps", "both")) else 1.0
        share = np.exp(-decline * window) if name.endswith("second") else 1.0
        known = [values[f"placenta:{placenta}"] * first * factor * share for placenta in ("1", "5", "7")]
        for value in predicted[block.place]:
            # the integrator's own tolerance is 1e-6 of each state
            assert min(abs(value / each - 1) for each in known) < 1e-4


def test_neither_egf_nor_bisphenol_is_seen_to_act_but_the_decline_is() -> None:
    """The 5 % point of chi-squared with two degrees, 5.99, and the 0.1 % point with one, 10.83."""
    cost = stored(TROPHOBLASTS)["cost"]
    assert 2 * (stored(TROPHOBLASTS, "no_treatment")["cost"] - cost) < 5.99
    assert 2 * (stored(TROPHOBLASTS, "no_decline")["cost"] - cost) > 10.83
