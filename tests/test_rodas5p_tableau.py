"""The coefficients of Rodas5P against the conditions that they must fulfil: Hairer and Wanner, Solving Ordinary
Differential Equations II, section IV.7, by rooted trees, in the untransformed form of the method.

The coefficients are decimal numbers of 16 digits, up to 150 in size, so that conditions hold but for their rounding.
"""

from functools import cache, reduce

import numpy as np
import pytest

from exokinetics.integrators.rodas5p.tableau import DENSE, GAMMA, NODES, STAGES, TIME_WEIGHTS, A, C

# Half a unit in the 16th digit of coefficients up to 150 (1.4e-14), times sums of eight products with numbers up to 6,
# of which few are that large together; measured 7e-15, and 2e-13 for the dense output, whose polynomials cancel.
ROUNDING, DENSE_ROUNDING = 1e-13, 1e-12


def lower(rows):
    matrix = np.zeros((STAGES, STAGES))
    for index, row in enumerate(rows):
        matrix[index, : len(row)] = row
    return matrix


# k_i = u_i / h untransformed: u = Gamma k, Gamma = (1/gamma - C)^-1, alpha = A Gamma, b = m Gamma.
GAMMAS = np.linalg.inv(np.eye(STAGES) / GAMMA - lower(C))
ALPHA = lower(A) @ GAMMAS
BETA = ALPHA + GAMMAS
ENDS = np.array([*A[7], 1.0])  # of the step over u
EMBEDDED = np.array([*A[7], 0.0])  # of the solution that the error is estimated by


@cache
def trees(order):
    """Rooted trees with so many vertices, each as the sorted tuple of the trees above its root."""
    return [()] if order == 1 else sorted(set(forests(order - 1, order - 1)), key=str)


def forests(count, largest):
    """Sets of trees with so many vertices together."""
    if count == 0:
        return [()]
    found = []
    for size in range(1, min(count, largest) + 1):
        for tree in trees(size):
            found += [tuple(sorted((tree, *rest), key=str)) for rest in forests(count - size, size)]
    return sorted(set(found), key=str)


def vertices(tree):
    return 1 + sum(map(vertices, tree))


def density(tree):
    """The product of the numbers of vertices of all subtrees."""
    return vertices(tree) * reduce(lambda product, branch: product * density(branch), tree, 1)


def weight(tree, alpha, beta):
    """What the stages contribute: one branch is reached through the Jacobian too (beta), several are not (alpha)."""
    matrix = beta if len(tree) == 1 else alpha
    return reduce(lambda product, branch: product * (matrix @ weight(branch, alpha, beta)), tree, np.ones(STAGES))


def excess(weights, tree, wanted, gammas=GAMMAS, alpha=ALPHA):
    """How far a condition is from being met."""
    return abs(weights @ gammas @ weight(tree, alpha, alpha + gammas) - wanted)


ALL_TREES = [tree for order in range(1, 6) for tree in trees(order)]


def test_there_are_as_many_trees_as_cayley_counted():
    assert [len(trees(order)) for order in range(1, 7)] == [1, 1, 2, 4, 9, 20]


@pytest.mark.parametrize("tree", ALL_TREES, ids=str)
def test_the_step_is_of_order_5(tree):
    assert excess(ENDS, tree, 1 / density(tree)) < ROUNDING


@pytest.mark.parametrize("tree", ALL_TREES[:8], ids=str)  # up to order 4
def test_the_solution_that_the_error_is_estimated_by_is_of_order_4(tree):
    assert excess(EMBEDDED, tree, 1 / density(tree)) < ROUNDING


def test_the_estimate_is_of_the_order_of_the_error_and_not_below():
    assert (
        max(excess(EMBEDDED, tree, 1 / density(tree)) for tree in trees(5)) > 1e-4
    )  # measured 3e-3: far above the rounding


@pytest.mark.parametrize("tree", ALL_TREES[:8], ids=str)  # up to order 4
def test_the_dense_output_is_of_order_4_at_every_place_of_the_step(tree):
    """The sum over the stages is s^order / density for every s: each coefficient of that polynomial of degree 4."""
    first, second, third = np.array(DENSE)
    # s m + s (1 - s) (first + s second + s^2 third), by powers of s
    powers = [ENDS + first, second - first, third - second, -third]
    for power, weights in enumerate(powers, start=1):
        wanted = 1 / density(tree) if power == vertices(tree) else 0.0
        assert excess(weights, tree, wanted) < DENSE_ROUNDING


def test_rates_that_name_time_are_asked_where_the_stages_stand():
    """An equation t' = 1 beside the others must give the same step: nodes and weights are the sums of rows."""
    np.testing.assert_allclose(ALPHA.sum(axis=1), NODES, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(GAMMAS.sum(axis=1), TIME_WEIGHTS, rtol=0, atol=ROUNDING)
    assert NODES[5:] == (1.0, 1.0, 1.0) and TIME_WEIGHTS[5:] == (0.0, 0.0, 0.0)


def test_the_last_stages_stand_at_the_end_of_the_step():
    """Stiff accuracy of both solutions, which the driver uses: the step is the last stage's argument and that stage."""
    assert A[6] == (*A[5], 1.0) and A[7] == (*A[6], 1.0)
    np.testing.assert_allclose(ENDS @ GAMMAS, BETA[7], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(EMBEDDED @ GAMMAS, BETA[6], rtol=0, atol=ROUNDING)


def stability(z, weights):
    """The factor of one step on x' = z x, with steps of 1."""
    stages = np.linalg.solve(np.eye(STAGES) - z * BETA, np.ones(STAGES))
    return 1.0 + z * (weights @ GAMMAS @ stages)


def test_the_method_damps_what_is_infinitely_stiff():
    """R(-infinity) = 1 - b beta^-1 1 = 0, for the step and for the solution that the error is estimated by."""
    for weights in (ENDS, EMBEDDED):
        rest = 1.0 - weights @ GAMMAS @ np.linalg.solve(BETA, np.ones(STAGES))
        assert abs(rest) < 1e-12  # the condition of beta is 800
        assert abs(stability(-1e12, weights)) < 1e-9


def test_the_method_is_stable_in_the_left_half_plane():
    """No step on the imaginary axis grows; by the maximum principle none in the half plane, for R has no pole in it."""
    assert GAMMA > 0
    along = np.geomspace(1e-3, 1e6, 20_001)
    largest = max(abs(stability(1j * each, ENDS)) for each in along)
    assert largest <= 1.0 + 1e-12  # rounding of some 1e3 in the solution for the stages


@pytest.mark.parametrize("matrix", ["A", "C"])
def test_a_wrong_digit_would_be_found(matrix):
    """So the conditions do hold every coefficient: a change in the 10th digit of any one breaks one of them."""
    for row in range(1, STAGES):
        for column in range(row):
            changed = {"A": lower(A), "C": lower(C)}
            changed[matrix][row, column] *= 1 + 1e-9
            gammas = np.linalg.inv(np.eye(STAGES) / GAMMA - changed["C"])
            alpha = changed["A"] @ gammas
            ends = np.array([*changed["A"][7, :7], 1.0])
            found = [excess(ends, tree, 1 / density(tree), gammas, alpha) for tree in ALL_TREES]
            found += [*np.abs(alpha.sum(axis=1) - NODES), *np.abs(gammas.sum(axis=1) - TIME_WEIGHTS)]
            assert max(found) > 5 * ROUNDING
