"""The pages that are made from the catalogue: models/README.md, and the doses that half of each effect takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.catalogue import load, models
from exokinetics.reports.catalogue_rows import OK, coverage
from exokinetics.reports.catalogue_table import KINDS, read_rows
from exokinetics.reports.row_checks import Check, read_checks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MADE = "<!-- Made by `python scripts/check_catalogue.py --write-pages`; do not edit. -->"


def models_page() -> str:
    """Every shipped model: what it is, the rows of the catalogue that it covers, its assumptions and its check."""
    rows = coverage().to_dict("records")
    by_model: dict[str, list[Mapping[Any, Any]]] = {}
    for row in rows:
        by_model.setdefault(row["model"], []).append(row)
    lines = [MADE, "", "# Models", "", *_counts(rows), ""]
    lines += _table(
        ("model", "what it is", "rows", "citation", "assumed", "check", "variants"),
        (_model_row(name, by_model.get(name, [])) for name in models()),
    )
    return "\n".join(lines) + "\n"


def _counts(rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    covered = sum(row["covered"] for row in rows)
    passed = sum(row["check"] == OK for row in rows)
    kinds = ", ".join(
        f"{sum(row['kind'] == kind and row['check'] == OK for row in rows)} of "
        f"{sum(row['kind'] == kind for row in rows)} of kind {kind}"
        for kind in KINDS
    )
    return [
        f"{covered} of {len(rows)} rows of `coverage.csv` have a model, and {passed} pass their check: {kinds}.",
        "What a row, an assumption and a check are is told in `docs/coverage.md`; `exokinetics show NAME` prints a",
        "model, and `--variant` picks another reading where the reviews contradict themselves or each other.",
        "Molecules and cells have UniProt, miRBase and other identifiers: see `library/identifiers.toml`.",
    ]


def _model_row(name: str, rows: Sequence[Mapping[Any, Any]]) -> tuple[str, ...]:
    checks = sorted({str(row["check"]) for row in rows}) or ["in no row"]
    model = load(name)
    return (
        f"`{name}`", model.title, "; ".join(str(row["row"]) for row in rows),
        "; ".join(dict.fromkeys(str(row["citation"]) for row in rows)),
        str(rows[0]["assumed"]) if rows else "", "; ".join(checks), ", ".join(model.variants),
    )  # fmt: skip


def doses_page(figure: str) -> str:
    """Budget and dose of every axis: what arrives, what half of the direct effect takes, and how seldom it is there."""
    checks = [check for check in _axes() if np.isfinite(check.dose_50)]
    share = np.array([check.at_library_dose for check in checks])
    doses = np.array([check.dose_50 for check in checks])
    what = (
        f"For each of {len(checks)} axes: the copies that a recipient cell receives per hour with the values of the "
        "model, the copies that half of the direct effect takes (half of every target protein, or half of the first "
        "edge), and by how much the dose would have to be multiplied for it, over the ranges of the values: median and "
        "central 90 % of the draws in which it can be reached at all."
    )
    finding = (
        "At the doses of the literature the outcome moves by more than 5 % of its range in "
        f"{np.median(share):.1%} of the draws (median over the axes; at most {share.max():.0%}). Half of the direct "
        f"effect takes {np.median(doses):.1e} times that dose (median over the axes). So nearly all of these axes are, "
        "with bulk-average numbers of vesicles and cargo, far from doing what is reported of them."
    )
    picture = f"![Multiples of the dose that half of the direct effect takes, one line per axis]({figure})"
    lines = [MADE, "", "# Budget and dose of every axis", "", fill(what, 120), "", fill(finding, 120), "", picture, ""]
    return "\n".join(
        [
            *lines,
            *_table(
                ("model", "received, copies per cell and hour", "needed", "dose for half, multiples", "reached",
                 "effect at the dose of the library"),
                (_dose_row(check) for check in checks),
            ),
        ]
    ) + "\n"  # fmt: skip


def _dose_row(check: Check) -> tuple[str, ...]:
    return (
        f"`{check.model}`", f"{check.received:.2g}", f"{check.needed:.2g}",
        f"{check.dose_50:.2g} ({check.dose_5:.2g} to {check.dose_95:.2g})",
        f"{check.reached / check.draws:.0%}", f"{check.at_library_dose:.1%}",
    )  # fmt: skip


def doses_figure() -> Figure:
    """One line per axis: the central 90 % of the dose that half of the direct effect takes, sorted by its median."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from exokinetics.drawing import BAND, LINE, REFERENCE

    checks = sorted((check for check in _axes() if np.isfinite(check.dose_50)), key=lambda check: check.dose_50)
    places = np.arange(len(checks))
    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.add_subplot()
    axis.hlines(
        places, [item.dose_5 for item in checks], [item.dose_95 for item in checks], color=BAND, label="central 90 %"
    )
    axis.plot([item.dose_50 for item in checks], places, ".", color=LINE, markersize=3, label="median")
    axis.axvline(1.0, color=REFERENCE, linestyle="--", linewidth=1, label="dose of the literature")
    axis.set(xscale="log", xlabel="dose for half of the direct effect, multiples of the literature", ylabel="axis")
    axis.set_title("How much more cargo each axis would take", fontsize=11)
    axis.legend(loc="upper left", facecolor="white", framealpha=1.0, edgecolor="white")
    return figure


def _axes() -> list[Check]:
    names = {row.model for row in read_rows() if row.kind == "axis"}
    return [check for name, check in sorted(read_checks().items()) if name in names]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]


def write_pages(root: Path) -> None:
    """Write the pages and the figure below the root of a checkout."""
    pictures = root / "docs" / "figures"
    pictures.mkdir(exist_ok=True)
    doses_figure().savefig(pictures / "catalogue_doses.png", dpi=150)
    (root / "docs" / "catalogue_doses.md").write_text(doses_page("figures/catalogue_doses.png"), "utf-8")
    (root / "models" / "README.md").write_text(models_page(), "utf-8")
