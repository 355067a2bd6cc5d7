"""When values of earlier times are not smooth: each delay later, one order smoother each time, in bounded number."""

import time

import numpy as np

from exokinetics.simulation.events.earlier import BEND, JUMP, MOST, SMOOTH, Breaks


def times(breaks: Breaks) -> list[float]:
    found, now = [], -1e-9
    while (now := breaks.after(now)) < np.inf:
        found.append(now)
    return found


def test_a_jump_comes_back_after_each_delay_until_it_is_smooth() -> None:
    breaks = Breaks([2.0], 100.0)
    breaks.add([1.0], JUMP)
    assert times(breaks) == [1.0 + 2.0 * k for k in range(1, SMOOTH)]
    breaks.add([2.0], BEND)
    assert times(breaks) == sorted(
        [1.0 + 2.0 * k for k in range(1, SMOOTH)] + [2.0 + 2.0 * k for k in range(1, SMOOTH - 1)]
    )


def test_delays_add_up_and_none_is_behind_the_end() -> None:
    breaks = Breaks([1.0, 2.5], 5.0)
    breaks.add([0.0], JUMP)
    assert times(breaks) == [1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]


def test_a_jump_at_a_time_at_which_something_bends_counts_as_a_jump() -> None:
    breaks = Breaks([1.0], 100.0)
    breaks.add([0.0], SMOOTH - 2)
    assert times(breaks) == [1.0]
    breaks.add([0.0], JUMP)
    assert times(breaks) == [float(k) for k in range(1, SMOOTH)]


def test_many_delays_give_many_jumps_and_no_more_bends_than_can_be_met() -> None:
    lags = [0.1 + 0.0317 * k for k in range(200)]
    breaks, begin = Breaks(lags, 100.0), time.process_time()
    for event in range(20):
        breaks.add([event / 7.0], JUMP)
    assert time.process_time() - begin < 5.0
    found = times(breaks)
    assert {round(event / 7.0 + lag, 9) for event in range(20) for lag in lags} <= {round(when, 9) for when in found}
    assert len(found) <= MOST + 20 * len(lags)
