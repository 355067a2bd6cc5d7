"""The coefficients of the NDF: Shampine & Reichelt (1997), SIAM J. Sci. Comput. 18:1-22, doi:10.1137/S1064827594276424.

A step of order k solves (1 - kappa_k) gamma_k (x - predicted) + sum_j gamma_j D_j = h f(x), where D_j are the backward
differences of order j, the predicted state is the sum of the differences of orders 0 to k, and gamma_k = sum_j 1/j. The
estimate of the error is (kappa_k gamma_k + 1/(k+1)) (x - predicted).
"""

from __future__ import annotations

from math import comb

ORDERS = 5
KAPPA = (0.0, -0.1850, -1.0 / 9.0, -0.0823, -0.0415, 0.0)  # by order
GAMMA = tuple(sum(1.0 / j for j in range(1, order + 1)) for order in range(ORDERS + 1))
ALPHA = tuple((1.0 - kappa) * gamma for kappa, gamma in zip(KAPPA, GAMMA, strict=True))
ERROR = tuple(
    kappa * gamma + 1.0 / (order + 1.0) for order, (kappa, gamma) in enumerate(zip(KAPPA, GAMMA, strict=True))
)


def signed_binomial(m: int, j: int) -> float:
    """The weight of the m-th value back in the backward difference of order j."""
    return float((-1) ** m * comb(j, m))
