"""Integrators: arrays in, arrays out, and nothing about models."""

from exokinetics.integrators.protocol import Integrator, Leg, Task, integrator, methods

__all__ = ["Integrator", "Leg", "Task", "integrator", "methods"]
