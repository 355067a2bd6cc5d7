"""A test bed of fits of our own making: small nonlinear models, data drawn from known values with a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import exokinetics as exo

SEED = 11
DECADES = 2.0  # the bounds lie this far from the true value to either side, which is shifted within them
PUBLISHED = Path(__file__).with_name("published")


@dataclass(frozen=True)
class Bed:
    """A model without units, the conditions and times at which it was measured, and what was.

    `initial` and `values` are true values, `rates` the reactions with what they change, `conditions` the values that
    differ, `observed` expressions by column; `unknown` are estimated, with the spread of every column.
    """

    name: str
    initial: Mapping[str, float | str]
    values: Mapping[str, float]
    rates: Mapping[str, tuple[str, Mapping[str, float]]]
    observed: Mapping[str, str]
    times: Sequence[float]
    unknown: Sequence[str]
    conditions: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: {"only": {}})
    noise: str = "additive"
    spread: float = 0.05


def value(number: float) -> exo.Value:
    """A number that the benchmark chose."""
    return exo.Value(
        value=number, unit="dimensionless", low=number, high=number, quality="assumed", reason="set by the benchmark"
    )


def model_of(bed: Bed) -> exo.Model:
    """Time is in hours and rates are per hour, so every constant but a concentration has that unit."""
    hourly = {name: value(number) for name, number in bed.values.items()}
    part = exo.Part(
        {
            name: exo.Species(name, "dimensionless", start if isinstance(start, str) else value(start))
            for name, start in bed.initial.items()
        },
        {name: exo.Parameter(name, "dimensionless", each) for name, each in hourly.items()}
        | {"hourly": exo.Parameter("hourly", "1/hour", exo.Value(
            value=1.0, unit="1/hour", low=1.0, high=1.0, quality="assumed", reason="set by the benchmark"))},
        {name: exo.Reaction(name, f"hourly*({rate})", tuple(changes.items()))
         for name, (rate, changes) in bed.rates.items()},
    )  # fmt: skip
    # the exact measurements, for the data alone
    seen = {f"exact_{name}": expression for name, expression in bed.observed.items()}
    return exo.compose(bed.name, [part], title=bed.name, observables=seen)


def write_bed(bed: Bed, folder: Path) -> Path:
    """The folder of the fit: model, data with noise of the seed, and the fit file."""
    place = folder / bed.name
    place.mkdir(parents=True, exist_ok=True)
    model = model_of(bed)
    exo.export(model, place / f"{bed.name}.xml", verify=False)
    generator = np.random.default_rng([SEED, len(bed.name)])
    (place / "data.csv").write_text(data_of(bed, model, generator), "utf-8")
    (place / "fit.toml").write_text(fit_of(bed, generator), "utf-8")
    return place


def data_of(bed: Bed, model: exo.Model, generator: np.random.Generator) -> str:
    """Simulated measurements in every condition; additive noise is a share of the largest value of a column."""
    lines = [",".join(["condition", "time [hour]", *(f"{name}_seen [dimensionless]" for name in bed.observed)])]
    for condition, values in bed.conditions.items():
        found = exo.simulate(model, [0.0, *bed.times], values=values, rtol=1e-10)
        columns = []
        for name in bed.observed:
            exact, draws = found[f"exact_{name}"][1:], generator.standard_normal(len(bed.times))
            noisy = exact * np.exp(bed.spread * draws) if bed.noise == "log_normal" else exact + bed.spread * draws
            columns.append(noisy)
        for row, time in enumerate(bed.times):
            lines.append(",".join([condition, f"{time:g}", *(repr(float(column[row])) for column in columns)]))
    return "\n".join(lines) + "\n"


def fit_of(bed: Bed, generator: np.random.Generator) -> str:
    """The fit file; the true values lie anywhere in the middle half of the bounds."""
    lines = [f'title = "{bed.name}"', f'model = "{bed.name}.xml"', ""]
    for condition, values in bed.conditions.items():
        lines += [f"[condition.{condition}]"]
        if values:
            lines += ["values = { " + ", ".join(f"{name} = {number}" for name, number in values.items()) + " }"]
        lines += [""]
    for name, expression in bed.observed.items():
        lines += [
            f"[observable.{name}_seen]", f'expression = "{expression}"', f'noise = "{bed.noise}"',
            f'spread = "sd_{name}"', "",
        ]  # fmt: skip
    for name in bed.unknown:
        lines += [f"[parameter.{name}]", *bounds(bed.values[name], generator), ""]
    for name in bed.observed:
        lines += [f"[parameter.sd_{name}]", 'unit = "dimensionless"', *bounds(bed.spread, generator), ""]
    return "\n".join(lines)


def bounds(true: float, generator: np.random.Generator) -> list[str]:
    """Lines of a parameter: two decades to either side of somewhere near the true value, which is where it starts."""
    middle = true * 10.0 ** generator.uniform(-DECADES / 2, DECADES / 2)
    return [f"lower = {middle * 10**-DECADES:.3g}", f"upper = {middle * 10**DECADES:.3g}", f"value = {true}"]


HOURS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 36.0, 48.0)

BEDS = (
    Bed(
        "decay_chain", {"a": 10.0, "b": 0.0, "c": 0.0, "d": 0.0},
        {"k1": 0.8, "k2": 0.3, "k3": 0.1, "k4": 0.04},
        {"ab": ("k1*a", {"a": -1, "b": 1}), "bc": ("k2*b", {"b": -1, "c": 1}), "cd": ("k3*c", {"c": -1, "d": 1}),
         "out": ("k4*d", {"d": -1})},
        {"b": "b", "d": "d"}, HOURS, ("k1", "k2", "k3", "k4"), spread=0.1,
    ),
    Bed(
        "receptor_uptake",
        {"ligand": "dose", "receptor": "production/turnover", "bound": 0.0, "inside": 0.0, "lost": 0.0},
        {"dose": 20.0, "production": 1.0, "turnover": 0.2, "on": 0.05, "off": 0.5, "uptake": 1.5, "recycling": 0.3,
         "degradation": 0.2},
        {"make": ("production", {"receptor": 1}), "turn": ("turnover*receptor", {"receptor": -1}),
         "bind": ("on*ligand*receptor - off*bound", {"ligand": -1, "receptor": -1, "bound": 1}),
         "take": ("uptake*bound", {"bound": -1, "inside": 1}),
         "return": ("recycling*inside", {"inside": -1, "ligand": 1, "receptor": 1}),
         "degrade": ("degradation*inside", {"inside": -1, "lost": 1})},
        {"medium": "ligand + lost", "surface": "bound", "cell": "inside"}, HOURS,
        ("production", "turnover", "on", "off", "uptake", "recycling", "degradation"),
        {"low": {"dose": 5.0}, "high": {"dose": 50.0}}, "log_normal", 0.1,
    ),
    Bed(
        "michaelis_menten", {"substrate": "start", "made": 0.0},
        {"start": 10.0, "fastest": 2.0, "half": 1.5, "inhibition": 4.0, "loss": 0.02},
        {"convert": ("fastest*substrate/(half*(1 + made/inhibition) + substrate)", {"substrate": -1, "made": 1}),
         "lose": ("loss*made", {"made": -1})},
        {"made": "made"}, HOURS, ("fastest", "half", "inhibition", "loss"),
        {"little": {"start": 2.0}, "middle": {"start": 10.0}, "much": {"start": 40.0}}, spread=0.2,
    ),
    Bed(
        "pip3_pten", {"pip2": "total", "pip3": 0.0, "pi34": 0.0, "akt_p": 0.0},
        {"total": 1.0, "egf": 1.0, "kinase": 3.0, "decline": 0.4, "pten": 2.0, "ship": 1.0, "inpp": 0.5, "akt_on": 4.0,
         "akt_half": 0.3, "akt_off": 1.5},
        {"phosphorylate": ("kinase*egf*exp(-decline*hourly*time)*pip2", {"pip2": -1, "pip3": 1}),
         "pten_cuts": ("pten*pip3", {"pip3": -1, "pip2": 1}), "ship_cuts": ("ship*pip3", {"pip3": -1, "pi34": 1}),
         "inpp_cuts": ("inpp*pi34", {"pi34": -1, "pip2": 1}),
         "akt_turns_on": ("akt_on*(pip3 + pi34)/(akt_half + pip3 + pi34)*(1 - akt_p)", {"akt_p": 1}),
         "akt_turns_off": ("akt_off*akt_p", {"akt_p": -1})},
        {"pip3": "pip3", "pi34": "pi34", "akt": "akt_p"}, (0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0),
        ("kinase", "decline", "pten", "ship", "inpp", "akt_on", "akt_half", "akt_off"),
        {"wild_type": {}, "pten_lost": {"pten": 0.0}, "little_egf": {"egf": 0.2}}, spread=0.02,
    ),
    Bed(
        "predator_prey", {"prey": 2.0, "predator": 1.0},
        {"birth": 0.6, "eaten": 0.4, "growth": 0.3, "death": 0.5},
        {"born": ("birth*prey", {"prey": 1}), "prey_eaten": ("eaten*prey*predator", {"prey": -1}),
         "predator_grows": ("growth*prey*predator", {"predator": 1}),
         "predator_dies": ("death*predator", {"predator": -1})},
        {"prey": "prey", "predator": "predator"}, tuple(range(1, 25)), ("birth", "eaten", "growth", "death"),
        noise="log_normal", spread=0.1,
    ),
    Bed(
        "silencing", {"duplex": "dose", "risc": 0.0, "mrna": "transcription/mrna_loss",
                      "protein": "transcription/mrna_loss*translation/protein_loss"},
        {"dose": 10.0, "duplex_loss": 0.3, "loading": 0.1, "risc_loss": 0.05, "transcription": 2.0, "mrna_loss": 0.2,
         "cleavage": 0.5, "translation": 1.0, "protein_loss": 0.05},
        {"lose_duplex": ("duplex_loss*duplex", {"duplex": -1}), "load": ("loading*duplex", {"duplex": -1, "risc": 1}),
         "lose_risc": ("risc_loss*risc", {"risc": -1}), "transcribe": ("transcription", {"mrna": 1}),
         "lose_mrna": ("(mrna_loss + cleavage*risc)*mrna", {"mrna": -1}),
         "translate": ("translation*mrna", {"protein": 1}), "lose_protein": ("protein_loss*protein", {"protein": -1})},
        {"mrna": "mrna", "protein": "protein"}, HOURS,
        ("duplex_loss", "loading", "risc_loss", "transcription", "mrna_loss", "translation", "protein_loss"),
        {"none": {"dose": 0.0}, "little": {"dose": 1.0}, "much": {"dose": 20.0}}, "log_normal", 0.1,
    ),
    Bed(
        "vesicles", {"medium": 0.0, "endosome": 0.0, "cytosol": 0.0, "target": "made/lost"},
        {"donors": 1.0, "release": 2.0, "decay": 0.05, "uptake": 0.3, "exit": 0.8, "escape": 0.02, "cargo_loss": 0.1,
         "made": 1.0, "lost": 0.1, "potency": 2.0},
        {"released": ("release*donors", {"medium": 1}), "decays": ("decay*medium", {"medium": -1}),
         "taken_up": ("uptake*medium", {"medium": -1, "endosome": 1}), "digested": ("exit*endosome", {"endosome": -1}),
         "escaped": ("escape*endosome", {"endosome": -1, "cytosol": 1}),
         "cargo_lost": ("cargo_loss*cytosol", {"cytosol": -1}), "target_made": ("made", {"target": 1}),
         "target_lost": ("lost*(1 + potency*cytosol)*target", {"target": -1})},
        {"medium": "medium", "endosome": "endosome + cytosol", "target": "target"}, HOURS,
        ("release", "decay", "uptake", "exit", "escape", "cargo_loss", "made", "lost", "potency"),
        {"few": {"donors": 0.2}, "many": {"donors": 3.0}}, "log_normal", 0.05,
    ),
    Bed(
        "negative_feedback", {"x": 0.1, "y": 0.1, "z": 0.1},
        {"made": 2.0, "half": 0.5, "x_loss": 0.4, "y_made": 0.5, "y_loss": 0.4, "z_made": 0.5, "z_loss": 0.4},
        {"x_made": ("made/(1 + (z/half)**4)", {"x": 1}), "x_lost": ("x_loss*x", {"x": -1}),
         "y_grows": ("y_made*x", {"y": 1}), "y_lost": ("y_loss*y", {"y": -1}), "z_grows": ("z_made*y", {"z": 1}),
         "z_lost": ("z_loss*z", {"z": -1})},
        {"x": "x", "y": "y", "z": "z"}, HOURS, ("made", "half", "x_loss", "y_made", "y_loss", "z_made", "z_loss"),
        noise="log_normal", spread=0.1,
    ),
)  # fmt: skip


def folders(place: Path, names: Sequence[str] | None = None) -> dict[str, Path]:
    """The folders of all problems by name: those of the test bed are written below `place`, the published ones kept."""
    found = {path.parent.name: path.parent for path in sorted(PUBLISHED.glob("*/fit.toml"))}
    beds = {bed.name: bed for bed in BEDS if names is None or bed.name in names}
    found |= {name: write_bed(bed, place) for name, bed in beds.items()}
    return {name: path for name, path in found.items() if names is None or name in names}
