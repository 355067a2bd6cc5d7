"""Reads hostile files, each in a process of its own that may use little memory and time, and says what each cost.

Run as `python tests/hostile_child.py FOLDER [NAME...]`, with all files where no name is given. It prints a line of JSON
for each: `seconds` of the processor, and `megabytes` beyond what the process had.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from hostile_files import FILES, write
from hostile_parts import PLAIN

MEMORY = 2_000_000_000  # bytes of address space beyond what the process has when it begins
SECONDS = 60


def outcome(path: Path) -> tuple[str, str]:
    """`refused`, `broken off` or `read`, and what was said."""
    import exokinetics as exo

    errors = [str(issue) for issue in exo.check(path) if issue.severity == "error"]
    if errors:
        return "refused", "\n".join(errors)
    try:
        result = exo.simulate(path, [0.0, 1.0])
    except exo.ExokineticsError as error:
        return "refused", str(error)
    return ("read", "") if result.success else ("broken off", result.reason)


def limited(path: Path, pipe: int) -> None:
    """Look at one file within the limits, and write what became of it."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    signal.alarm(2 * SECONDS)  # for what waits without working
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        found, said = outcome(path)
    except BaseException as error:
        found, said = "crashed", f"{type(error).__name__}: {error}"
    seconds = time.process_time() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    content = {
        "outcome": found,
        "said": said[:20_000],
        "length": len(said),
        "seconds": seconds,
        "megabytes": grown / 1024,
    }
    with os.fdopen(pipe, "w") as out:
        json.dump(content, out)


def looked_at(name: str, path: Path) -> dict:
    """What became of the file, or by which signal its process ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        limited(path, writing)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"outcome": "killed", "said": f"status {status}", "length": 0}


def main(folder: Path, names: list[str]) -> None:
    plain = folder / "plain.xml"
    plain.write_text(PLAIN)
    assert outcome(plain)[0] == "read"  # what is loaded for this is not counted for every file
    for number, name in enumerate(names):
        place = folder / str(number)
        place.mkdir()
        path = place / "hostile.xml"
        write(name, path)
        print(json.dumps({"name": name} | looked_at(name, path)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(FILES))
