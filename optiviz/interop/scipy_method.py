"""Adapter of optimizers for scipy: `scipy.optimize.minimize(..., method=scipy_method(rule))`."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz._lib.typing import Array
from optiviz.optimizers.base import Optimizer, Variables, check_asks_nothing, told_variables
from optiviz.optimizers.function import as_optimizer

MAXITER = 1000
TOL = 1e-5
OPTIONS = ("maxiter", "tol")
# status -> success, message; 0 to 3 as scipy's BFGS counts them, 99 as scipy does
ENDS = {
    0: (True, "Optimization terminated successfully: no slope is larger than tol."),
    1: (False, "Maximum number of iterations has been exceeded."),
    3: (False, "Diverged: the next step led to numbers that are not finite."),
    99: (False, "`callback` raised `StopIteration`."),
}


@dataclass(frozen=True)
class ScipyMethod:
    """A rule as scipy wants it; see `scipy_method`."""

    optimizer: Optimizer

    def __call__(
        self,
        fun: Callable[..., Any],
        x0: Array,
        args: tuple[Any, ...] = (),
        jac: Any = None,
        hess: Any = None,
        hessp: Any = None,
        bounds: Any = None,
        constraints: Any = (),
        callback: Callable[..., Any] | None = None,
        maxiter: int | None = None,
        tol: float | None = None,
        **others: Any,
    ) -> Any:
        """What scipy calls; returns its `OptimizeResult`."""
        from scipy.optimize import OptimizeResult

        if constraints is not None and np.size(constraints):
            raise BadInput(f"scipy_method: {self.name} knows no constraints; leave them out")
        box = bounds_box(bounds, np.size(x0))
        for name in others:
            raise BadInput(f"scipy_method: unknown option '{name}'{hint(name, OPTIONS)}")
        if hess is not None or hessp is not None:
            warnings.warn(
                f"scipy_method: {self.name} uses no second derivatives", RuntimeWarning, stacklevel=4
            )
        most = MAXITER if maxiter is None else maxiter
        content = TOL if tol is None else tol
        if not most >= 0 or not content >= 0:
            raise BadInput(f"scipy_method: maxiter and tol must be at least 0, got {most!r} and {content!r}")
        asked = CountedFunction(fun, jac, tuple(args))
        tell = None if callback is None else adapted_callback(callback, asked)
        with np.errstate(all="ignore"):
            theta, slope, status, count = self.descend(
                asked, np.array(x0, dtype=float).ravel(), most, content, tell, box
            )
            value = asked.value(theta)
        success, message = ENDS[status]
        return OptimizeResult(
            x=theta, fun=value, jac=slope, nit=count, nfev=asked.values, njev=asked.gradients,
            status=status, success=success, message=message,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """That of the rule."""
        return str(getattr(self.optimizer, "name", type(self.optimizer).__name__))

    def descend(
        self,
        asked: "CountedFunction",
        theta: Array,
        most: int,
        tol: float,
        tell: Callable[[Array], None] | None,
        box: tuple[Array, Array] | None = None,
    ) -> tuple[Array, Array, int, int]:
        """(theta, its gradient, status, steps taken); each step ends inside the box, where there is one."""
        theta = theta if box is None else np.clip(theta, *box)
        state = self.optimizer.init(theta)
        slope = asked.gradient(theta)
        count = 0
        while True:
            if not np.isfinite(slope).all():
                return theta, slope, 3, count
            if np.abs(free_slope(theta, slope, box)).max(initial=0.0) <= tol:
                return theta, slope, 0, count
            if count >= most:
                return theta, slope, 1, count
            after, state = self.optimizer.step(theta, slope, state)
            after = after if box is None else np.clip(after, *box)
            slope_there = asked.gradient(after) if np.isfinite(after).all() else after
            if not np.isfinite(slope_there).all():
                return theta, slope, 3, count
            theta, slope, count = np.asarray(after, dtype=float), slope_there, count + 1
            if tell is not None:
                try:
                    tell(theta)
                except StopIteration:
                    return theta, slope, 99, count


def bounds_box(bounds: Any, count: int) -> tuple[Array, Array] | None:
    """Lowest and highest (P,) of scipy's bounds, a `Bounds` or pairs; None where none is finite."""
    if bounds is None:
        return None
    if getattr(bounds, "lb", None) is not None:
        low, high = (np.broadcast_to(np.asarray(end, dtype=float), count) for end in (bounds.lb, bounds.ub))
    else:
        pairs = [(-np.inf if a is None else a, np.inf if b is None else b) for a, b in bounds]
        if pairs and len(pairs) != count:
            raise BadInput(f"scipy_method: {len(pairs)} bounds for {count} parameters")
        low, high = np.array(pairs or [(-np.inf, np.inf)] * count, dtype=float).T
    if not (low <= high).all():
        raise BadInput("scipy_method: a lower bound is above its upper one")
    return (low, high) if np.isfinite([low, high]).any() else None


