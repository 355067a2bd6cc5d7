"""Measurements with one kind of noise together, whatever was measured: a likelihood takes them all in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.block import Block, Places
from exokinetics.fitting.noise import NOISE, Noise

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NoiseGroup:
    """The measurements `rows` and what of them does not depend on parameters.

    `one` is any block of them, which tells the density; `centered` are the numbers on the scale of the noise, `sides`
    where a limit bounds them, `exact` the others, `limited` whether there is a limit among them; `jacobian` is the sum
    over the exact ones.
    """

    rows: slice | Places
    noise: Noise
    one: Block
    centered: Array
    sides: Array
    exact: NDArray[np.bool_]
    limited: bool
    jacobian: float


def grouped(blocks: Sequence[Block], observed: Array, sides: Array) -> list[NoiseGroup]:
    """The groups of blocks that have their noise and its degrees of freedom in common."""
    found: dict[tuple[str, str], list[Block]] = {}
    for block in blocks:
        found.setdefault((block.item.noise, block.degrees_text), []).append(block)
    return [_group(members, observed, sides) for members in found.values()]


def _group(blocks: Sequence[Block], observed: Array, sides: Array) -> NoiseGroup:
    places = np.concatenate([np.arange(block.place.start, block.place.stop) for block in blocks])
    first, last = int(places[0]), int(places[-1])
    # a slice takes a view where an array of places would copy
    rows = slice(first, last + 1) if len(places) == last + 1 - first else places
    noise, side = NOISE[blocks[0].item.noise], sides[rows]
    exact = side == 0
    with np.errstate(all="ignore"):
        centered, jacobian = noise.center(observed[rows]), float(np.sum(noise.jacobian(observed[rows])[exact]))
    return NoiseGroup(rows, noise, blocks[0], centered, side, exact, not exact.all(), jacobian)
