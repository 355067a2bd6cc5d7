"""Integrators: arrays in, arrays out, and nothing about models."""

from exokinetics.integrators.choice import COMPILED, integrator, methods, require_method
from exokinetics.integrators.protocol import Array, Integrator, Leg, Sparse, Task
from exokinetics.integrators.rodas5p.batch import Batch
from exokinetics.integrators.rodas5p.question import Answer, Question, Scaling, Single, padded

__all__ = [
    "COMPILED", "Answer", "Array", "Batch", "Integrator", "Leg", "Question", "Scaling", "Single", "Sparse", "Task",
    "integrator",
    "methods", "padded", "require_method",
]  # fmt: skip