def free_slope(theta: Array, slope: Array, box: tuple[Array, Array] | None) -> Array:
    """The slope, 0 where descent would only press against a bound."""
    if box is None:
        return slope
    low, high = box
    pressed = ((theta <= low) & (slope > 0)) | ((theta >= high) & (slope < 0))
    return np.where(pressed, 0.0, slope)


@dataclass
class CountedFunction:
    """The user's function and gradient, with counts of their calls."""

    fun: Callable[..., Any]
    jac: Any
    args: tuple[Any, ...]
    values: int = 0
    gradients: int = 0

    def value(self, theta: Array) -> float:
        self.values += 1
        return float(np.asarray(self.fun(theta.copy(), *self.args)).item())

    def gradient(self, theta: Array) -> Array:
        """What `jac` says; forward differences where there is none."""
        from scipy.optimize import approx_fprime

        self.gradients += 1
        if callable(self.jac):
            return np.array(self.jac(theta.copy(), *self.args), dtype=float).reshape(theta.shape)
        return np.asarray(approx_fprime(theta, self.value), dtype=float)


@checked_call
def scipy_method(optimizer: Any, variables: Variables | None = None) -> ScipyMethod:
    """A `method` for `scipy.optimize.minimize`, and all that calls it, such as `basinhopping`.

    Parameters
    ----------
    optimizer : Optimizer or function
        Any rule of ours, or yours.
    variables : mapping of str to (slice, shape), optional
        What x is made of, as `network.parameters` says it, for rules that work on each of them by itself.

    Returns
    -------
    callable
        Give it as `method=`. It takes `jac` as a function or `True`; without one, or with one of
        '2-point', '3-point' and 'cs', slopes are forward differences, P + 1 values each. `callback(xk)`
        and `callback(intermediate_result)` are called after each step; `StopIteration` ends the run with
        status 99. Each step is cut back to finite bounds, and a coordinate that presses against one counts
        as content; constraints are refused. Options: `maxiter` (default 1000), and `tol`
        (default 1e-5): content when no coordinate of the gradient is larger in size, as BFGS' `gtol`;
        0 takes all the steps. The result is where the last step led, `nfev` and `njev` what it cost, and
        `status` 0 content, 1 out of steps, 3 diverged (at the last finite place), 99 stopped.

    Examples
    --------
    >>> from scipy.optimize import minimize, rosen, rosen_der
    >>> from optiviz.optimizers import Adam
    >>> adam = scipy_method(Adam(0.05))
    >>> found = minimize(rosen, [-1.2, 1.0], jac=rosen_der, method=adam, options={"maxiter": 3000})
    >>> found.success, found.x.round(4).tolist()
    (True, [1.0, 1.0])
    """
    rule = as_optimizer(optimizer)
    check_asks_nothing(rule, "scipy_method")
    return ScipyMethod(told_variables(rule, variables))


def adapted_callback(callback: Callable[..., Any], asked: CountedFunction) -> Callable[[Array], None]:
    """The callback in the form that its signature asks for, as scipy tells them apart."""
    from scipy.optimize import OptimizeResult

    try:
        wanted = set(signature(callback).parameters)
    except ValueError:  # some functions written in C do not tell
        wanted = set()
    if wanted == {"intermediate_result"}:
        return lambda theta: callback(
            intermediate_result=OptimizeResult(x=theta.copy(), fun=asked.value(theta))
        )
    return lambda theta: callback(theta.copy())
