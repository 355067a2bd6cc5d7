"""Every model of the repository with its experiments: a model file or fit that is added takes part by itself."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics import Model, fits, load, load_fit, models
from exokinetics.units import magnitude
from scripts.benchmarking.problems import heavy, network

ROOT = Path(__file__).parents[1]
SPAN = "72 hour"  # of models that report nothing, as on the command line


@dataclass(frozen=True)
class Experiment:
    """A model over times in its unit, dense near 0 where fast processes end, with what `simulate` is told besides."""

    model: Model
    times: np.ndarray
    request: Mapping[str, Any] = field(default_factory=dict)


Maker = Callable[[], list[Experiment]]


def experiments() -> dict[str, Maker]:
    """By name, what makes them: nothing is loaded before it is asked for."""
    found: dict[str, Maker] = {name: partial(of_model, name) for name in models()}
    found |= {path.relative_to(ROOT).as_posix(): partial(of_model, path) for path in other_model_files()}
    found |= {f"fit {name}": partial(of_fit, name) for name in fits()}
    return found | {"20 recipients": lambda: of_generated(*network(20)), "heavy fill": lambda: of_generated(*heavy())}


def other_model_files() -> Iterator[Path]:
    """Model files that are not in the catalogue, such as those beside a fit or an example."""
    for path in sorted(ROOT.rglob("*.toml")):
        inside = path.relative_to(ROOT).parts
        if inside[0] in ("models", "build", "out") or any(part.startswith(".") for part in inside):
            continue
        if "[part." in path.read_text(encoding="utf-8"):
            yield path


def of_model(name: str | Path) -> list[Experiment]:
    """From the initial values, where everything moves, and from a steady state that something is then done to."""
    model = load(name)
    times = until(max(model.report, default=magnitude(SPAN, model.time_unit)))
    starts = ["initial", "steady"] if model.start.values else ["initial"]
    return [Experiment(model, times, {"start": start}) for start in starts]


def of_fit(name: str) -> list[Experiment]:
    """Every condition of the fit and its rivals over three days, with what it sets and its doses."""
    problem, found = load_fit(name), {}
    for each in (problem, *problem.rivals.values()):
        times = until(magnitude(SPAN, each.model.time_unit))
        for id, given in each.conditions.items():
            request = {"values": given.values, "initial": given.initial, "start": given.start, "doses": given.doses}
            found.setdefault((each.model.name, id), Experiment(each.model, times, request))
    return list(found.values())


def of_generated(model: Model, title: str, times: np.ndarray) -> list[Experiment]:
    """A network of the benchmarks, from its own start."""
    return [Experiment(model, until(float(times[-1])))]


def until(end: float) -> np.ndarray:
    """0, and twelve times over three decades up to the end."""
    return np.concatenate([[0.0], end * np.geomspace(1e-3, 1.0, 12)])
