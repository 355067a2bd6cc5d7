"""Integrators: arrays in, arrays out, and nothing about models."""

from exokinetics.integrators.choice import integrator, methods
from exokinetics.integrators.protocol import Array, Integrator, Leg, Task

__all__ = ["Array", "Integrator", "Leg", "Task", "integrator", "methods"]
