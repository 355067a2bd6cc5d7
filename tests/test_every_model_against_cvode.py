"""Both compiled methods against CVODE of SUNDIALS over every model there is: shipped, beside a fit, and generated.

CVODE gets the compiled rates, which `test_callables` holds against the same expressions as Python functions for every
model; Radau at 1e-12 is the third witness, in `test_engine` and `test_ndf`.
"""

import numpy as np
import pytest
from every_model import experiments
from rotation import every_model, models_in_turn, turn
from solvers import needs_cvode

from exokinetics import models, prepare, simulate
from exokinetics.catalogue.loading import model_files
from exokinetics.simulation.sampling import draws_of

RTOL = 1e-9
# 1e-9 in each of up to 2000 steps adds up to this at the outputs; measured up to 3e-9 at the values of the files.
AGREED = 1e-7
CVODE = 1e-12
# CVODE with a tenfold tolerance is this near to itself: its errors are a tenth of what is allowed to ours. Measured up
# to 2e-9 at the values of the files.
CONVERGED = 1e-8
# For some values a phenotype with a steep Hill curve magnifies what it is driven by a hundredfold: of 97 sets of each
# model the worst is `fibroblast.share` of the flagship with 1.2e-7 (Rodas5P; 1.4e-9 at a tolerance of 1e-10), where
# Radau and CVODE at 1e-12 agree to 1e-10. CVODE at 1e-11 is up to 1.4e-8 from itself.
MAGNIFIED = 10.0
# Of what is as good as none, errors are not counted beside itself: 3e-24 nM of a drug that nobody gave are the rounding
# of CVODE's linear algebra, and of the first 1e-7 copies of a complex in one network Rodas5P is off by 6e-14.
NOTHING = 1e-6  # copies per cell and the like: one cell in a million has one
# Draws of a network may lie at its tipping point, where errors grow without bound, or let its tumour die out, which
# leaves ratios of nothing: there CVODE is not near to itself, and nothing is compared.
TIPPING = {name for name, path in model_files().items() if path.parent.name in ("networks", "treatments")}
# The division of a culture that is full, g (1 - N/C), is a difference: 2e-7 per hour of 0.3 are left at 72 hours. CVODE
# at 1e-11 is 3e-12 from itself, which is 1.05e-8 of a thousandth of 0.3.
FULL = {"alteromonas_vesicle_release", "fit fadeev2022_vesicle_release"}
METHODS = ("rodas5p", "ndf")
DRAWS = 4
# Open faults, each in some draws: in the cascade of steep cycles Rodas5P is 1.3e-6 from CVODE, or CVODE not near to
# itself; in cycles of STAT5 steps become too small; a full population leaves rounding of its
# division, or grows to infinity.
# A draw of the twenty recipients comes to rest in no time that is waited for.
OPEN = FULL | {
    "egf_akt_s6", "fit fujita2010_egf_akt_s6", "epo_stat5a_stat5b", "fit boehm2014_stat5",
    "plasma_vesicles_gestation", "fit nguyen_plasma_gestation", "20 recipients",
}  # fmt: skip
EVERY = experiments()
IN_TURN = [
    pytest.param(name, marks=[pytest.mark.xfail(reason="open, see above", strict=False)] if name in OPEN else [])
    for name in EVERY
    if name not in set(models()) - set(models_in_turn())
]
every = pytest.mark.parametrize("name", every_model(EVERY))


def deviation(found, wanted, least=0.0):
    """The largest error of any output, relative but for what is below a thousandth of the largest value, or `least`."""
    assert found.shape == wanted.shape
    scale = np.abs(wanted) + 1e-3 * np.abs(wanted).max(axis=0) + least
    return np.max(np.abs(found - wanted) / np.where(scale > 0.0, scale, 1.0), initial=0.0)


@needs_cvode
@every
def test_every_model_agrees_with_cvode(name):
    for each in EVERY[name]():

        def table(method, rtol, each=each):
            return simulate(each.model, each.times, method=method, rtol=rtol, strict=True, **each.request).table

        truth = table("cvode", CVODE)
        converged = MAGNIFIED * CONVERGED if name in FULL else CONVERGED
        assert deviation(table("cvode", 10 * CVODE), truth, NOTHING) < converged
        # the switches of a network magnify: the niche is 1.0e-7 off, and 6.8e-9 at a tenth of the tolerance
        agreed = MAGNIFIED * AGREED if name in TIPPING else AGREED
        for method in METHODS:
            assert deviation(table(method, RTOL), truth, NOTHING) < agreed, method


@pytest.mark.slow
@needs_cvode
@pytest.mark.parametrize("name", IN_TURN)
def test_draws_from_the_ranges_of_every_model_agree_with_cvode(name):
    """Other sets for every commit, so that in time they cover the ranges."""
    for each in EVERY[name]():
        draws = draws_of(each.model, DRAWS, "sobol", turn(10_000), each.request.get("values"))

        def prepared(method, rtol, each=each):
            return prepare(each.model, each.times, method=method, rtol=rtol, **settings(each.request))

        plans = {method: prepared(method, RTOL) for method in METHODS}
        exact, near, compared = prepared("cvode", CVODE), prepared("cvode", 10 * CVODE), 0
        for row in draws.table.to_dict("records"):
            values = dict(each.request.get("values", {})) | row
            truth, least = exact(values), controlled(exact, values)
            settled = deviation(near(values), truth, least) < MAGNIFIED * CONVERGED
            if name in TIPPING and not settled:
                continue
            assert settled, row
            compared += 1
            for method, plan in plans.items():
                assert deviation(plan(values), truth, least) < MAGNIFIED * AGREED, (method, row)
        assert compared >= DRAWS / 2


def controlled(plan, values):
    """The size of each output below which its absolute tolerance counts: 5e-9 copies are as good as none."""
    _, atol, _ = plan.start(plan.vector(values))
    return np.concatenate([atol / plan.rtol, np.zeros(len(plan.outputs) - len(atol))])


def settings(request):
    """What belongs to `prepare`: all but the values."""
    return {name: given for name, given in request.items() if name != "values"}


def test_every_shipped_model_and_fit_takes_part():
    from exokinetics import fits

    assert set(models()) | {f"fit {name}" for name in fits()} < set(EVERY)
