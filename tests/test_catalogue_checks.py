"""The catalogue as it ships: every model runs, every check is fresh and passed, and experiments repeat."""

import numpy as np
import pytest
from rotation import turn

from exokinetics import coverage, load, models, simulate
from exokinetics.reports.catalogue_table import read_rows
from exokinetics.reports.row_checks import check_of, checks_text, read_checks
from exokinetics.reports.row_experiment import DOSES, _dose_for, _effect  # two steps with closed forms

CHECKS = read_checks()
AGAIN = 4  # models whose experiment is repeated


@pytest.mark.slow
def test_all_models_compile_and_run():
    for name in models():
        model = load(name)
        assert simulate(model, max(model.report, default=72.0)).success, name


@pytest.mark.slow
def test_every_row_has_a_model_whose_check_is_passed_and_fresh():
    found = coverage()
    failed = found[found["check"] != "ok"]
    assert failed[["row", "model", "check"]].to_dict("records") == []
    assert found["covered"].all()


@pytest.mark.slow
@pytest.mark.parametrize("step", range(AGAIN))
def test_an_experiment_repeats(step):
    names = sorted(CHECKS)
    name = names[(turn(len(names)) + step * len(names) // AGAIN) % len(names)]
    rows = [row for row in read_rows() if row.model == name]
    again = check_of(load(name), rows, draws=CHECKS[name].draws)
    assert checks_text([again]) == checks_text([CHECKS[name]])  # to three digits


def test_the_effect_on_a_gene_is_what_its_protein_lost():
    np.testing.assert_allclose(_effect(np.array([[100.0, 80.0, 30.0]]), "repressed", {}), [[0.0, 0.2, 0.7]])


def test_the_effect_of_an_edge_is_a_share_of_what_it_can_do():
    found = _effect(np.array([[1.0, 1e9]]), "acting", {"exponent": 1.2, "span": 20.0})
    np.testing.assert_allclose(found, [[0.0, 1.0]], atol=1e-6)  # nearly saturated


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [([1.0, 2.0, 3.0], [0.0, 0.5, 1.0]), ([1.0, 10.5, 1e6], [0.0, 0.5, 52631.5]), ([1.0, 0.6, 0.2], [0.0, 0.5, 1.0])],
)
def test_what_is_seen_of_a_cause_is_a_share_of_all_it_does_or_of_what_an_edge_passes_on(seen, wanted):
    np.testing.assert_allclose(_effect(np.array([seen]), "seen", {})[0], wanted, rtol=1e-4)


def test_a_dose_lies_between_those_tried_and_is_nan_where_none_is_enough():
    hyperbola = DOSES / (DOSES + 30.0)
    reached, dose = _dose_for(np.array([hyperbola, 0.4 * hyperbola]))
    assert reached.tolist() == [True, False]
    assert 0.9 * 30.0 < dose[0] < 1.1 * 30.0  # the logarithm is interpolated over half a decade
