"""The general statements of the reviews, each a property that the laws have."""

import numpy as np
import pytest

from exokinetics import Dose, load, simulate, steady_state


def at_rest(name, **values):
    """The steady state with some values, ids written with `__` for a dot."""
    return steady_state(load(name), values={id.replace("__", "."): given for id, given in values.items()})


def value(name, id):
    return load(name).value(id).value


def hill(x, half, exponent):
    return x**exponent / (half**exponent + x**exponent)


def test_rna_in_vesicles_outlives_free_rna():
    model, values = load("proc_protection"), {"vesicle_membrane.input": 100.0}
    time = np.linspace(0.0, 200.0, 4001)
    rest = simulate(model, time, values=values, strict=True)

    def half_life(species):
        run = simulate(model, time, values=values, doses=[Dose(0.0, species, 1e9)], strict=True)
        added = sum(run[id] - rest[id] for id in ("medium.cargo", "naked.free"))
        return time[np.flatnonzero(added < 0.5e9)[0]]

    # the nuclease takes free RNA at 4 per hour; RNA inside is lost with its vesicle at 0.01 per hour, and leaks slowly
    assert half_life("naked.free") == pytest.approx(np.log(2) / value("proc_protection", "naked.decay"), abs=0.06)
    assert half_life("medium.cargo") > 20 * half_life("naked.free")


def test_a_membrane_that_holds_leaves_more_micro_rna_outside():
    held, open_ = (at_rest("proc_protection", vesicle_membrane__input=x)["mirna.level"][0] for x in (100.0, 0.0))
    assert held > 2 * open_


@pytest.mark.parametrize("cause", ["malignancy", "number_of_vesicles"])
def test_what_raises_release_raises_number_and_content_alike(cause):
    others = {"malignancy__input": 0.0, "number_of_vesicles__input": 0.0, "cargo_per_vesicle__input": 0.0}
    part = {"malignancy": "vesicle_release", "number_of_vesicles": "more_vesicles"}[cause]
    roles = (value("proc_release", f"{part}.{role}") for role in ("gain", "half", "exponent"))
    gain, half, exponent = roles
    found = at_rest("proc_release", **others | {f"{cause}__input": 2.0})
    rise = 1.0 + gain * hill(2.0, half, exponent)
    assert found["number_outside.level"][0] == pytest.approx(rise, rel=1e-6)
    # sorting debits the cargo of the donor a little
    assert found["content_outside.level"][0] == pytest.approx(rise, rel=0.06)


def test_more_cargo_per_vesicle_is_no_more_vesicles():
    others = {"malignancy__input": 0.0, "number_of_vesicles__input": 0.0}
    found = at_rest("proc_release", **others, cargo_per_vesicle__input=2.0)
    assert found["number_outside.level"][0] == pytest.approx(1.0, rel=1e-6)
    assert found["content_outside.level"][0] > 5.0
    assert found["signal.level"][0] > 3.0


def test_selective_loading_leaves_the_number_of_vesicles_as_it_is():
    rest, loaded = (at_rest("proc_sorting", selective_loading__input=x) for x in (0.0, 10.0))
    assert loaded["vesicular_mirna.level"][0] > 1.5 * rest["vesicular_mirna.level"][0]
    assert loaded["medium.vesicles"][0] == pytest.approx(rest["medium.vesicles"][0], rel=1e-6)


def test_vesicles_are_made_through_the_multivesicular_body():
    none, some = (at_rest("proc_biogenesis", initiation__input=x, biogenesis__input=0.0) for x in (0.0, 10.0))
    ratio = some["multivesicular_body.vesicles"][0] / none["multivesicular_body.vesicles"][0]
    assert ratio > 1.5
    # a linear chain: what is in the medium follows the multivesicular body
    assert some["medium.vesicles"][0] / none["medium.vesicles"][0] == pytest.approx(ratio, rel=1e-6)


