"""The demonstration behind `make demo`: a fit to published data, the flagship with its uncertainty, and its SBML."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import exokinetics as exo
from exokinetics.delivery import budget_sentences, nominal_budget
from exokinetics.drawing import panels

OUT = Path("out")
STARTS, DRAWS = 10, 128
FLAGSHIP = "mir_21_pten_hcc_caf"
HOURS = np.linspace(0.0, 240.0, 121)
ABSOLUTE = ("medium.density", "medium.copies_per_vesicle", "delivered")
RELATIVE = {
    "loaded": "change of AGO2 loaded with miR-21",
    "pten.protein": "change of PTEN protein",
    "akt.active_fraction": "change of the phosphorylated share of AKT",
}


def main() -> int:
    """Run the three steps and say where their files are and what they show."""
    OUT.mkdir(exist_ok=True)
    fitted = fit_uptake()
    effects = simulate_flagship()
    manifest = exo.export(FLAGSHIP, OUT / f"{FLAGSHIP}.xml")
    print(f"\n{manifest}")
    print(f"\nWritten to {OUT}/:\n{fitted}\n{effects}\n  {FLAGSHIP}.xml: the flagship in SBML Level 3 Version 2.")
    return 0


def fit_uptake() -> str:
    """Fit the uptake of Epo (Becker et al. 2010) and draw it."""
    print(f"1. Fitting the uptake of erythropoietin (Becker et al. 2010) from {STARTS} starts ...", flush=True)
    found = exo.fit(exo.load_fit("becker2010_epo_uptake"), starts=STARTS, progress=False)
    print(found.report())
    found.plot().savefig(OUT / "becker2010_epo_uptake.png", dpi=150)
    return "  becker2010_epo_uptake.png: measured label in medium, surface and cells, with the fitted curves."


def simulate_flagship() -> str:
    """Simulate the flagship over the ranges of its values and draw median and band."""
    print(f"\n2. Simulating {FLAGSHIP} for {DRAWS} draws from the ranges of its values ...", flush=True)
    model = exo.load(FLAGSHIP)
    drawn = exo.ensemble(model, HOURS, draws=DRAWS, outputs=[*ABSOLUTE, *RELATIVE])
    curves = {name: drawn[name] for name in ABSOLUTE} | {name: change(drawn, name) for name in RELATIVE}
    levels = {name: np.nanquantile(values, [0.05, 0.5, 0.95], axis=0) for name, values in curves.items()}
    figure = panels(
        f"{model.title}\n{DRAWS} draws from the stated ranges; donors added at time 0",
        HOURS,
        {name: middle for name, (_, middle, _) in levels.items()},
        bands={name: (low, high) for name, (low, _, high) in levels.items()},
        units=dict(drawn.units) | dict.fromkeys(RELATIVE, "% of no donors"),
        titles=dict(drawn.titles) | RELATIVE,
    )
    figure.savefig(OUT / f"{FLAGSHIP}.png", dpi=150)
    for hours in (24, 72, 240):
        at = int(np.searchsorted(HOURS, hours))
        print(f"   after {hours:3d} h: " + "; ".join(words(name, levels[name][:, at]) for name in list(RELATIVE)[1:]))
    for sentence in budget_sentences(exo.budget(model, draws=DRAWS), nominal_budget(model)):
        print(f"   {sentence}")
    return f"  {FLAGSHIP}.png: median and central 90 % of six outputs over ten days, effects against no donors."


def change(drawn: exo.Ensemble, name: str) -> np.ndarray:
    """The change of an output against the steady state without donors, in per cent; shape (draw, time)."""
    return 100.0 * (drawn[name] / drawn[name][:, :1] - 1.0)


def words(name: str, levels: np.ndarray) -> str:
    """Median and central 90 % of a change."""
    low, middle, high = (f"{level:+.3f}" for level in levels)
    return f"{name.split('.')[0].upper()} {middle} % (90 %: {low} to {high} %)"


if __name__ == "__main__":
    sys.exit(main())
