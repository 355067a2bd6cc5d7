"""Simulation: doses, start states, single runs and ensembles; results carry names, units and a reason."""

from exokinetics.simulation.continuing import branch_diagram, continuation
from exokinetics.simulation.doses import Dose
from exokinetics.simulation.ensembles import Ensemble, ensemble
from exokinetics.simulation.grids import scan
from exokinetics.simulation.prepared import Prepared, prepare
from exokinetics.simulation.resting import steady_state
from exokinetics.simulation.results import Result
from exokinetics.simulation.single import simulate

__all__ = [
    "Dose", "Ensemble", "Prepared", "Result", "branch_diagram", "continuation", "ensemble", "prepare", "scan",
    "simulate", "steady_state",
]  # fmt: skip
