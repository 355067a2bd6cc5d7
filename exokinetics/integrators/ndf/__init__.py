"""NDF of the orders 1 to 5 for one set at a time, as machine code: for tight tolerances and heavy fill."""

from exokinetics.integrators.driving.body import SUMS
from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.ndf.differences import ROWS
from exokinetics.integrators.ndf.driver import driver_text

NUMBERS = (
    "order", "equal", "spacing", "factored", "age", "rate", "renewed", "converged", "iteration", "last", "error",
    "lane_evaluations", "lane_factors",
)  # fmt: skip
NDF = Method(
    "ndf", __name__, driver_text, {"x": ROWS, **dict.fromkeys(("k", "correction", "history", "weight"), 1)},
    first_share=lambda rtol: 0.5 * rtol**0.5, others={**dict.fromkeys(NUMBERS, 1), "sums": 4 * SUMS},
)  # fmt: skip
