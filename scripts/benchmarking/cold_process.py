"""One cold start in a process of its own: model file to first trajectory. Prints the seconds inside, imports apart.

Run by the task "cold": `python cold_process.py TOOL MODEL STATE METHOD`; STATE is a JSON file of the state at time 0.
"""

import json
import sys
import time

END, COUNT, TOLERANCE = 72.0, 73, 1e-6


def roadrunner_start(model: str) -> float:
    import roadrunner

    began = time.perf_counter()
    loaded = roadrunner.RoadRunner(model)
    loaded.integrator.setValue("relative_tolerance", TOLERANCE)
    loaded.simulate(0.0, END, COUNT)
    return time.perf_counter() - began


def own_start(model: str, state: str, method: str) -> float:
    import numpy as np

    import exokinetics as exo

    with open(state, encoding="utf-8") as file:
        initial = json.load(file)
    exo.load, exo.prepare  # noqa: B018  # they are imported when first named
    times = np.linspace(0.0, END, COUNT)
    began = time.perf_counter()
    loaded = exo.load(model)
    given = {"initial": initial} if initial else {}
    exo.prepare(loaded, times, outputs=loaded.species, method=method, rtol=TOLERANCE, start="initial", **given)()
    return time.perf_counter() - began


def main(tool: str, model: str, state: str, method: str) -> None:
    found = roadrunner_start(model) if tool == "roadrunner" else own_start(model, state, method)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