def test_blockers_of_budding_and_fusion_leave_what_the_pool_predicts():
    name = "proc_release_block"
    h = {}
    for part in ("biogenesis", "secretion"):
        effect, half, exponent = (value(name, f"{part}.{role}") for role in ("effect", "half", "exponent"))
        h[part] = 1.0 - effect * hill(3.0, half, exponent)
    release, lysosome, division = (value(name, id) for id in ("pool.release", "pool.degradation", "donor.division"))
    other = lysosome + division
    slowed = release * h["secretion"]
    expected = h["biogenesis"] * (slowed / (slowed + other)) / (release / (release + other))
    blocked = at_rest(name, inhibitor__input=3.0)
    assert blocked["vesicles.level"][0] == pytest.approx(expected, rel=1e-6)
    assert blocked["dissemination.level"][0] < 0.5
    assert at_rest(name, inhibitor__input=0.0)["vesicles.level"][0] == pytest.approx(1.0, rel=1e-6)


def test_surface_proteins_speed_up_uptake_at_the_same_release():
    slow, fast = (at_rest("proc_uptake", surface_protein__input=x) for x in (0.0, 10.0))
    assert fast["endocytosis.level"][0] > 1.5 * slow["endocytosis.level"][0]


def test_a_loop_of_vesicles_both_ways_amplifies_and_comes_to_rest():
    name = "proc_closed_loop_001"
    x = value(name, "tumour_vesicles.reference")
    found = at_rest(name, tumour_vesicles__input=4.0 * x)
    exponent, span = value(name, "environment.exponent"), value(name, "environment.span")
    without_loop = (1 + span * 5.0**exponent) / (span + 5.0**exponent)
    assert found["environment.level"][0] > 1.15 * without_loop
    assert at_rest(name, tumour_vesicles__input=0.0)["tumour.level"][0] == pytest.approx(1.0, rel=1e-6)


def test_fourteen_days_of_vesicles_leave_fibroblasts_switched():
    model, days = load("proc_nf_caf"), 24.0
    exposure = Dose(0.0, "vesicles.amount", 2e5, duration=14 * days)
    run = simulate(model, np.arange(0.0, 90 * days, days), values={"donor.number": 0.0}, doses=[exposure], strict=True)
    assert run["caf_switch.share"][0] < 0.1
    assert run["action.level"][14] > 10.0
    assert run["action.level"][-1] == pytest.approx(1.0, abs=1e-3)  # the vesicles are gone
    assert run["stromal_remodelling.level"][-1] == pytest.approx(1.0, abs=1e-2)  # and what follows them directly
    assert run["caf_switch.share"][-1] > 0.5  # cells that have switched keep each other switched
    brief = Dose(0.0, "vesicles.amount", 60.0, duration=0.1)  # minutes at the same rate
    once = simulate(model, np.arange(0.0, 90 * days, days), values={"donor.number": 0.0}, doses=[brief], strict=True)
    assert once["caf_switch.share"][-1] < 0.1


def test_akt_and_erk_and_beta_catenin_bring_emt_and_its_markers():
    exposure = Dose(0.0, "vesicles.amount", 2e5, duration=336.0)
    run = simulate(load("proc_emt"), [0.0, 336.0], values={"donor.number": 0.0}, doses=[exposure], strict=True)
    for raised in ("akt.level", "erk.level", "beta_catenin.level", "emt.share", "vimentin.level", "n_cadherin.level"):
        assert run[raised][-1] > 1.5 * run[raised][0], raised
    for lowered in ("e_cadherin.level", "zo_1.level", "occludin.level"):
        assert run[lowered][-1] < 0.7 * run[lowered][0], lowered


def test_hypoxia_activates_endothelial_cells_by_hif_and_vegf():
    rest, low = (at_rest("proc_hif_vegf_vegfr_003", hypoxia__input=x) for x in (0.0, 3.0))
    for node in ("hif_alpha", "vegf", "vegfr2", "erk", "fak", "endothelial_activation"):
        assert rest[f"{node}.level"][0] == pytest.approx(1.0, rel=1e-6)
        assert low[f"{node}.level"][0] > 2.0, node


def test_a_target_of_two_micro_rnas_falls_further_than_by_either():
    name = "proc_mirna_multitarget_003"
    both = {"one_mirna__synthesis": 200.0, "many_mirnas__synthesis": 200.0}
    level = {
        key: at_rest(name, **both | changed)["second_target.level"][0]
        for key, changed in {
            "both": {}, "one": {"many_mirnas__synthesis": 0.0}, "many": {"one_mirna__synthesis": 0.0}
        }.items()
    }  # fmt: skip
    assert level["both"] < min(level["one"], level["many"]) < 1.0
