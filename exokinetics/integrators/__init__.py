"""Integrators: arrays in, arrays out, and nothing about models."""

from exokinetics.integrators.batch import Batch
from exokinetics.integrators.choice import COMPILED, automatic, integrator, methods, require_method
from exokinetics.integrators.driving.question import Answer, Question, Scaling, Single, padded
from exokinetics.integrators.protocol import Array, Integrator, Leg, Sight, Sparse, Task, Watch
from exokinetics.integrators.stretches import Stretches
from exokinetics.integrators.watching import Watched
from exokinetics.machine.history import History

__all__ = [
    "COMPILED", "Answer", "Array", "Batch", "History", "Integrator", "Leg", "Question", "Scaling", "Sight", "Single",
    "Sparse", "Stretches", "Task", "Watch", "Watched", "automatic", "integrator", "methods", "padded", "require_method",
]  # fmt: skip
