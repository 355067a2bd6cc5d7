"""The rate laws of the field: each one a short function whose signature says what it needs and in which unit."""

from exokinetics.laws import (
    endosome,
    expression,
    loading,
    medium,
    pathway,
    population,
    receptor,
    release,
    repression,
    uptake,
)
from exokinetics.laws.registry import LAWS, Law, use

__all__ = [
    "LAWS", "Law", "endosome", "expression", "loading", "medium", "pathway", "population", "receptor", "release",
    "repression", "uptake", "use",
]  # fmt: skip
