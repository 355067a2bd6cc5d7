"""Long comparisons of the compiled engine with outside truth. By hand, not in CI.

python scripts/verify.py accuracy [MODEL ...] [--draws 300] [--decades 3] [--seed 0] [--rtol 1e-6] [--outside 40]
python scripts/verify.py exports [MODEL ...] [--output FILE]
python scripts/verify.py --sbml-suite PATH [--cases 00001 00100-00200 ...] [--output FILE]

accuracy: every parameter drawn log-uniformly within so many decades around its nominal value, and for each solver how
often it failed and how large its error is. The error of a draw is the largest |y - truth| / (|truth| + 1e-3 max|truth|)
over outputs and times. Truth is the compiled engine at a tolerance of 1e-12, which is itself held against Radau at
1e-11 in the first `--outside` draws. CVODE takes part where scikit-sundae is installed.

exports: every model and its variants (or those named, names or paths) written as SBML and simulated from the file by
libRoadRunner and COPASI, where they are installed. FILE gets the page with a row a model; docs/verification_exports.md
is one.

--sbml-suite: the semantic cases of the SBML Test Suite (PATH holds their folders 00001, 00002, ...), read by `load`,
run by `simulate` and judged by the rule of the suite. Printed are the counts; FILE gets one row a case (CSV).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from exokinetics import Model, load, models, prepare
from exokinetics.model.values import HILL_LIMITS
from exokinetics.simulation.prepared import Prepared
from exokinetics.simulation.running import compiled_run, library_run

ROOT = Path(__file__).resolve().parents[1]
FLAGSHIP, FLAGSHIP_END = "mir_21_pten_hcc_caf", 72.0  # hours, from the steady state of the nominal values
ENDS = {"minute": 240.0, "second": 3600.0, "hour": 72.0, "day": 28.0}  # of the other models
POINTS = 73
TRUTH, OUTSIDE = 1e-12, 1e-11
WRONG = 0.1  # an error above this is a wrong result that was given with success

Table = np.ndarray
Solver = Callable[[Prepared, Table], tuple[Table, str]]


@dataclass
class Score:
    """What one solver did on one model."""

    failed: int = 0
    errors: list[float] = field(default_factory=list)
    seconds: float = 0.0
    worst: int = -1

    def row(self, name: str) -> str:
        known = np.array([error for error in self.errors if np.isfinite(error)])
        middle, high, top = (np.quantile(known, level) if known.size else np.nan for level in (0.5, 0.99, 1.0))
        wrong = int((known > WRONG).sum())
        return (
            f"| {name} | {self.failed} | {wrong} | {middle:.1e} | {high:.1e} | {top:.1e} | "
            f"{1e3 * self.seconds / max(len(self.errors) + self.failed, 1):.2f} |"
        )


def scattered(model: Model, prepared: Prepared, draws: int, decades: float, seed: int) -> Table:
    """Vectors of inputs: parameters within so many decades; exponents and shares stay what can be."""
    random = np.random.default_rng(seed)
    vectors = np.tile(prepared.system.defaults, (draws, 1))
    for name in model.parameters:
        place, value = prepared.system.position[name], model.value(name)
        drawn = value.value * 10.0 ** random.uniform(-decades, decades, draws)
        if value.distribution == "hill":
            drawn = random.uniform(*HILL_LIMITS, draws)
        elif value.distribution == "logit":
            drawn = np.minimum(drawn, 1.0)
        vectors[:, place] = drawn
    return vectors


def deviation(found: Table, truth: Table) -> float:
    """The error of one draw."""
    scale = np.abs(truth) + 1e-3 * np.abs(truth).max(axis=0)
    with np.errstate(all="ignore"):
        error = np.where(scale > 0.0, np.abs(found - truth) / scale, np.abs(found - truth) > 0.0)
    return float(error.max())


def own(prepared: Prepared, vector: Table) -> tuple[Table, str]:
    """The compiled engine alone: `prepared` asks for rodas5p, so that nothing takes over where it breaks off."""
    run = compiled_run(prepared, vector)
    return run.table, run.reason


def of_library(method: str) -> Solver:
    def solve(prepared: Prepared, vector: Table) -> tuple[Table, str]:
        run = library_run(prepared, vector, method)
        return run.table, run.reason

    return solve


def cvode(prepared: Prepared, vector: Table) -> tuple[Table, str]:
    """CVODE's BDF with the exact Jacobian."""
    from sksundae.cvode import CVODE

    state, atol, reason = prepared.start(vector)
    if reason:
        return np.empty((0, len(prepared.outputs))), reason
    system, p = prepared.system, vector.tolist()

    def rates(t: float, x: Table, out: Table) -> None:
        out[:] = system.rhs(t, x, p)

    def jacobian(t: float, x: Table, f: Table, out: Table) -> None:
        out[:] = system.jacobian(t, x, p)

    solver = CVODE(
        rates, jacfn=jacobian, method="BDF", linsolver="dense", rtol=prepared.rtol, atol=atol, max_num_steps=200_000
    )
    answer = solver.solve(prepared.times, state)
    if not answer.success or len(answer.t) < len(prepared.times):
        return np.empty((0, len(prepared.outputs))), str(answer.message)
    return prepared.select(np.asarray(answer.y), vector), ""


def solvers() -> dict[str, Solver]:
    found: dict[str, Solver] = {"exokinetics": own, "scipy BDF": of_library("bdf"), "scipy LSODA": of_library("lsoda")}
    try:
        import sksundae  # noqa: F401
    except ImportError:
        print("CVODE is left out: pip install scikit-sundae")
    else:
        found["CVODE"] = cvode
    return found


