"""Hessians, Hessian-vector products, sharpness (largest eigenvalue), condition numbers.

Of a formula, a catalogue surface, a fit and a network all of these are exact to rounding. Of a function of
your own that knows its slopes they are central differences of them, good to about ten digits.
"""

from functools import lru_cache, partial
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.stability import largest_stable_rate
from optiviz.nn.activations import ACTIVATIONS, step
from optiviz.nn.layers import affine, normalize, prelu
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import Formula, parse
from optiviz.objectives.given import named_surface
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.optimizers import WeightDecay, innermost
from optiviz.optimizers.base import rate_of_step
from optiviz.optimizers.function import as_optimizer

WHOLE = 64  # parameters, up to which eigenvalues are those of the whole Hessian
MOST = 4096  # parameters of a Hessian that is written out: 128 MiB
TINY = 1e-100  # the imaginary step: its square is nothing beside any number
WIDTH = float(np.finfo(float).eps) ** (1 / 3)  # of a central difference, for numbers of size 1


@checked_call
def hessian_product(objective: Objective | str, theta: Array, direction: Array) -> Array:
    """Hessian-vector product H v: how fast the gradient at theta changes in a direction.

    Of a network: the derivative of backpropagation along v, as Pearlmutter's R-operator gives it. It is
    read off the imaginary part of the gradient at theta + i h v, h = 1e-100, where no difference is
    taken and so no digit is lost.

    Parameters
    ----------
    objective : Objective, or the name of a surface
        Its exact loss counts, over all rows and without noise.
    theta : array (P,)
    direction : array (P,) or (P, N)
        N directions at once.

    Returns
    -------
    array shaped like direction

    Raises
    ------
    BadInput
        For shapes that do not meet, or a network with the activation `step`, whose slope is made up.

    Examples
    --------
    >>> import optiviz as ov
    >>> hessian_product(ov.ravine, np.zeros(2), np.array([1.0, 1.0])).tolist()
    [0.1, 2.0]

    References
    ----------
    B. A. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6, 1994.
    W. Squire, G. Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review
    40, 1998.
    """
    objective = named_surface(objective)
    theta, direction = point_and_direction(objective, theta, direction)
    several = direction.reshape(len(theta), -1)
    with np.errstate(all="ignore"):
        formula = formula_of(objective)
        if formula is not None:
            found = second_derivatives(formula, theta) @ several
        elif isinstance(objective, Fit):
            found = hessian_of_fit(objective) @ several
        elif isinstance(objective, Training) and is_analytic(objective):
            place = np.broadcast_to(theta[:, None], several.shape) + 1j * TINY * several
            found = objective.gradient(place).imag / TINY
        else:
            found = by_differences(objective, theta, several)
    return found.reshape(direction.shape)


@checked_call
def hessian(objective: Objective | str, theta: Array) -> Array:
    """The matrix of second derivatives at theta, (P, P).

    Parameters
    ----------
    objective : Objective
    theta : array (P,)

    Raises
    ------
    BadInput
        For more than 4,096 parameters.

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2*y + y**3", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> hessian(bowl, np.array([2.0, 3.0])).tolist()
    [[6.0, 4.0], [4.0, 18.0]]
    """
    objective = named_surface(objective)
    count = int(np.size(objective.start))
    if count > MOST:
        raise BadInput(f"a Hessian of {count:,} x {count:,} numbers is too large; the limit is {MOST:,}")
    found = hessian_product(objective, theta, np.eye(count))
    return (found + found.T) / 2


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


# ---- one way for each kind of objective


def point_and_direction(objective: Objective, theta: Any, direction: Any) -> tuple[Array, Array]:
    """Both as arrays of floats; refuses what does not fit."""
    theta, direction = np.asarray(theta, dtype=float), np.asarray(direction, dtype=float)
    count = int(np.size(objective.start))
    if theta.shape != (count,) or direction.shape[:1] != (count,) or direction.ndim > 2:
        raise BadInput(
            f"curvature: theta must be ({count},) and a direction ({count},) or ({count}, N), "
            f"got {theta.shape} and {direction.shape}"
        )
    if isinstance(objective, Training) and any(
        without_partial(s.run) is step for s in objective.network.plan
    ):
        raise BadInput("a network with the activation 'step' has no curvature: its slope is made up")
    return theta, direction


def formula_of(objective: Objective) -> Formula | None:
    """The formula of a surface that has one."""
    return parse_cached(objective.formula) if isinstance(objective, Surface) and objective.formula else None


@lru_cache(maxsize=64)
def parse_cached(text: str) -> Formula:
    return parse(text)


def second_derivatives(formula: Formula, theta: Array) -> Array:
    """(2, 2) by dual numbers."""
    xx, xy, yy = formula.hessian(theta[0], theta[1])
    return np.array([[xx, xy], [xy, yy]], dtype=float)


def hessian_of_fit(fit: Fit) -> Array:
    """2 A^T A / n of a mean squared error; of a mean absolute one, which is flat between its creases, 0."""
    if fit.loss == "mae":
        return np.zeros((fit.design.shape[1],) * 2)
    return np.asarray(2 * fit.design.T @ fit.design / len(fit.design))


def is_analytic(training: Training) -> bool:
    """Whether all of a network's parts are ours, which take complex numbers as they take real ones."""
    ours = {*ACTIVATIONS.values(), affine, normalize, prelu}
    return all(without_partial(stage.run) in ours for stage in training.network.plan)


def without_partial(function: Any) -> Any:
    """A function without the settings that were put into it."""
    return function.func if isinstance(function, partial) else function


def by_differences(objective: Objective, theta: Array, directions: Array) -> Array:
    """H v by central differences of the gradient: the error is about 1e-10 of |H|.

    The step, eps^(1/3) of the size of theta along v, balances rounding against the cubic term.
    """
    found = []
    for v in directions.T:
        length = float(np.abs(v).max())
        if not length:
            found.append(np.zeros(len(theta)))
            continue
        h = WIDTH * max(1.0, float(np.abs(theta).max())) / length
        ahead, behind = objective.gradient(theta + h * v), objective.gradient(theta - h * v)
        found.append((ahead - behind) / (2 * h))
    return np.stack(found, axis=1)
