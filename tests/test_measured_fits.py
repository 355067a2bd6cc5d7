"""What the fits of silencing, release and circulation say: their data, and their models against closed forms."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest

import exokinetics as exo


def stored(name: str, rival: str = "") -> dict[str, float]:
    """The stored estimates of a fit or a rival, with its cost."""
    problem = exo.load_fit(name)
    folder = (problem.rivals[rival] if rival else problem).results
    result = tomllib.loads((folder / "result.toml").read_text())
    return {id: row["value"] for id, row in result["parameter"].items()} | {"cost": result["cost"]}


def course(name: str, times: list[float], *, rival: str = "", **other: float) -> exo.Result:
    """The model of a fit or a rival at its stored estimates, with values of its own by `part__parameter`."""
    problem = exo.load_fit(name)
    run = problem.rivals[rival] if rival else problem
    held = {id: item.value for id, item in run.quantities.items() if not item.estimate}
    known = held | stored(name, rival) | {id.replace("__", "."): value for id, value in other.items()}
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