def prepared_at(name: str, rtol: float) -> Prepared:
    """The flagship from the steady state of its nominal values, the others from their initial values."""
    model = load(name)
    initial, end = None, ENDS[model.time_unit]
    if name == FLAGSHIP:
        resting = prepare(name, FLAGSHIP_END, start="steady")
        rest, _, _ = resting.start(resting.system.defaults)
        initial, end = dict(zip(model.species, rest.tolist(), strict=True)), FLAGSHIP_END
    return prepare(name, np.linspace(0.0, end, POINTS), method="rodas5p", rtol=rtol, start="initial", initial=initial)


def accuracy(name: str, options: argparse.Namespace) -> None:
    usual = prepared_at(name, options.rtol)
    model, exact, outside = usual.model, prepared_at(name, TRUTH), prepared_at(name, OUTSIDE)
    vectors = scattered(model, usual, options.draws, options.decades, options.seed)
    known = solvers()
    scores = {solver: Score() for solver in known}
    doubtful, checked, apart = 0, 0, 0.0
    for number, vector in enumerate(vectors):
        truth, reason = own(exact, vector)
        if reason:
            truth, reason = of_library("radau")(outside, vector)
        if number < options.outside and not reason:
            other, failure = of_library("radau")(outside, vector)
            if not failure:
                checked, apart = checked + 1, max(apart, deviation(other, truth))
        if reason or not np.isfinite(truth).all():
            doubtful += 1
            print(f"draw {number} has no truth: {reason}")
            continue
        for solver, solve in known.items():
            score, began = scores[solver], time.process_time()
            try:
                table, failure = solve(usual, vector)
            except Exception as error:
                table, failure = np.empty(0), repr(error)
            score.seconds += time.process_time() - began
            if failure or not np.isfinite(table).all():
                score.failed += 1
                if solver == "exokinetics":
                    print(f"draw {number}: {failure or 'not finite'}")
                continue
            error = deviation(table, truth)
            if error > max(score.errors, default=0.0):
                score.worst = number
            score.errors.append(error)
    print(f"\n{name}: {options.draws} draws, {doubtful} without truth; Radau is {apart:.1e} from it in {checked}\n")
    print(f"| solver at {options.rtol:g} | failed | above {WRONG:g} | median | 99 % | worst | ms |")
    print("|---|---|---|---|---|---|---|")
    for solver, score in scores.items():
        print(score.row(solver))
    print("worst draw: " + ", ".join(f"{solver} {score.worst}" for solver, score in scores.items()), flush=True)


def sbml_suite(options: argparse.Namespace) -> int:
    """Print the counts of the SBML Test Suite; 1 if a number was wrong or something broke, else 0."""
    sys.path.insert(0, str(ROOT))  # for the modules beside this file
    from scripts.sbml_suite.cases import numbers_of
    from scripts.sbml_suite.counting import page, write_cases
    from scripts.sbml_suite.running import PASSED, REFUSED, SKIPPED
    from scripts.sbml_suite.workers import verdicts

    numbers = numbers_of(options.sbml_suite, options.cases)
    if not numbers:
        print(f"{options.sbml_suite}: holds no such case; give the folder of the semantic cases", file=sys.stderr)
        return 2
    found = []
    for one in verdicts(options.sbml_suite, numbers, processes=options.processes, seconds=options.seconds):
        found.append(one)
        if len(found) % 100 == 0:
            print(f"{len(found)} of {len(numbers)} cases", file=sys.stderr, flush=True)
    print(page(found), flush=True)
    if options.output:
        write_cases(found, options.output)
    return int(any(one.outcome not in (PASSED, REFUSED, SKIPPED) for one in found))


def exports(options: argparse.Namespace) -> int:
    """Print or write the page of all exports; 1 if a simulator gives something else or nothing, else 0."""
    sys.path.insert(0, str(ROOT))
    from exokinetics.interchange.agreement import LIMIT
    from exokinetics.interchange.witnesses import installed
    from scripts.exports.examining import examine, requests
    from scripts.exports.page import page

    if not installed():
        print("no other simulator is installed: pip install 'exokinetics[witnesses]'", file=sys.stderr)
        return 2
    found, began = [], commit()
    for name, variant in requests(options.models):
        found.append(examine(name, variant))
        print(f"{found[-1].name}: {found[-1].reason or found[-1].worst} in {found[-1].seconds:.1f} s", file=sys.stderr)
    command = "python scripts/verify.py exports" + (" ..." if options.models else "")
    text = page(found, command, began)
    if options.output:
        options.output.write_text(text, "utf-8")
    else:
        print(text)
    return int(any(one.reason or one.worst > LIMIT for one in found))


def commit() -> str:
    """The commit that this file belongs to, as git abbreviates it."""
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


TASKS = {"accuracy": accuracy}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", choices=[*TASKS, "exports"])
    parser.add_argument("models", nargs="*", help="names; all shipped models without")
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--decades", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rtol", type=float, default=1e-6)
    parser.add_argument("--outside", type=int, default=40)
    parser.add_argument("--sbml-suite", type=Path, metavar="PATH", help="the folder of the semantic cases")
    parser.add_argument("--cases", nargs="+", metavar="N", help="numbers or ranges such as 00100-00200; all without")
    parser.add_argument("--output", type=Path, metavar="FILE", help="a CSV file with one row a case, or the page")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0, help="the limit of one case")
    options = parser.parse_args()
    if options.sbml_suite is not None:
        return sbml_suite(options)
    if options.task is None:
        parser.error("give a task or --sbml-suite")
    warnings.simplefilter("ignore")  # of the other solvers, at wild values
    if options.task == "exports":
        return exports(options)
    for name in options.models or models():
        TASKS[options.task](name, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
