"""Files of time courses, by ending: tables and figures."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.command_line.bands import LEVELS, courses
from exokinetics.command_line.checking import count
from exokinetics.errors import WrongInput, did_you_mean, extra

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from exokinetics.simulation import Ensemble, Result

    Writer = Callable[[Result, Ensemble | None, Path], str]

FIGURES = (".png", ".svg", ".pdf")
ENDINGS = (".csv", ".parquet", *FIGURES)
DOTS_PER_INCH = 150


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


def is_figure(path: Path) -> bool:
    """Whether a figure is written."""
    return path.suffix.lower() in FIGURES


def table(found: Result, band: Ensemble | None) -> pandas.DataFrame:
    """The column time, then one per output; with a band then `id:5%`, `id:50%` and `id:95%` of each output."""
    import pandas

    columns = {"time": found.time} | {name: found[name] for name in found.outputs}
    for name, course in ({} if band is None else courses(band)).items():
        columns |= {f"{name}:{100 * LEVELS[level]:g}%": values for level, values in course.items()}
    return pandas.DataFrame(columns)


def _csv(found: Result, band: Ensemble | None, path: Path) -> str:
    table(found, band).to_csv(path, index=False)
    return _rows(found, band)


def _parquet(found: Result, band: Ensemble | None, path: Path) -> str:
    table(found, band).to_parquet(path, index=False)
    return _rows(found, band)


def _figure(found: Result, band: Ensemble | None, path: Path) -> str:
    figure = found.plot() if band is None else _with_band(found, band)
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
    figure.savefig(path, dpi=DOTS_PER_INCH, metadata=metadata)
    return f"a figure of {count(len(found.outputs), 'output')}{_words(band)} was written"


def _with_band(found: Result, band: Ensemble) -> Figure:
    from exokinetics.drawing import panels

    lines = courses(band)
    return panels(
        found.name, found.time, {name: course["median"] for name, course in lines.items()},
        bands={name: (course["low"], course["high"]) for name, course in lines.items()},
        references={name: found[name] for name in found.outputs},
        units=found.units, titles=found.titles,
        legend=(f"median of {count(len(band), 'draw')}", "with the values of the model"),
    )  # fmt: skip


def _rows(found: Result, band: Ensemble | None) -> str:
    return f"{count(len(found.time), 'time')} of {count(len(found.outputs), 'output')}{_words(band)} were written"


def _words(band: Ensemble | None) -> str:
    return "" if band is None else f" with the band of {count(len(band), 'draw')}"
