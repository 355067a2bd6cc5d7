"""libRoadRunner: SBML to machine code, CVODE."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exokinetics.integrators import Array
from exokinetics.interchange.witnesses.protocol import RTOL, NoAnswer, Question, one_line, version_of

MAX_STEPS = 1_000_000  # between two output times


@dataclass(frozen=True)
class RoadRunner:
    """libRoadRunner (Somogyi et al. 2015, Bioinformatics 31:3315; Welsh et al. 2023, Bioinformatics 39:btac770)."""

    name: str = "libRoadRunner"

    def version(self) -> str:
        """Its version; empty where it is not installed."""
        return version_of("libroadrunner")

    def courses(self, question: Question) -> Array:
        """The values, shape (times, ids); every species has an absolute tolerance of its own."""
        import roadrunner

        try:
            runner = roadrunner.RoadRunner(str(question.file))
            solver = runner.integrator
            solver.setValue("maximum_num_steps", MAX_STEPS)
            solver.setValue("relative_tolerance", RTOL)
            if question.longest_step:
                solver.setValue("maximum_time_step", question.longest_step)
            states = runner.model.getFloatingSpeciesIds()
            if states:
                solver.setValue("absolute_tolerance", [question.tolerance(id) for id in states])
            runner.timeCourseSelections = ["time", *question.ids]
            table = np.array(runner.simulate(times=question.times.tolist()))
        except RuntimeError as error:
            raise NoAnswer(one_line(str(error))) from None
        if table.shape[0] != len(question.times):
            raise NoAnswer(f"it gave {table.shape[0]} of {len(question.times)} times")
        return table[:, 1:]
