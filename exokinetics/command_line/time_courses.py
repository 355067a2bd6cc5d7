"""Files of time courses, by ending: tables and figures."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exokinetics.command_line.checking import count
from exokinetics.errors import WrongInput, did_you_mean, extra

if TYPE_CHECKING:
    import pandas

    from exokinetics.simulation import Ensemble, Result

    Writer = Callable[[Result | Ensemble, Path], str]

FIGURES = (".png", ".svg", ".pdf")
ENDINGS = (".csv", ".parquet", *FIGURES)
DOTS_PER_INCH = 150
LEVELS = {"low": 0.05, "median": 0.5, "high": 0.95}


def writer_of(path: Path) -> Writer:
    """The function that writes a file of this ending and returns what it wrote, as words."""
    ending = path.suffix.lower()
    if not ending:
        raise WrongInput(f"--out {path}: has no ending that tells what to write; use one of {', '.join(ENDINGS)}")
    if ending not in ENDINGS:
        hint = did_you_mean(ending, ENDINGS)
        raise WrongInput(f"--out {path}: the ending '{ending}' does not tell what to write{hint}")
    if ending == ".parquet" and not any(find_spec(name) for name in ("pyarrow", "fastparquet")):
        raise extra("pyarrow", "parquet")
    return {".csv": _csv, ".parquet": _parquet}.get(ending, _figure)


def courses(found: Result | Ensemble) -> dict[str, dict[str, Any]]:
    """Every output as arrays over time: one under "value", or low, median and high over the draws."""
    from exokinetics.simulation import Ensemble

    if isinstance(found, Ensemble):
        data = found.quantiles(list(LEVELS.values()))
        return {name: {level: data[name].to_numpy()[row] for row, level in enumerate(LEVELS)} for name in found.outputs}
    return {name: {"value": found[name]} for name in found.outputs}


def table(found: Result | Ensemble) -> pandas.DataFrame:
    """The column time, then one per output, or `id:low`, `id:median`, `id:high` of an ensemble."""
    import pandas

    columns = {"time": found.time}
    for name, course in courses(found).items():
        for level, values in course.items():
            columns[name if level == "value" else f"{name}:{level}"] = values
    return pandas.DataFrame(columns)


def _csv(found: Result | Ensemble, path: Path) -> str:
    table(found).to_csv(path, index=False)
    return _rows(found)


def _parquet(found: Result | Ensemble, path: Path) -> str:
    table(found).to_parquet(path, index=False)
    return _rows(found)


def _figure(found: Result | Ensemble, path: Path) -> str:
    figure = found.plot()
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
    figure.savefig(path, dpi=DOTS_PER_INCH, metadata=metadata)
    return f"a figure of {count(len(found.outputs), 'output')} was written"


def _rows(found: Result | Ensemble) -> str:
    return f"{count(len(found.time), 'time')} of {count(len(found.outputs), 'output')} were written"
