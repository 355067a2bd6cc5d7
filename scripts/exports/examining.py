"""One model, written as SBML and simulated by others; a deviation that is too large gets a third opinion."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from exokinetics import ExokineticsError, load, models, simulate
from exokinetics.interchange.agreement import LIMIT, Heard, hear
from exokinetics.interchange.checked_span import reference
from exokinetics.interchange.manifest import Testimony
from exokinetics.interchange.sbml_file import write_sbml
from exokinetics.interchange.witnesses import installed

# of our rates, by a solver of others; radau where the extra [cvode] is not installed, which takes seven times as long
THIRD = "cvode" if find_spec("sksundae") else "radau"
THIRD_RTOL = 1e-12


@dataclass(frozen=True)
class Examined:
    """What became of one model. `third` is empty unless a deviation is above the limit: it says who is off."""

    name: str
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)  # states, parameters, reactions, events
    span: str = ""
    testimonies: tuple[Testimony, ...] = ()
    third: str = ""
    reason: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def worst(self) -> float:
        """The largest deviation of any simulator."""
        return max((each.largest_deviation or 0.0 for each in self.testimonies), default=0.0)


def requests(names: list[str]) -> Iterator[tuple[str, str]]:
    """The models named, or else all shipped ones, each with its variants (the default is the empty one)."""
    for name in names or models():
        yield name, ""
        if not names:
            yield from ((name, variant) for variant in load(name).variants)


def examine(name: str, variant: str = "") -> Examined:
    """Export a model into a folder that is left again, and ask every simulator that is installed."""
    began = time.perf_counter()
    shown = f"{name}, {variant}" if variant else Path(name).stem
    try:
        model = load(name, variant)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.xml"
            write_sbml(model, file)
            wanted = reference(model)
            found = [hear(witness, wanted, file) for witness in installed()]
            third = " ".join(filter(None, map(_third, found)))
    except ExokineticsError as error:
        return Examined(shown, reason=" ".join(str(error).split()), seconds=time.perf_counter() - began)
    whole = model.whole
    counts = len(model.species), len(model.parameters), len(whole.reactions), len(whole.events)
    said = tuple(each.testimony for each in found)
    return Examined(shown, counts, wanted.span, said, third, "", time.perf_counter() - began, wanted.notes)


def _third(heard: Heard) -> str:
    """How far both are from a third computation."""
    wanted, table, testimony = heard.wanted, heard.table, heard.testimony
    if wanted is None or table is None or (testimony.largest_deviation or 0.0) <= LIMIT:
        return ""
    exact = simulate(wanted.model, wanted.times, method=THIRD, rtol=THIRD_RTOL, atol=wanted.least or None)
    if not exact.success:
        return f"{THIRD} at {THIRD_RTOL:g} failed: {exact.reason}."
    column = wanted.outputs.index(testimony.output)
    truth = exact.table[wanted.still, column]
    ours, theirs = (abs(each[wanted.still, column] - truth).max() / abs(truth).max() for each in (wanted.table, table))
    return (
        f"`{testimony.output}` of {THIRD} at {THIRD_RTOL:g} is {ours:.1e} from exokinetics and {theirs:.1e} from "
        f"{testimony.name}."
    )
