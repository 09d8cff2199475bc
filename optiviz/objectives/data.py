"""Data to learn from: the record that every kind of data becomes, and what its makers check.

n  rows      d  columns      m  places where a curve is asked for      k  classes
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from inspect import signature
from typing import Annotated, Any, ParamSpec, get_type_hints

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import bounds_of
from optiviz._lib.typing import Array, Bounds
from optiviz.nn import losses
from optiviz.nn.losses import BinaryCrossentropy, CategoricalCrossentropy

HUGE = 1e100  # its square is still a number
MAX_CLASSES = 100

Real = Annotated[float, Bounds(low=-1e6, high=1e6)]
Rows = Annotated[int, Bounds(low=2, high=100_000)]
Noise = Annotated[float, Bounds(low=0.0, high=1e6)]
Seed = Annotated[int, Bounds(low=0, high=1e9)]
Limits = Annotated[tuple[float, float], Bounds(low=-1e6, high=1e6)]
Settings = ParamSpec("Settings")


@checked_settings
@dataclass(frozen=True, eq=False)
class Data:
    """A table to learn from: what is known of each row, and what is to be predicted.

    Parameters
    ----------
    x : array (n, d)
        One row an example; a list (n,) becomes one column. Kept as a read-only copy, as is `y`.
    y : array (n,) or (n, k)
        Numbers, of several columns for a network with several outputs; of labelled data the number of the
        class, 0 to k - 1.
    x_names : tuple of d str
        For axes, units and all: `"x"`, or `"x1"`, `"x2"`, ... unless given.
    y_name : str
    truth : callable or None
        x (m,) -> y (m,) without noise, of made data; None for real data.
    name : str
    classes : tuple of k str
        Their names, in the order of their numbers; empty when y is a quantity.
    held_out : Data or None
        Rows kept apart, which no gradient sees; see `split`.
    notes : tuple of str
        What was found out about a file rather than told.

    Raises
    ------
    BadInput
        When the shapes do not belong together, a number is not finite (or beyond 1e100), or y is not
        the number of a class.

    Examples
    --------
    >>> data = Data([1, 2, 3], [2, 4, 6])
    >>> data.x.shape, data.y.shape, data.x_names
    ((3, 1), (3,), ('x',))
    """

    __repr__ = short_repr

    x: Array
    y: Array
    x_names: tuple[str, ...] = ()
    y_name: str = "y"
    truth: Callable[[Array], Array] | None = None
    name: str = "data"
    classes: tuple[str, ...] = ()
    held_out: "Data | None" = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        x, y = np.array(self.x, dtype=float), np.array(self.y, dtype=float)
        x = x[:, np.newaxis] if x.ndim == 1 else x
        if (
            x.ndim != 2
            or y.ndim not in (1, 2 - bool(self.classes))
            or len(y) != len(x)
            or not x.size * y.size
        ):
            raise BadInput(f"must be (n, d) and y (n,), got {x.shape} and {y.shape}", field="x", part="data")
        if not (np.all(np.abs(x) < HUGE) and np.all(np.abs(y) < HUGE)):
            raise BadInput(f"data: x and y must be finite numbers smaller than {HUGE:g}")
        d, k = x.shape[1], len(self.classes)
        names = tuple(self.x_names) or (("x",) if d == 1 else tuple(f"x{j + 1}" for j in range(d)))
        if len(names) != d:
            raise BadInput(f"data: x has {d} columns but {len(names)} names")
        if k and not np.all((y >= 0) & (y < k) & (y == np.floor(y))):
            raise BadInput(f"must be class numbers from 0 to {k - 1}", field="y", part="data")
        for field, value in {"x": x, "y": y}.items():
            value.setflags(write=False)
            object.__setattr__(self, field, value)
        object.__setattr__(self, "x_names", names)
        object.__setattr__(self, "classes", tuple(self.classes))

    @property
    def one_hot(self) -> Array:
        """y as rows (n, k) with a single 1, in the column of their class.

        Examples
        --------
        >>> Data([1, 2, 3], [0, 1, 1], classes=("no", "yes")).one_hot.tolist()
        [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
        """
        if not self.classes:
            raise BadInput(f"data: '{self.y_name}' is a quantity and has no classes")
        rows: Array = np.eye(len(self.classes))[self.y.astype(int)]
        return rows

    def labelled(self) -> "Data":
        """The same rows with a y of whole numbers as classes, named by these; itself where it has others.

        Examples
        --------
        >>> sides = Data([1, 2, 3], [-1, 1, -1]).labelled()
        >>> sides.y.tolist(), sides.classes
        ([0.0, 1.0, 0.0], ('-1', '1'))
        """
        parts = [self.y] if self.held_out is None else [self.y, self.held_out.y]
        if self.classes or self.y.ndim > 1:
            return self
        values, numbers = np.unique(np.concatenate(parts), return_inverse=True)
        if not 2 <= len(values) <= MAX_CLASSES or np.any(values != np.floor(values)):
            return self
        names = tuple(f"{value:.0f}" for value in values)
        y = numbers.reshape(-1).astype(float)
        apart = self.held_out
        if apart is not None:
            apart = replace(apart, y=y[len(self.y) :], classes=names)
        return replace(self, y=y[: len(self.y)], classes=names, held_out=apart)

    def split(self, share: float, seed: int = 0) -> "Data":
        """The same data with round(share n) rows kept apart in `held_out`; at least one row on each side.

        Which ones depends on the seed alone. Of each class the same share is taken, as far as whole rows
        allow; the order of the rows stays.

        Examples
        --------
        >>> data = Data(range(8), range(8)).split(0.25, seed=1)
        >>> len(data.y), len(data.held_out.y), sorted([*data.y.tolist(), *data.held_out.y.tolist()])[-1]
        (6, 2, 7.0)
        """
        if not Bounds(low=0.0, high=1.0, open_low=True, open_high=True).hold(share):
            raise BadInput(
                f"must lie between 0 and 1, both left out, got {quote_value(share)}", field="held_out"
            )
        n = len(self.y)
        if n < 2:
            raise BadInput("data: one row cannot be split in two")
        count = min(max(round(share * n), 1), n - 1)
        apart = np.zeros(n, dtype=bool)
        apart[self._drawn(np.random.default_rng([seed, n]))[:count]] = True
        others = replace(self, x=self.x[apart], y=self.y[apart], held_out=None)
        return replace(self, x=self.x[~apart], y=self.y[~apart], held_out=others)

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """All rows (n,) in a drawn order, in whose beginning each class has its share."""
        order = rng.permutation(len(self.y))
        if not self.classes:
            return order
        place = np.empty(len(order))  # how far down its own class each row stands, from 0 to 1
        for label in np.unique(self.y):
            of_class = np.flatnonzero(self.y[order] == label)
            place[of_class] = (np.arange(len(of_class)) + 0.5) / len(of_class)
        return order[np.argsort(place, kind="stable")]


def enforce_bounds(maker: Callable[Settings, Data]) -> Callable[Settings, Data]:
    """Refuse a setting outside the bounds in its annotation, before anything is made."""
    kinds = get_type_hints(maker)

    @wraps(maker)
    def careful(*args: Settings.args, **settings: Settings.kwargs) -> Data:
        given = signature(maker).bind(*args, **settings).arguments
        for name, bounds in bounds_of(maker).items():
            if name not in given:
                continue
            value = given[name]
            if kinds[name] is int and not is_whole(value):
                raise BadInput(
                    f"must be a whole number, got {quote_value(value)}", field=name, part=maker.__name__
                )
            try:
                held = bounds.hold(value)
            except (TypeError, ValueError):  # no number, or lists within lists
                held = False
            if not held:
                span = f"{'(' if bounds.open_low else '['}{bounds.low:g}, {bounds.high:g}]"
                raise BadInput(
                    f"must lie in {span}, got {quote_value(value)}", field=name, part=maker.__name__
                )
        return maker(*args, **settings)

    return careful


def asks_for_classes(loss: Any) -> bool:
    """Whether a loss compares classes: the cross-entropies do.

    Examples
    --------
    >>> asks_for_classes("sparse_categorical_crossentropy"), asks_for_classes("mse")
    (True, False)
    """
    if loss is None:
        return False
    return isinstance(losses.loss(loss), BinaryCrossentropy | CategoricalCrossentropy)


def generator(seed: int) -> np.random.Generator:
    """A generator of its own for each set of data."""
    return np.random.default_rng(seed)


def is_whole(value: Any) -> bool:
    """Whether `value` is an int (True and False are not).

    Examples
    --------
    >>> is_whole(3), is_whole(3.0), is_whole(True)
    (True, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def quote_value(value: Any) -> str:
    """`value` fit for a message: quoted if text, on one line, cut at 40 characters.

    Examples
    --------
    >>> print(quote_value("n/a"), quote_value("x" * 50))
    'n/a' 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'
    """
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "...")
    text = repr(value)
    return " ".join((text if len(text) <= 40 else text[:40] + "...").split())


def many(count: int, noun: str) -> str:
    """`3 rows`, `1 row`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
