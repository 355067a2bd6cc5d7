"""Rodas5P in lanes: a Rosenbrock method of order 5 with dense output, as machine code."""

from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.rodas5p.driver import driver_text
from exokinetics.integrators.rodas5p.tableau import STAGES

RODAS5P = Method(
    "rodas5p", __name__, driver_text, {"x": 1, "k": STAGES, "rest": 1},
    first_share=lambda rtol: 0.1 * rtol**0.2, stages=STAGES,
)  # fmt: skip
