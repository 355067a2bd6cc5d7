"""NDF of the orders 1 to 5 for one set at a time, as machine code: for tight tolerances and heavy fill."""

from exokinetics.integrators.driving.body import SUMS
from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.ndf.differences import ROWS
from exokinetics.integrators.ndf.driver import driver_text

NUMBERS = (
    "order", "equal", "spacing", "factored", "age", "rate", "renewed", "converged", "iteration", "last", "error",
    "lane_evaluations", "lane_factors",
)  # fmt: skip


def strictness(rtol: float) -> float:
    """The error at the end goes with about the 5/6th power of that in each step; measured between 1e-4 and 1e-11."""
    return 6.0 * float((1e-4 / rtol) ** 0.1)


NDF = Method(
    "ndf", __name__, driver_text, {"x": ROWS, **dict.fromkeys(("k", "correction", "history", "weight"), 1)},
    first_share=lambda rtol: 0.5 * rtol**0.5, strictness=strictness,
    others={**dict.fromkeys(NUMBERS, 1), "sums": 4 * SUMS},
)  # fmt: skip
