"""Hessians and Hessian-vector products.

Of a formula, a catalogue surface, a fit and a network they are exact to rounding. Of a function of your own
that knows its slopes they are central differences of them, good to about ten digits.
"""

from functools import lru_cache, partial
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Batch
from optiviz.nn.activations import ACTIVATIONS, step
from optiviz.nn.layer_parts import affine
from optiviz.nn.layers import normalize, prelu
from optiviz.nn.more_layers import normalize_rows
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import Formula, parse
from optiviz.objectives.given import named_surface
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training

MOST = 4096  # parameters of a Hessian that is written out: 128 MiB
TINY = 1e-100  # the imaginary step: its square is nothing beside any number
WIDTH = float(np.finfo(float).eps) ** (1 / 3)  # of a central difference, for numbers of size 1


@checked_call
def hessian_product(
    objective: Objective | str, theta: Array, direction: Array, *, batch: Batch = None
) -> Array:
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
    batch : array of int, optional
        The rows of a fit or a network that count instead.

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
            found = hessian_of_fit(objective, batch) @ several
        elif isinstance(objective, Training) and is_analytic(objective):
            place = np.broadcast_to(theta[:, None], several.shape) + 1j * TINY * several
            found = objective.gradient(place, batch).imag / TINY
        else:
            found = by_differences(objective, theta, several)
    return found.reshape(direction.shape)


@checked_call
def hessian(objective: Objective | str, theta: Array, *, batch: Batch = None) -> Array:
    """The matrix of second derivatives at theta, (P, P).

    Parameters
    ----------
    objective : Objective
    theta : array (P,)
    batch : array of int, optional
        The rows of a fit or a network that count instead of all.

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
    found = hessian_product(objective, theta, np.eye(count), batch=batch)
    return (found + found.T) / 2


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


def hessian_of_fit(fit: Fit, batch: Batch = None) -> Array:
    """2 A^T A / n of a mean squared error; of a mean absolute one, which is flat between its creases, 0."""
    if fit.loss == "mae":
        return np.zeros((fit.design.shape[1],) * 2)
    design = fit.design if batch is None else fit.design[batch]
    return np.asarray(2 * design.T @ design / len(design))


def is_analytic(training: Training) -> bool:
    """Whether all of a network's parts are ours, which take complex numbers as they take real ones."""
    ours = {*ACTIVATIONS.values(), affine, normalize, normalize_rows, prelu}
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
