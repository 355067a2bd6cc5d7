"""The driver: attempts of steps until a set has all its outputs or fails, then the next set."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.lengths import to_the_stop
from exokinetics.integrators.driving.lookout import Lookout
from exokinetics.integrators.driving.output import output_now, write_emit
from exokinetics.integrators.driving.sets import end_sets, write_begin, write_finish
from exokinetics.integrators.driving.stops import write_restart
from exokinetics.integrators.ndf.differences import begin_differences, predict, respace, within
from exokinetics.integrators.ndf.newton import iterate, renew_factors, set_stage
from exokinetics.integrators.ndf.steps import judge
from exokinetics.machine import ir


def driver_text(shape: Shape) -> str:
    """LLVM's intermediate representation of the function `solve`, whose argument is the address of a context."""
    if shape.lanes != 1 or shape.slopes:
        raise ValueError("the NDF are written for one set at a time, without slopes")
    module = ir.Module("driver")
    emit, restart = write_emit(module, shape), write_restart(module, shape, begin_differences)
    begin = write_begin(module, shape, restart)
    finish = write_finish(module, shape, begin)
    lookout = Lookout(module, shape, within, "x", restart) if shape.watching else None
    f = Body(module, shape, "solve", inner=False)
    f.numbers("fresh")[0] = 1.0
    f.code.call(begin, f.context)
    output_now(f, emit, f.mask("active"))
    with f.code.repeat() as again:
        end_sets(f, emit, finish)
        again.leave(f.mask("active").bits().compare("==", 0))
        step = to_the_stop(f)
        respace(f, step)
        set_stage(f, step)
        predict(f)
        renew_factors(f)
        iterate(f)
        judge(f, emit, restart, lookout)
    f.code.finish()
    return str(module)
