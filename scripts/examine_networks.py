"""What the networks answer: does a loop latch, at which dose, which edge breaks it, in what share of draws.

python scripts/examine_networks.py [NETWORK ...] [--draws 256]

Every network in models/networks has one sorting rate and one escape fraction for all of its vesicles; the dose is the
sorting rate while 30 % of the vesicles escape, the largest share that was ever reported. A loop tips at the smallest
dose at which the switch that it is about ends in its second state after it began at rest; it latches if that state
lasts at the dose of the library. See docs/networks.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas

from exokinetics import Model, ensemble, load

SWITCHES = {
    "tumour_caf_loop": "caf_switch",
    "tumour_macrophage_loop": "m2_switch",
    "tumour_adipocyte_loop": "caa_switch",
    "tumour_bone_loop": "osteoclastogenesis",
    "tumour_endothelium_niche": "niche_switch",
    "body": "caf_switch",
}
ESCAPE = 0.3  # the largest report, thirty times the value of the library
LONG = 100_000.0  # hours, after which nothing moves but within a hundredth of a tipping point
SWITCHED = 0.5  # share of cells above which the second state is reached
LOWEST, HIGHEST = 5.25e-6, 5.25  # 1/hour; from a tenth of the sorting of the library to all of the cargo in minutes
STEPS = 20  # for each tenfold of the dose, and again between two of them


@dataclass(frozen=True)
class Network:
    """A model with one dose for all of its vesicles, and the switch that it is about."""

    model: Model
    switch: str

    @cached_property
    def releases(self) -> tuple[str, ...]:
        """The parts that release a cargo, one for each donor and cargo."""
        found = (item for item in self.model.whole.mechanisms.values() if item.law == "constitutive_release")
        return tuple(item.id for item in found)

    @cached_property
    def sorting(self) -> str:
        """The constant of which all cargo depends."""
        return next(id for id in self.model.whole.parameters if id.endswith(".sorting"))

    @cached_property
    def escape(self) -> str:
        return next(id for id in self.model.whole.parameters if id.endswith(".escape_fraction"))

    @cached_property
    def switches(self) -> tuple[str, ...]:
        """The shares of everything that can switch."""
        return tuple(id for id in self.model.species if id.endswith(".share"))

    def default(self, id: str) -> float:
        return self.model.value(id).value

    def ends(
        self, rows: Sequence[Mapping[str, float]], *, switched: bool = False, output: str = "", time: float = LONG
    ) -> np.ndarray:
        """The share of switched cells, or another output, after a long time, for each set of values.

        From rest without cargo in any vesicle, or from that with every switch on.
        """
        columns = sorted({id for row in rows for id in row})
        table = pandas.DataFrame([{id: row.get(id, self.default(id)) for id in columns} for row in rows])
        found = output or f"{self.switch}.share"
        initial = dict.fromkeys(self.switches, 1.0) if switched else None
        runs = ensemble(self.model, [0.0, time], draws=table, initial=initial, outputs=[found])
        if len(runs.failures):
            raise RuntimeError(f"{self.model.name}: {runs.failures.iloc[0]['reason']}")
        return np.asarray(runs[found][:, -1])

    def doses(self, given: Mapping[str, float], low: float, high: float, count: int) -> list[dict[str, float]]:
        """Sets of values over a range of doses."""
        return [{self.escape: ESCAPE, **given, self.sorting: float(dose)} for dose in np.geomspace(low, high, count)]

    def tips(self, conditions: Sequence[Mapping[str, float]], *, switched: bool = False) -> list[float]:
        """For each condition the smallest dose at which the switch ends on, or infinity; exact to 0.6 %."""
        count = round(STEPS * np.log10(HIGHEST / LOWEST)) + 1
        brackets = self._first(conditions, [(LOWEST, HIGHEST)] * len(conditions), count, switched)
        inside = [index for index, (low, high) in enumerate(brackets) if np.isfinite(high) and low > 0.0]
        finer = self._first([conditions[i] for i in inside], [brackets[i] for i in inside], STEPS + 1, switched)
        found = [high for _, high in brackets]
        for index, (low, high) in zip(inside, finer, strict=True):
            found[index] = float(np.sqrt(low * high))
        return found

    def _first(
        self,
        conditions: Sequence[Mapping[str, float]],
        ranges: Sequence[tuple[float, float]],
        count: int,
        switched: bool,
    ) -> list[tuple[float, float]]:
        """For each condition the doses between which the switch turns on: (0, lowest) if it always is."""
        if not conditions:
            return []
        rows = [row for given, ends in zip(conditions, ranges, strict=True) for row in self.doses(given, *ends, count)]
        on = (self.ends(rows, switched=switched) > SWITCHED).reshape(len(conditions), count)
        found = []
        for states, (low, high) in zip(on, ranges, strict=True):
            doses, first = np.geomspace(low, high, count), int(np.argmax(states))
            if not states.any():
                found.append((high, np.inf))
            else:
                found.append((float(doses[first - 1]) if first else 0.0, float(doses[first])))
        return found


def network(name: str) -> Network:
    """A shipped network with its switch."""
    return Network(load(name), SWITCHES[name])


def knocked(release: str) -> dict[str, float]:
    """A donor that does not make one cargo."""
    return {f"{release}.synthesis": 0.0}


def without_holding(found: Network) -> dict[str, float]:
    """The switch without what its own cells do for each other, so that only vesicles could hold it."""
    return {f"{found.switch}.feedback": 0.0}


@dataclass(frozen=True)
class Answer:
    """What `examine` finds."""

    states: int
    at_library: float  # share of switched cells at the library's dose, from rest
    held: float  # the same from the switched state
    tip: float  # sorting at which the loop tips while 30 % of the vesicles escape, 1/hour
    tip_at_library_escape: float  # the same with the escape of the library
    knock_outs: Mapping[str, float]  # the same without each cargo
    vesicle_range: tuple[float, float]  # doses between which vesicles alone hold the switched state, if any
    draws: tuple[float, float]  # shares of draws that end switched, with and without cargo in vesicles

    @property
    def breaking(self) -> str:
        """The cargo without which the largest dose is needed."""
        return max(self.knock_outs, key=lambda name: self.knock_outs[name])


def examine(name: str, draws: int = 256) -> Answer:
    """Every number of the table in docs/networks.md for one network."""
    found = network(name)
    usual = {found.escape: found.default(found.escape)}
    tip, tip_at_library_escape, *without = found.tips([{}, usual, *map(knocked, found.releases)])
    (up,), (down,) = (found.tips([without_holding(found)], switched=from_on) for from_on in (False, True))
    return Answer(
        len(found.model.species), found.ends([{}])[0], found.ends([{}], switched=True)[0], tip,
        tip_at_library_escape, dict(zip(found.releases, without, strict=True)), (down, up), drawn(found, draws),
    )  # fmt: skip


def drawn(found: Network, draws: int) -> tuple[float, float]:
    """The share of draws from the ranges of the library that end switched from rest, with cargo and without."""
    shares = []
    for values in ({}, {found.sorting: 0.0}):
        runs = ensemble(
            found.model, [0.0, LONG], draws=draws, seed=1, values=values, outputs=[f"{found.switch}.share"]
        )  # fmt: skip
        last = runs[f"{found.switch}.share"][:, -1]
        shares.append(float((last[np.isfinite(last)] > SWITCHED).mean()))
    return shares[0], shares[1]


def multiple(found: Network, sorting: float) -> float:
    """The dose as a multiple of the sorting of the library."""
    return sorting / found.default(found.sorting)


def main() -> None:
    parser = argparse.ArgumentParser(description="What the networks answer.")
    parser.add_argument("networks", nargs="*", default=list(SWITCHES))
    parser.add_argument("--draws", type=int, default=256)
    options = parser.parse_args()
    for name in options.networks:
        found, answer = network(name), examine(name, options.draws)
        print(f"{name}: {answer.states} states; {found.switch}")
        print(f"  at the library's dose {answer.at_library:.3f} from rest, {answer.held:.3f} once switched")
        print(f"  tips at {multiple(found, answer.tip):.3g} times the sorting, {ESCAPE:g} escape")
        print(f"  tips at {multiple(found, answer.tip_at_library_escape):.3g} times the sorting, the library's escape")
        print(f"  vesicles alone hold it between {[multiple(found, each) for each in answer.vesicle_range]}")
        print(f"  draws that end switched: {answer.draws[0]:.3f}, without cargo {answer.draws[1]:.3f}")
        for release, dose in sorted(answer.knock_outs.items(), key=lambda pair: -pair[1]):
            print(f"    without {release}: {multiple(found, dose):.3g}")


if __name__ == "__main__":
    main()
