"""Fits: a folder per published data set, its likelihood with exact gradients, and the search for the best values."""

from exokinetics.fitting.bands import predict, prediction_diagram
from exokinetics.fitting.bootstrapping import Bootstrap, bootstrap
from exokinetics.fitting.comparison import compare
from exokinetics.fitting.cross_validation import CrossValidation, cross_validate
from exokinetics.fitting.folders import fits, load_fit
from exokinetics.fitting.held_out import HeldOut, predict_held_out
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.profiles import Profiles, profile
from exokinetics.fitting.sampling import Sample, sample
from exokinetics.fitting.search import fit

__all__ = [
    "Bootstrap",
    "CrossValidation",
    "Fit",
    "HeldOut",
    "Problem",
    "Profiles",
    "Sample",
    "bootstrap",
    "compare",
    "cross_validate",
    "fit",
    "fits",
    "load_fit",
    "predict",
    "predict_held_out",
    "prediction_diagram",
    "profile",
    "sample",
]
