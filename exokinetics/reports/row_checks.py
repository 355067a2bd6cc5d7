"""What the experiment found of each model of the catalogue: kept in models/checks.csv, with a digest of the model."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any

import numpy as np

from exokinetics.catalogue.loading import locate
from exokinetics.catalogue.model_file import read_model_file
from exokinetics.catalogue.remembered import written
from exokinetics.data_files import data_folder
from exokinetics.delivery import chains, nominal_budget
from exokinetics.delivery.budgets import NEEDED, RECEIVED
from exokinetics.errors import raise_errors
from exokinetics.model.parts import Part
from exokinetics.model.values import Value
from exokinetics.model.whole import Model
from exokinetics.reports.catalogue_paths import Edge, causes_of, merged, outcomes_of, signs_of
from exokinetics.reports.catalogue_table import CatalogueRow
from exokinetics.reports.row_experiment import DRAWS, LEAST, Experiment, experiment

TABLE = "checks.csv"
ENOUGH = 0.95  # of the draws that count
FEWEST = 20  # draws that must count, or the check says nothing
REVERSED_DRAWS = 64
NAN = float("nan")


@dataclass(frozen=True)
class Check:
    """One model, examined. The draws that count: the effect can be reached and no switch is thrown before it.

    Shares of these: `moved`, the outcome moved as the path says (of several outcomes the one that did so least often);
    `still`, without the cargo it did not move; `reversed`, it moved so although one edge of the model is reversed.
    `at_library_dose`: the share of all draws with an effect at the dose of the library; `dose_*`: quantiles of the
    multiple of that dose at which half of the direct effect is reached. `received`, `needed`: copies per cell and hour
    that reach a recipient, and that half of the direct effect takes, both with the values of the model themselves.
    """

    model: str
    digest: str
    draws: int
    reached: int = 0
    switched: int = 0
    counted: int = 0
    moved: float = NAN
    still: float = NAN
    reversed: float = NAN
    at_library_dose: float = NAN
    dose_5: float = NAN
    dose_50: float = NAN
    dose_95: float = NAN
    received: float = NAN
    needed: float = NAN

    def fault(self, asserted: bool) -> str:
        """Why the check fails; empty if it does not. A row whose sign is open asserts nothing of the outcome."""
        if not asserted:
            return ""
        if self.counted < FEWEST:
            return f"only {self.counted} of {self.draws} draws can be judged"
        if self.moved < ENOUGH:
            return f"the outcome moves as the review says in {self.moved:.0%} of the draws, not in {ENOUGH:.0%}"
        if self.still < ENOUGH:
            return f"the outcome moves without the cargo in {1.0 - self.still:.0%} of the draws"
        if self.reversed >= ENOUGH:
            return "the outcome moves as the review says although an edge is reversed"
        return ""


def digest_of_model(model: Model) -> str:
    """What a check was made of: equations, values, ranges, units, and how a simulation starts; no words about it."""
    bare = Model(model.name, "", model.time_unit, _without_words(model.whole), model.start)
    return sha256(written(bare)).hexdigest()[:16]


def _without_words(part: Part) -> Part:
    """The part without titles, sources and reasons."""
    species = {
        name: replace(item, title="", initial=_number(item.initial)) for name, item in part.species.items()
    }  # fmt: skip
    parameters = {name: replace(item, title="", value=_number(item.value)) for name, item in part.parameters.items()}
    modulators = {name: replace(item, title="") for name, item in part.modulators.items()}
    observables = {name: replace(item, title="") for name, item in part.observables.items()}
    return replace(
        part, species=species, parameters=parameters, modulators=modulators, observables=observables, mechanisms={}
    )  # fmt: skip


def _number(value: Any) -> Any:
    return replace(value, source="", reason="") if isinstance(value, Value) else value


def check_of(model: Model, rows: Sequence[CatalogueRow], *, draws: int = DRAWS) -> Check:
    """Examine the model of some rows, which share it."""
    received, needed = _budget(model)
    empty = Check(model.name, digest_of_model(model), draws, received=received, needed=needed)
    edges = merged(rows)
    causes = [cause for cause in causes_of(rows) if outcomes_of(edges, cause)]
    if not causes:  # a cargo of which no effect is told
        return empty
    return _worst([_check_of_cause(model, edges, cause, draws, empty) for cause in causes])


def _check_of_cause(model: Model, edges: Sequence[Edge], cargo: str, draws: int, empty: Check) -> Check:
    found = experiment(model, edges, cargo, draws=draws)
    against = experiment(reversed_edge(model, edges, cargo), edges, cargo, draws=REVERSED_DRAWS)
    doses = np.nanquantile(found.dose, [0.05, 0.5, 0.95]) if found.reached.any() else np.full(3, np.nan)
    return replace(
        empty, reached=int(found.reached.sum()), switched=int(found.switched.sum()), counted=int(found.counted.sum()),
        moved=_moved(found), still=_still(found), reversed=_moved(against),
        at_library_dose=max(float((np.abs(item.at_library_dose) >= LEAST).mean()) for item in found.outcomes),
        dose_5=float(doses[0]), dose_50=float(doses[1]), dose_95=float(doses[2]),
    )  # fmt: skip


def _worst(checks: Sequence[Check]) -> Check:
    """Of several causes what holds of all of them; the doses are those of the first."""
    first = checks[0]
    least = {name: min(getattr(check, name) for check in checks) for name in ("reached", "counted", "moved", "still")}
    most = {name: max(getattr(check, name) for check in checks) for name in ("switched", "reversed")}
    return replace(first, **least, **most)


def _budget(model: Model) -> tuple[float, float]:
    """Copies received and needed, with the values of the model; nan where nothing comes in vesicles."""
    if not chains(model):
        return NAN, NAN
    table = nominal_budget(model)
    return float(table[RECEIVED].iloc[0]), float(table[NEEDED].iloc[0])


def _moved(found: Experiment) -> float:
    """The share of draws that moved as expected, of the outcome that did so least often."""
    counted = found.counted
    signed = [item for item in found.outcomes if item.expected] or found.outcomes
    return min(float((item.raised[counted] >= LEAST).mean()) for item in signed) if counted.any() else 0.0


def _still(found: Experiment) -> float:
    counted = found.counted
    shares = [float((np.abs(item.knocked_out[counted]) < LEAST).mean()) for item in found.outcomes]
    return min(shares) if counted.any() else 0.0


def reversed_edge(model: Model, edges: Sequence[Edge], cargo: str) -> Model:
    """The same model with one part reversed: what raised it lowers it, and the other way round.

    The part is an outcome, else another node of the path, else any that has such edges.
    """
    import tomli_w

    path = locate(model.name)
    content = tomllib.loads(path.read_text("utf-8"))
    nodes = [*outcomes_of(edges, cargo), *signs_of(edges, cargo), *content["part"]]
    part = next(
        found for name in nodes if {"raised_by", "lowered_by"} & (found := content["part"].get(name, {})).keys()
    )  # fmt: skip
    raised, lowered = part.pop("raised_by", []), part.pop("lowered_by", [])
    part |= {"raised_by": lowered, "lowered_by": raised}
    changed, issues = read_model_file(tomli_w.dumps(content), path)
    raise_errors(issues)
    assert changed is not None  # no issues, so there is a model
    return changed


def read_checks() -> dict[str, Check]:
    """The table of checks, by model; empty where there is none."""
    path = data_folder("models") / TABLE
    if not path.is_file():
        return {}
    kinds = {"str": str, "int": int, "float": float}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        row["model"]: Check(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Check)})
        for row in rows
    }


def checks_text(checks: Iterable[Check]) -> str:
    """The table as text, sorted by model, with three digits."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, [field.name for field in fields(Check)], lineterminator="\n")
    table.writeheader()
    for check in sorted(checks, key=lambda item: item.model):
        table.writerow({key: f"{item:.3g}" if isinstance(item, float) else item for key, item in asdict(check).items()})
    return stream.getvalue()
