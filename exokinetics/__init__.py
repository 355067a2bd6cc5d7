"""Mechanistic ODE models of vesicle-borne signalling: define, simulate, fit, export.

Every public name is importable from here; the module behind it is loaded when the name is first used, so that
`import exokinetics` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exokinetics.catalogue import load, mechanisms, models
    from exokinetics.delivery import budget
    from exokinetics.errors import ExokineticsError, Issue, MissingExtra, WorkFailed, WrongInput
    from exokinetics.fitting import (
        Bootstrap,
        CrossValidation,
        Fit,
        HeldOut,
        Problem,
        Profiles,
        Sample,
        bootstrap,
        compare,
        cross_validate,
        fit,
        fits,
        load_fit,
        predict,
        predict_held_out,
        prediction_diagram,
        profile,
        sample,
    )
    from exokinetics.fitting.own_data import WrittenFit, begin_fit, write_fit
    from exokinetics.interchange import Manifest, check, export, read
    from exokinetics.laws import use
    from exokinetics.model.parts import Event, Modulator, Observable, Parameter, Part, Reaction, Species
    from exokinetics.model.values import Value
    from exokinetics.model.whole import Model, Start, compose
    from exokinetics.reports import coverage
    from exokinetics.simulation import (
        Dose,
        Ensemble,
        Prepared,
        Result,
        branch_diagram,
        continuation,
        ensemble,
        prepare,
        scan,
        simulate,
        steady_state,
    )

_HOMES = {
    "exokinetics.catalogue": ("load", "mechanisms", "models"),
    "exokinetics.delivery": ("budget",),
    "exokinetics.errors": ("ExokineticsError", "Issue", "MissingExtra", "WorkFailed", "WrongInput"),
    "exokinetics.fitting": (
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
    ),
    "exokinetics.fitting.own_data": ("WrittenFit", "begin_fit", "write_fit"),
    "exokinetics.interchange": ("Manifest", "check", "export", "read"),
    "exokinetics.laws": ("use",),
    "exokinetics.model.parts": ("Event", "Modulator", "Observable", "Parameter", "Part", "Reaction", "Species"),
    "exokinetics.model.values": ("Value",),
    "exokinetics.model.whole": ("Model", "Start", "compose"),
    "exokinetics.reports": ("coverage",),
    "exokinetics.simulation": (
        "Dose",
        "Ensemble",
        "Prepared",
        "Result",
        "branch_diagram",
        "continuation",
        "ensemble",
        "prepare",
        "scan",
        "simulate",
        "steady_state",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Bootstrap",
    "CrossValidation",
    "Dose",
    "Ensemble",
    "Event",
    "ExokineticsError",
    "Fit",
    "HeldOut",
    "Issue",
    "Manifest",
    "MissingExtra",
    "Model",
    "Modulator",
    "Observable",
    "Parameter",
    "Part",
    "Prepared",
    "Problem",
    "Profiles",
    "Reaction",
    "Result",
    "Sample",
    "Species",
    "Start",
    "Value",
    "WorkFailed",
    "WrittenFit",
    "WrongInput",
    "begin_fit",
    "bootstrap",
    "branch_diagram",
    "budget",
    "check",
    "compare",
    "compose",
    "continuation",
    "coverage",
    "cross_validate",
    "ensemble",
    "export",
    "fit",
    "fits",
    "load",
    "load_fit",
    "mechanisms",
    "models",
    "predict",
    "predict_held_out",
    "prediction_diagram",
    "prepare",
    "profile",
    "read",
    "sample",
    "scan",
    "simulate",
    "steady_state",
    "use",
    "write_fit",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("exokinetics")
        except PackageNotFoundError:
            return "unknown (not installed)"
    if name not in _HOME_OF:
        raise AttributeError(f"exokinetics has no public name '{name}'")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
