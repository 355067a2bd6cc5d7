"""One SBML file to its first trajectory in a process of its own. Prints the seconds, after another file was run.

Run by the task "published": `python published_process.py TOOL FILE OTHER METHOD`. What a tool loads or compiles once
for all models, it does for OTHER, the tools alike.
"""

import json
import sys
import time

END, COUNT, TOLERANCE = 100.0, 101, 1e-6
DRIVERS = ("rodas5p", "ndf")  # ours, which are compiled once for all models


def roadrunner_run(path: str, _: str) -> None:
    import roadrunner

    loaded = roadrunner.RoadRunner(path)
    loaded.integrator.setValue("relative_tolerance", TOLERANCE)
    loaded.simulate(0.0, END, COUNT)


def own_run(path: str, method: str) -> None:
    import numpy as np

    import exokinetics as exo

    loaded = exo.load(path)
    exo.simulate(loaded, np.linspace(0.0, END, COUNT), method=method, rtol=TOLERANCE)


def main(tool: str, path: str, other: str, method: str) -> None:
    run = roadrunner_run if tool == "roadrunner" else own_run
    for each in DRIVERS:
        run(other, each)
    began = time.perf_counter()
    run(path, method)
    print(json.dumps(time.perf_counter() - began))


if __name__ == "__main__":
    main(*sys.argv[1:])
