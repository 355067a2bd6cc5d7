"""Steps of a quadratic model within a radius and a box: what is needed of a trust region for a handful of parameters.

After J. J. More, The Levenberg-Marquardt algorithm, in Numerical Analysis, Lecture Notes in Mathematics 630 (1978).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALONE = 9000  # numbers of a matrix up to which OpenBLAS keeps to one thread
NOTHING = 1e-14  # a singular value below this share of the largest one knows nothing of its direction


def triangular(rows: Array) -> Array:
    """The triangular root of a sum of squares: R.T @ R = rows.T @ rows, R (at most columns, columns).

    A few rows at a time, after J. Demmel, L. Grigori, M. Hoemmen and J. Langou, SIAM J. Sci. Comput. 34 (2012) A206:
    larger pieces go to the threads of the linear algebra library, which wait for each other a hundred times as long as
    the work lasts where searches occupy all cores already.
    """
    columns = rows.shape[1]
    step = max(columns, ALONE // max(columns, 1) - columns, 1)
    root: Array = np.empty((0, columns))
    for first in range(0, len(rows), step):
        root = np.asarray(np.linalg.qr(np.vstack([root, rows[first : first + step]]), mode="r"), float)
    return root


@dataclass(frozen=True)
class Quadratic:
    """A function near a point: its slope, a root of its curvature (the sum of the squares of these rows).

    `low` and `high` are how far each parameter may go, `stiff` weighs them in the length of a step.
    """

    slope: Array
    root: Array
    stiff: Array
    low: Array
    high: Array

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """What can move: neither fixed nor at a side of the box towards which the function falls."""
        return ~((self.low >= 0.0) & (self.slope >= 0.0) | (self.high <= 0.0) & (self.slope <= 0.0)) & (
            self.low < self.high
        )

    @cached_property
    def promise(self) -> float:
        """By how much the function falls to the least value of the model, the sides of the box left out."""
        free = self.free
        if not free.any():
            return 0.0
        scale = _norms(self.root[:, free])
        _, sizes, across = np.linalg.svd(self.root[:, free] / scale, full_matrices=False)
        known = sizes > NOTHING * sizes[0]
        return 0.5 * float(np.sum((across[known] @ (self.slope[free] / scale) / sizes[known]) ** 2))

    def fall(self, step: Array) -> float:
        """By how much the model falls along a step."""
        return -float(self.slope @ step + 0.5 * np.sum((self.root @ step) ** 2))

    def length(self, step: Array) -> float:
        """The length of a step."""
        return float(np.linalg.norm(self.stiff * step))

    def step(self, radius: float) -> tuple[Array, bool]:
        """The best step of about the radius at most, and whether the radius did not cut it."""
        full = self.damped(0.0)
        if self.length(full) <= 1.1 * radius:
            return full, True
        return self.damped(self.damping(radius)), False

    def wall(self, step: Array) -> Array:
        """A row of the root that makes this direction cost four times what the step promises."""
        along = self.stiff**2 * step
        along = along / max(float(np.abs(along).max()), 1e-300)
        height = 2.0 * np.sqrt(2.0 * max(self.fall(step), 0.0))
        return np.asarray(height / max(abs(float(along @ step)), 1e-300) * along)

    def walled(self, walls: Sequence[Array]) -> Quadratic:
        """The same with walls."""
        return replace(self, root=triangular(np.vstack([self.root, *walls]))) if walls else self

    def damping(self, radius: float) -> float:
        """The damping that makes a step as long as the radius, the sides of the box left out: Newton's method."""
        free = self.free
        stiff = np.maximum(self.stiff[free], 1e-150)
        _, sizes, across = np.linalg.svd(self.root[:, free] / stiff, full_matrices=False)
        slope, squares = across @ (self.slope[free] / stiff), sizes**2
        damping = NOTHING**2 * float(squares[0])
        for _ in range(50):  # it comes from below without fail, and is near after a few
            step = slope / (squares + damping)
            size = float(np.linalg.norm(step))
            if size <= 1.05 * radius:
                break
            damping += (size / radius - 1.0) * size**2 / float(np.sum(step**2 / (squares + damping)))
        return damping

    def damped(self, damping: float) -> Array:
        """The damped step: what would leave the box stops at its side, and the rest is solved again."""
        step, free = np.zeros(len(self.slope)), self.free
        weight = np.sqrt(damping) * self.stiff
        scale = _norms(np.vstack([self.root, weight]))
        while free.any():
            pulled = (self.slope + self.root.T @ (self.root @ np.where(free, 0.0, step)))[free] / scale[free]
            rows = np.vstack([self.root[:, free] / scale[free], np.diag(weight[free] / scale[free])])
            _, sizes, across = np.linalg.svd(rows, full_matrices=False)
            known = sizes > NOTHING * sizes[0]
            step[free] = -(across[known].T @ ((across[known] @ pulled) / sizes[known] ** 2)) / scale[free]
            beyond = free & ((step < self.low) | (step > self.high))
            if not beyond.any():
                break
            step = np.clip(step, self.low, self.high)
            free = free & ~beyond
        return step


def _norms(rows: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum((rows**2).sum(axis=0), 1e-300)))
