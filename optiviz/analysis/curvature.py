"""Sharpness (largest eigenvalue of the Hessian), condition numbers, and the curvature that a rule bears.

Hessians themselves are those of `objectives.second_derivatives`.
"""

from functools import partial
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.typing import Array
from optiviz.analysis.stability import largest_stable_rate
from optiviz.objectives.base import Objective
from optiviz.objectives.given import named_surface
from optiviz.objectives.second_derivatives import hessian, hessian_product, point_and_direction
from optiviz.optimizers import WeightDecay, innermost
from optiviz.optimizers.base import rate_of_step
from optiviz.optimizers.function import as_optimizer

WHOLE = 64  # parameters, up to which eigenvalues are those of the whole Hessian


@checked_call
def sharpness(objective: Objective | str, theta: Array) -> float:
    """The largest eigenvalue of the Hessian at theta.

    Gradient descent is stable on a bowl as long as this is below 2 / rate; see `stability_limit`. Above 64
    parameters it is found by Lanczos' iteration from products alone, to 9 digits.

    Parameters
    ----------
    objective : Objective
    theta : array (P,)

    Examples
    --------
    >>> import optiviz as ov
    >>> sharpness(ov.ill_conditioned_quadratic, np.array([3.0, 1.0]))
    50.0
    """
    objective = named_surface(objective)
    point, _ = point_and_direction(objective, theta, theta)
    return lanczos(objective, point)[0]


def lanczos(objective: Objective, theta: Array, begin: Array | None = None) -> tuple[float, Array]:
    """The largest eigenvalue and its eigenvector (P,); nan where the loss is not finite.

    `begin` (P,) is where the iteration starts: the eigenvector of a place nearby makes it short.
    """
    theta = np.asarray(theta, dtype=float)
    count = len(theta)
    if count <= WHOLE:
        matrix = hessian(objective, theta)
        if not np.isfinite(matrix).all():
            return np.nan, np.zeros(count)
        values, vectors = np.linalg.eigh(matrix)
        return float(values[-1]), vectors[:, -1]
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    begin = np.random.default_rng(0).standard_normal(count) if begin is None or not begin.any() else begin
    if not np.isfinite(hessian_product(objective, theta, begin)).all():
        return np.nan, np.zeros(count)
    product = LinearOperator((count, count), matvec=partial(product_of, objective, theta), dtype=float)
    try:
        values, vectors = eigsh(product, k=1, which="LA", v0=begin, tol=1e-9, ncv=12, maxiter=1000)
    except ArpackNoConvergence as late:  # two of them nearly the same: what was found is close to both
        if not len(late.eigenvalues):
            return np.nan, np.zeros(count)
        values, vectors = late.eigenvalues, late.eigenvectors
    return float(values[-1]), np.asarray(vectors[:, -1])


def product_of(objective: Objective, theta: Array, direction: Array) -> Array:
    """`hessian_product` as a scipy `LinearOperator`."""
    return hessian_product(objective, theta, np.asarray(direction, dtype=float).ravel())


@checked_call
def condition_number(objective: Objective | str, theta: Array) -> float:
    """The largest curvature over the smallest, by size: 1 in a round bowl, inf where it is flat one way.

    nan where it is flat in every direction, or has no curvature.

    Examples
    --------
    >>> import optiviz as ov
    >>> condition_number(ov.ill_conditioned_quadratic, np.zeros(2))
    50.0
    """
    matrix = hessian(objective, theta)
    if not np.isfinite(matrix).all():
        return np.nan
    sizes = np.abs(np.linalg.eigvalsh(matrix))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return float(np.divide(sizes.max(), sizes.min()))


@checked_call
def stability_limit(optimizer: Any, step: int = 1) -> float:
    """The curvature above which a rule swings ever further on a bowl; nan for rules that scale coordinates.

    Of gradient descent 2 / rate, of Momentum (2 + 2 momentum) / rate, of Nesterov's rule that over
    1 + 2 momentum. A rule leaves a bowl along any direction whose curvature is larger.

    Parameters
    ----------
    optimizer : Optimizer
    step : int, default 1
        Whose rate counts, where it follows a schedule.

    Examples
    --------
    >>> from optiviz.optimizers import GD, Momentum, NAG, WeightDecay
    >>> stability_limit(GD(0.1)), stability_limit(Momentum(0.1, 0.5)), stability_limit(NAG(0.1, 0.5))
    (20.0, 30.0, 15.0)

    Weight decay takes some of it; decoupled, the factor is 1 - rate decay / 2:

    >>> stability_limit(WeightDecay(GD(0.1), 1.0))
    19.0

    References
    ----------
    J. Cohen et al., Gradient descent on neural networks typically occurs at the edge of stability,
    ICLR 2021.
    """
    optimizer = as_optimizer(optimizer)
    rule = innermost(optimizer)
    at_one = largest_stable_rate(rule, 1.0)  # the product of rate and curvature that the rule bears
    if at_one is None:
        return np.nan
    rate = np.float64(rate_of_step(rule.learning_rate, step))
    with np.errstate(divide="ignore"):
        limit = at_one / rate
    while optimizer is not rule:
        if isinstance(optimizer, WeightDecay):  # coupled it is curvature itself
            decay = optimizer.weight_decay
            limit = limit * (1 - rate * decay / 2) if optimizer.decoupled else limit - decay
        optimizer = optimizer.optimizer
    return float(limit)
