"""A curve through data: the loss of a line, a plane or a polynomial, as a function of its weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array, Batch, Batches, Bounds
from optiviz.objectives.base import shuffled
from optiviz.objectives.data import HUGE, Data, is_whole, quote_value

CELLS = 2**22  # numbers (rows times runs) held at once: 32 MiB
MAX_DEGREE = 12

# residual r = prediction - y, elementwise  ->  its cost, and the slope of its cost
LOSSES: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = MappingProxyType(
    {
        "mse": (lambda r: r * r, lambda r: 2 * r),
        "mae": (np.abs, np.sign),  # sign(0) = 0: a point that is hit does not pull
    }
)


@checked_settings
@dataclass(frozen=True, eq=False)
class Fit:
    """How badly a model with weights theta fits the data: the mean cost of its residuals.

    With A the design matrix (n, P), one row (x, 1), or (x, x^2, ..., x^degree, 1), an example, and
    theta = (w, b), the intercept last:

        prediction  A theta                                (n,)
        residual    r = A theta - y                        (n,)
        loss        L = (1/n) sum_i c(r_i),                c(r) = r^2 for MSE, |r| for MAE
        gradient    dL/dtheta_j = (1/n) sum_i c'(r_i) dr_i/dtheta_j,   dr_i/dtheta_j = A_ij
                    dL/dtheta = A^T c'(r) / n,             c'(r) = 2r for MSE, sign(r) for MAE

    At r = 0, |r| has a kink; the slope taken there is 0.

    Parameters
    ----------
    data : Data
        x (n, d), y (n,).
    loss : "mse" or "mae"
        Mean squared or mean absolute error.
    degree : int
        Highest power of x, 1 to 12; 1 when the data has several columns.
    start : array (P,)
        Where runs begin unless told otherwise; zeros unless given.
    batch_size : int or None
        Rows that one step's gradient sees, 1 to n; None for all of them.
    name : str
        That of the data unless given.
    design : array (n, P)
        A, made once from the data.

    Raises
    ------
    BadInput
        For an unknown loss, a batch larger than the data, several columns with a degree over 1, a start
        of the wrong length, or powers of x that are too large to compute with.

    Examples
    --------
    >>> fit = Fit(Data([0, 1, 2], [1, 3, 5]))
    >>> fit.parameter_names, fit.best.round(9).tolist()
    (('w', 'b'), [2.0, 1.0])
    >>> theta = np.array([1.0, 1.0])            # residuals 0, -1, -2
    >>> round(float(fit.value(theta)), 6), fit.gradient(theta).round(6).tolist()
    (1.666667, [-3.333333, -2.0])
    """

    __repr__ = short_repr

    data: Data
    loss: Literal["mse", "mae"] = "mse"
    degree: Annotated[int, Bounds(low=1, high=MAX_DEGREE)] = 1
    start: Array = ()  # type: ignore[assignment]
    batch_size: Annotated[int, Bounds(low=1)] | None = None
    name: str = ""
    design: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise unknown("loss", self.loss, LOSSES, field="loss")
        n, d = self.data.x.shape
        if len(self.data.classes) > 2:
            raise BadInput(
                f"'{self.data.y_name}' holds {len(self.data.classes)} classes; a model without `layers` is "
                "fitted to numbers"
            )
        if self.data.y.ndim > 1:
            raise BadInput(f"a model without `layers` predicts one column, y has {self.data.y.shape[1]}")
        if not is_whole(self.degree) or not 1 <= self.degree <= MAX_DEGREE:
            raise BadInput(
                f"must be a whole number, 1 to {MAX_DEGREE}, got {quote_value(self.degree)}", field="degree"
            )
        if d > 1 and self.degree > 1:
            raise BadInput(f"must be 1 for data with {d} columns of x, got {self.degree}", field="degree")
        if self.batch_size is not None:
            if not is_whole(self.batch_size) or self.batch_size < 1:
                raise BadInput(
                    f"must be a whole number from 1, got {quote_value(self.batch_size)}", field="batch_size"
                )
            if self.batch_size > n:
                raise BadInput(
                    f"batch_size {self.batch_size} is larger than the data's {n} rows", field="batch_size"
                )
        with np.errstate(over="ignore"):
            design = self._features(self.data.x)
        if not np.all(np.abs(design) < HUGE):
            raise BadInput(f"x to the power {self.degree} passes {HUGE:g}; standardise the data")
        design.setflags(write=False)
        object.__setattr__(self, "design", design)
        object.__setattr__(self, "name", self.name or self.data.name)
        names = self.parameter_names
        start = np.array(self.start, dtype=float) if np.size(self.start) else np.zeros(len(names))
        if start.shape != (len(names),) or not np.all(np.abs(start) < HUGE):
            wanted = f"{len(names)} finite numbers ({', '.join(names)})"
            raise BadInput(f"must be {wanted}, got {quote_value(self.start)}", field="start")
        object.__setattr__(self, "start", start)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """(P,) names: `w`, `b` of a line; `w1`, `w2`, ..., `b` of more columns or powers."""
        weights = max(self.data.x.shape[1], self.degree)
        return ("w", "b") if weights == 1 else (*(f"w{k + 1}" for k in range(weights)), "b")

    @property
    def steps_per_epoch(self) -> int:
        """Steps until each row was seen once: ceil(n / batch_size); 1 when every step sees all.

        Examples
        --------
        >>> Fit(Data([0, 1, 2], [1, 3, 5]), batch_size=2).steps_per_epoch
        2
        """
        return 1 if self.batch_size is None else -(-len(self.data.y) // self.batch_size)

    @cached_property
    def far(self) -> float:
        """A million times the largest number in the start or the least-squares solution, at least 1e6."""
        return 1e6 * float(max(1.0, np.abs(self.start).max(), np.abs(self._least_squares).max()))

    @cached_property
    def best(self) -> Array:
        """(P,) the weights of least loss: the least-squares solution for MSE, a linear program's for MAE.

        MAE can have many minima, all of one value; this is one that hits as many points as there are weights.
        Found when first asked for; with 100,000 rows that takes MAE some seconds.
        """
        return self._least_squares if self.loss == "mse" else least_absolute(self.design, self.data.y)

    @cached_property
    def _least_squares(self) -> Array:
        return np.asarray(np.linalg.lstsq(self.design, self.data.y, rcond=None)[0], dtype=float)

    def predict(self, theta: Array, x: Array) -> Array:
        """The model's y at x.

        Parameters
        ----------
        theta : array (P,) or (P, N)
        x : array (m,) or (m, d)

        Returns
        -------
        array (m,) or (m, N)

        Raises
        ------
        BadInput
            When x has another number of columns than the data.

        Examples
        --------
        >>> fit = Fit(Data([0, 1, 2], [1, 3, 5]))
        >>> fit.predict(np.array([2.0, 1.0]), np.array([10.0, 20.0])).tolist()
        [21.0, 41.0]
        """
        x = np.asarray(x, dtype=float)
        x = x[:, np.newaxis] if x.ndim == 1 else x
        d = self.data.x.shape[1]
        if x.shape[1:] != (d,):
            raise BadInput(f"must have {d} columns like the data, got shape {x.shape}", field="x")
        return self._features(x) @ theta

    def value(self, theta: Array, batch: Batch = None) -> Array:
        """The exact loss over all rows, or over those in `batch`: (P,) -> (), (P, N) -> (N,).

        Examples
        --------
        >>> fit = Fit(Data([0, 1, 2], [1, 3, 5]), loss="mae")
        >>> fit.value(np.array([[2.0, 1.0], [1.0, 1.0]])).tolist()
        [0.0, 1.0]
        """
        cost, _ = LOSSES[self.loss]
        columns, y = self._rows(batch)
        parts = _parts(theta, len(y))
        return _joined([mean_of(cost(residuals(columns, y, part))) for part in parts])

    def held_out_value(self, theta: Array) -> Array:
        """The loss over the rows that the data hold out: (P,) -> (), (P, N) -> (N,).

        Examples
        --------
        >>> fit = Fit(Data([0, 1, 2, 3], [1, 3, 5, 7]).split(0.5))
        >>> float(fit.held_out_value(np.array([2.0, 0.0])))
        1.0
        """
        if self.data.held_out is None:
            raise BadInput("no rows are held out: give held_out, the share of them")
        cost, _ = LOSSES[self.loss]
        columns, y = self._features(self.data.held_out.x).T, self.data.held_out.y
        parts = _parts(theta, len(y))
        return _joined([mean_of(cost(residuals(columns, y, part))) for part in parts])

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        """A^T c'(r) / k over the k rows in `batch`, over all rows without one; shaped like theta.

        Examples
        --------
        >>> fit = Fit(Data([0, 1, 2], [1, 3, 5]))
        >>> fit.gradient(np.array([1.0, 1.0]), np.array([2])).tolist()      # 2 r (x, 1) with r = -2, x = 2
        [-8.0, -4.0]
        """
        _, slope = LOSSES[self.loss]
        columns, y = self._rows(batch)
        parts = _parts(theta, len(y))
        return _joined([slopes_of(columns, slope(residuals(columns, y, part))) for part in parts])

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        """The loss over all rows, and the gradient over those in `batch`.

        Examples
        --------
        >>> fit = Fit(Data([0, 1, 2], [1, 3, 6]), loss="mae")
        >>> value, gradient = fit.value_and_gradient(np.array([2.0, 1.0]), np.array([1, 2]))
        >>> round(float(value), 6), gradient.tolist()
        (0.333333, [-1.0, -0.5])
        """
        if batch is not None:
            return self.value(theta), self.gradient(theta, batch)
        cost, slope = LOSSES[self.loss]
        columns, y = self._rows()
        values, gradients = [], []
        for part in _parts(theta, len(y)):
            residual = residuals(columns, y, part)
            values.append(mean_of(cost(residual)))
            gradients.append(slopes_of(columns, slope(residual)))
        return _joined(values), _joined(gradients)

    def batches(self, rng: np.random.Generator) -> Batches:
        """Row indices (k,) for steps 1, 2, 3, ...; None for ever without a `batch_size`. See `shuffled`."""
        return shuffled(len(self.data.y), self.batch_size, rng)

    def _features(self, x: Array) -> Array:
        """x (m, d) -> (m, P): its powers, made of products, and a column of ones."""
        powers = np.cumprod(np.repeat(x, self.degree, axis=1), axis=1) if self.degree > 1 else x
        return np.column_stack([powers, np.ones(len(x))])

    @cached_property
    def _columns(self) -> Array:
        """(P, m) the columns of A, each in one piece."""
        return np.ascontiguousarray(self.design.T)

    def _rows(self, batch: Batch = None) -> tuple[Array, Array]:
        """The columns (P, k) of A and y (k,), of the rows in `batch`."""
        if batch is None:
            return self._columns, self.data.y
        return self._columns[:, batch], self.data.y[batch]


def residuals(columns: Array, y: Array, theta: Array) -> Array:
    """A theta - y: (k,), or (N, k) for theta (P, N).

    Column by column, not by a matrix product: its sums would stand in another order for one run than for
    many, and on another processor.
    """
    weights = theta.tolist() if theta.ndim == 1 else theta[..., np.newaxis]
    found: Array = weights[0] * columns[0]
    for weight, column in zip(weights[1:], columns[1:], strict=True):
        found += weight * column
    found -= y
    return found


def mean_of(rows: Array) -> Array:
    """(..., k) -> (...); what `mean` does, in a third of the time."""
    return np.add.reduce(rows, axis=-1) / rows.shape[-1]  # type: ignore[no-any-return]


def slopes_of(columns: Array, slopes: Array) -> Array:
    """A^T c'(r) / k, from c'(r) (k,) or (N, k): (P,) or (P, N)."""
    return np.array([mean_of(column * slopes) for column in columns])


def least_absolute(x: Array, y: Array) -> Array:
    """The theta of least sum |x theta - y|, by linear programming.

    The dual program has one equation a weight, however many rows: find the pulls p (n,), each in
    [-1, 1], that hold each other in balance, x^T p = 0, and do the most work, y . p. The prices of the
    P equations (their Lagrange multipliers) are theta.

    Parameters
    ----------
    x : array (n, P)
    y : array (n,)

    Returns
    -------
    array (P,)

    Examples
    --------
    >>> x = np.column_stack([np.arange(5.0), np.ones(5)])
    >>> least_absolute(x, np.array([1.0, 3.0, 50.0, 7.0, 9.0])).round(9).tolist()    # deaf to the 50
    [2.0, 1.0]
    """
    from scipy.optimize import linprog

    width = np.abs(x).max(axis=0)  # the solver's tolerances are absolute: bring all to size 1
    height = np.abs(y).max() or 1.0
    width[width == 0] = 1.0
    balance = {"A_eq": (x / width).T, "b_eq": np.zeros(x.shape[1])}
    found = linprog(-y / height, **balance, bounds=(-1, 1), method="highs")
    return np.asarray(-found.eqlin.marginals * height / width)


def _parts(theta: Array, rows: int) -> list[Array]:
    """theta cut along its runs, so that no more than `CELLS` residuals are held at once."""
    if theta.ndim == 1 or rows * theta.shape[1] <= CELLS:
        return [theta]
    return np.array_split(theta, min(theta.shape[1], -(-rows * theta.shape[1] // CELLS)), axis=1)


def _joined(parts: list[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
