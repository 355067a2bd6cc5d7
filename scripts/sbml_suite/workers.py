"""Many cases in several processes, each case with a limit of time; what breaks a process is a result as well."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from scripts.sbml_suite.running import CRASHED, SLOW, Verdict, unfinished, verdict_of

ENDED = "the process ended"


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    number: str = ""
    began: float = 0.0

    def give(self, number: str) -> None:
        self.number, self.began = number, time.monotonic()
        self.pipe.send(number)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def verdicts(folder: Path, numbers: list[str], *, processes: int, seconds: float) -> Iterator[Verdict]:
    """The verdict of every case, as they come; `seconds` is the limit of one case."""
    waiting = list(reversed(numbers))
    workers = [_started(folder) for _ in range(max(1, min(processes, len(numbers))))]
    for worker in workers:
        worker.give(waiting.pop())
    try:
        while any(worker.number for worker in workers):
            ready = wait([worker.pipe for worker in workers if worker.number], timeout=0.5)
            for index, worker in enumerate(workers):
                if not worker.number:
                    continue
                found = _result(folder, worker, worker.pipe in ready, seconds)
                if found is None:
                    continue
                yield found
                if found.outcome == SLOW or found.reason == ENDED:
                    worker.end()
                    workers[index] = worker = _started(folder)
                worker.number = ""
                if waiting:
                    worker.give(waiting.pop())
    finally:
        for worker in workers:
            worker.end()


def _result(folder: Path, worker: _Worker, ready: bool, seconds: float) -> Verdict | None:
    if time.monotonic() - worker.began > seconds:  # also where it came to an end before anyone looked
        return unfinished(folder, worker.number, SLOW, f"longer than {seconds:g} s")
    if not ready:
        return None
    try:
        found: Verdict = worker.pipe.recv()
    except EOFError:
        return unfinished(folder, worker.number, CRASHED, ENDED)
    return found


def _started(folder: Path) -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(folder, there), daemon=True)
    process.start()
    there.close()
    return _Worker(process, here)


def _work(folder: Path, pipe: Connection) -> None:
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        pipe.send(verdict_of(folder, number))
