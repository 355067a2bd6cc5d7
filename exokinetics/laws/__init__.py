"""The rate laws of the field: each one a short function whose signature says what it needs and in which unit."""

from exokinetics.laws import (
    cytokine,
    dosing,
    endosome,
    expression,
    loading,
    marker,
    medium,
    modulation,
    observation,
    pathway,
    phenotype,
    population,
    programmes_chromatin,
    programmes_genes,
    programmes_growth,
    programmes_metabolism,
    programmes_receptor,
    programmes_signals,
    programmes_switches,
    receptor,
    relative,
    release,
    repression,
    signalling_adhesion,
    signalling_cytokine,
    signalling_growth,
    signalling_stability,
    transport,
    uptake,
)

from exokinetics.laws import compositions  # isort: skip  # they name the laws above
from exokinetics.laws.registry import LAWS, AnyLaw, Law, use

__all__ = [
    "LAWS", "AnyLaw", "Law", "compositions", "cytokine", "dosing", "endosome", "expression", "loading", "marker",
    "medium", "modulation", "observation", "pathway", "phenotype", "population", "programmes_chromatin",
    "programmes_genes", "programmes_growth", "programmes_metabolism", "programmes_receptor", "programmes_signals",
    "programmes_switches", "receptor", "relative", "release", "repression", "signalling_adhesion",
    "signalling_cytokine", "signalling_growth", "signalling_stability", "transport", "uptake", "use",
]  # fmt: skip
