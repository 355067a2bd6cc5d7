"""Scans: every combination once, in the order of C, and each the simulation that it would be alone."""

import numpy as np
import pytest
from small_models import turnover

from exokinetics import WrongInput, load, scan, simulate

RATES, SUPPLIES = [0.25, 0.5, 1.0], [1.0, 3.0]


@pytest.fixture(scope="module")
def found():
    return scan(turnover(), [0.0, 1.0, 4.0], over={"k": RATES, "s": np.array(SUPPLIES)})


def test_the_last_id_changes_fastest(found):
    assert list(found.parameters.columns) == ["k", "s"]
    assert found.parameters.to_numpy().tolist() == [[k, s] for k in RATES for s in SUPPLIES]
    assert found["x"].shape == (6, 3)


def test_every_combination_is_its_own_simulation(found):
    cube = found["x"].reshape(3, 2, 3)
    for i, k in enumerate(RATES):
        for j, s in enumerate(SUPPLIES):
            alone = simulate(turnover(), [0.0, 1.0, 4.0], values={"k": k, "s": s})
            np.testing.assert_array_equal(cube[i, j], alone["x"])


def test_the_dataset_unfolds_into_the_axes(found):
    cube = found.to_xarray().set_index(draw=["k", "s"]).unstack("draw")["x"]
    np.testing.assert_array_equal(cube.sel(k=0.5, s=3.0), simulate(turnover(), [0.0, 1.0, 4.0])["x"])


def test_texts_with_units_and_the_rest_of_the_request_are_passed_on():
    found = scan(turnover(), [0.0], over={"k": ["12 1/day"]}, values={"s": 2.0}, start="steady")
    np.testing.assert_allclose(found["x"], [[4.0]], rtol=1e-9)  # s/k; Newton's last step
    assert found.parameters["k"][0] == pytest.approx(0.5, rel=1e-15)
    assert scan(turnover(), [0.0], over={"k": [1.0]}, initial={"x": 7.0}, outputs="x")["x"][0, 0] == 7.0
    slopes = scan(turnover(), [0.0], over={"k": [0.5, 1.0]}, start="steady", sensitivities=["k"]).sensitivity("x", "k")
    np.testing.assert_allclose(slopes[:, 0], [-12.0, -3.0], rtol=1e-9)  # -s/k^2; of Newton's last step


def test_a_scan_of_a_shipped_model():
    found = scan("mir_21_pten_hcc_caf", [72.0], over={"endosome.escape_fraction": [0.01, 0.1]}, outputs=["delivered"])
    assert found["delivered"][1, 0] > 5 * found["delivered"][0, 0]
    assert load("mir_21_pten_hcc_caf").title == found.name


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({}, ["over"]), (None, ["over"]), ([1.0], ["over"]), ({"kk": [1.0]}, ["over.kk", "did you mean 'k'"]),
        ({"x": [1.0]}, ["over.x", "not a parameter"]), ({3: [1.0]}, ["over.3"]), ({"k": 1.0}, ["over.k", "list"]),
        ({"k": []}, ["over.k", "at least one"]), ({"k": "0.5"}, ["over.k", "list"]), ({"k": {"a": 1}}, ["over.k"]),
        ({"k": [[1.0]]}, ["over.k"]), ({"k": [1.0, None]}, ["over.k"]), ({"k": ["1 nM"]}, ["over.k", "'1/hour'"]),
        ({"k": [np.nan]}, ["over.k", "finite"]), ({"k": [-1.0]}, ["over.k", "negative"]),
        ({"k": np.ones(4000), "s": np.ones(4000)}, ["16,000,000 combinations"]),
        ({"k": np.ones(3000), "s": np.ones(3000)}, ["9,000,000", "GB"]),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_sentence(over, words):
    with pytest.raises(WrongInput) as caught:
        scan(turnover(), 1.0, over=over)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


def test_an_id_stands_in_one_place_only():
    with pytest.raises(WrongInput, match=r"over\.k.*values="):
        scan(turnover(), 1.0, over={"k": [1.0]}, values={"k": 2.0})


def test_every_wrong_axis_is_reported_at_once():
    with pytest.raises(WrongInput) as caught:
        scan(turnover(), 1.0, over={"k": [], "s": ["a"], "t": [1.0]})
    assert all(f"over.{name}" in str(caught.value) for name in "kst")
