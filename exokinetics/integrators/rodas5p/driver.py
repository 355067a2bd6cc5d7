"""The driver: steps, error control, doses, output and refill of lanes, written once for every model.

Each lane follows one parameter set with its own time and step; when it is done, the lane takes the next set. What a
lane computes depends on no other lane: all they share is the order of the instructions.
"""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.lookout import Lookout
from exokinetics.integrators.driving.lookout_in_lanes import LookoutInLanes, look_again
from exokinetics.integrators.driving.output import output_now, write_emit
from exokinetics.integrators.driving.sets import end_sets, write_begin, write_finish
from exokinetics.integrators.driving.stops import write_restart
from exokinetics.integrators.rodas5p.slopes import write_slopes
from exokinetics.integrators.rodas5p.steps import begin_steps, choose_step, judge, look_ahead, stage_of
from exokinetics.integrators.rodas5p.tableau import STAGES
from exokinetics.integrators.rodas5p.within import within
from exokinetics.machine import ir


def driver_text(shape: Shape) -> str:
    """LLVM's intermediate representation of the function `solve`, whose argument is the address of a context."""
    module = ir.Module("driver")
    emit, in_lanes = write_emit(module, shape), shape.watching and shape.lanes > 1
    restart = write_restart(module, shape, _begin_watched if in_lanes else begin_steps)
    begin = write_begin(module, shape, restart)
    finish = write_finish(module, shape, begin)
    slopes = write_slopes(module, shape) if shape.slopes else None
    lookout: Lookout | LookoutInLanes | None = None
    if in_lanes:
        lookout = LookoutInLanes(module, shape, within, "y", {"x": 1, "y": 1, "k": STAGES}, restart)
    elif shape.watching:
        lookout = Lookout(module, shape, within, "y", restart)
    f = Body(module, shape, "solve", inner=False)
    code = f.code
    f.numbers("fresh")[0] = 1.0
    code.call(begin, f.context)
    output_now(f, emit, f.mask("active"))
    with code.repeat() as again:
        end_sets(f, emit, finish)
        again.leave(f.mask("active").bits().compare("==", 0))
        choose_step(f)
        look_ahead(f)
        f.kernel("factor_kernel", *(f.numbers(n) for n in ("stage_time", "x", "p", "g", "lu", "slope", "sound")))
        for stage in range(STAGES):
            stage_of(f, stage)
        judge(f, emit, restart, slopes, lookout)
    code.finish()
    return str(module)


def _begin_watched(f: Body) -> None:
    begin_steps(f)
    look_again(f)
