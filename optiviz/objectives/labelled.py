"""Data of several classes in the plane, made from a formula and a seed, and the irises.

n  rows      d  columns      k  classes

Row i is of class i mod k, so that no class has more than one row more than another. `noise` is the standard
deviation of what is added to every coordinate; a larger one stretches the same pattern.
"""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.data import Data, Noise, Rows, Seed, enforce_bounds, generator, quote_value
from optiviz.objectives.table import read_csv

MAX_CELLS = 10_000_000  # 80 MB
MAX_CENTERS = 10

Centers = Annotated[tuple[tuple[float, float], ...], Bounds(low=-1e6, high=1e6)]
Part = Literal["sepal_length", "sepal_width", "petal_length", "petal_width"]


@enforce_bounds
def blobs(
    *,
    centers: Centers = ((-2.0, -2.0), (2.0, 2.0)),
    noise: Noise = 1.0,
    n: Rows = 100,
    columns: Annotated[int, Bounds(low=2, high=1000)] = 2,
    seed: Seed = 0,
) -> Data:
    """Round clouds, a class each: x_i = center of its class + noise e, with e standard normal.

    Parameters
    ----------
    centers : 2 to 10 pairs of floats
    noise : float
        Standard deviation of each coordinate around the center, at least 0.
    n : int
        Rows, 2 to 100,000, and no fewer than classes.
    columns : int
        2, or more: those beyond the first two hold noise alone, which tells nothing.
    seed : int
        The same seed gives the same data; a larger `noise` stretches the same pattern.

    Returns
    -------
    Data
        x (n, d), y (n,) the class.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> data = blobs(centers=((0, 0), (4, 1)), noise=0, n=3)
    >>> data.x.tolist(), data.y.tolist(), data.classes
    ([[0.0, 0.0], [4.0, 1.0], [0.0, 0.0]], [0.0, 1.0, 0.0], ('0', '1'))
    """
    places = np.array(centers, dtype=float)
    k = len(places)
    if places.ndim != 2 or places.shape[1] != 2 or not 2 <= k <= MAX_CENTERS:
        raise BadInput(
            f"must be 2 to {MAX_CENTERS} pairs of numbers, got {quote_value(centers)}",
            field="centers",
            part="blobs",
        )
    if n * columns > MAX_CELLS:
        raise BadInput(
            f"blobs: {n:,} rows of {columns:,} columns are too many; the limit is {MAX_CELLS:,} cells"
        )
    labels = _in_turn("blobs", n, k)
    x = np.zeros((n, columns))
    x[:, :2] = places[labels]
    return _labelled("blobs", x, labels, k, noise, seed)


@enforce_bounds
def moons(*, noise: Noise = 0.1, n: Rows = 100, seed: Seed = 0) -> Data:
    """Two half moons, one in the other's arms: class 0 (cos t, sin t), class 1 (1 - cos t, 1/2 - sin t).

    In each class t runs evenly from 0 to pi. scikit-learn's `make_moons`.

    Parameters
    ----------
    noise, n, seed
        As in `blobs`.

    Returns
    -------
    Data
        x (n, 2), y (n,) the class.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> moons(noise=0, n=4).x.round(6).tolist()
    [[1.0, 0.0], [0.0, 0.5], [-1.0, 0.0], [2.0, 0.5]]
    """
    labels = _in_turn("moons", n, 2)
    t = np.pi * _along(labels, ends=True)
    outer = np.column_stack([np.cos(t), np.sin(t)])
    x = np.where(labels[:, np.newaxis] == 0, outer, np.array([1.0, 0.5]) - outer)
    return _labelled("moons", x, labels, 2, noise, seed)


@enforce_bounds
def circles(
    *,
    factor: Annotated[float, Bounds(low=0.0, high=1.0, open_low=True)] = 0.5,
    noise: Noise = 0.05,
    n: Rows = 100,
    seed: Seed = 0,
) -> Data:
    """A circle within a circle: class 0 (cos t, sin t), class 1 factor (cos t, sin t).

    In each class t runs evenly once around, from 0. scikit-learn's `make_circles`.

    Parameters
    ----------
    factor : float
        Radius of the inner circle, in (0, 1].
    noise, n, seed
        As in `blobs`.

    Returns
    -------
    Data
        x (n, 2), y (n,) the class.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> circles(factor=0.5, noise=0, n=4).x.round(6).tolist()
    [[1.0, 0.0], [0.5, 0.0], [-1.0, 0.0], [-0.5, 0.0]]
    """
    labels = _in_turn("circles", n, 2)
    t = 2 * np.pi * _along(labels, ends=False)
    radius = np.where(labels == 0, 1.0, factor)
    x = np.column_stack([radius * np.cos(t), radius * np.sin(t)])
    return _labelled("circles", x, labels, 2, noise, seed)


@enforce_bounds
def spiral(
    *,
    arms: Annotated[int, Bounds(low=2, high=10)] = 2,
    turns: Annotated[float, Bounds(low=0.0, high=10.0)] = 1.0,
    noise: Noise = 0.02,
    n: Rows = 200,
    seed: Seed = 0,
) -> Data:
    """Arms around one center: arm c is r (cos a, sin a) with a = 2 pi (turns r + c / arms).

    In each arm, a class of m rows, r takes the values 1/m, 2/m, ..., 1.

    Parameters
    ----------
    arms : int
        Classes, 2 to 10.
    turns : float
        How often an arm winds around the center, 0 to 10.
    noise, n, seed
        As in `blobs`.

    Returns
    -------
    Data
        x (n, 2), y (n,) the class.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> spiral(turns=0.5, noise=0, n=4).x.round(6).tolist()
    [[0.0, 0.5], [-0.0, -0.5], [-1.0, 0.0], [1.0, -0.0]]
    """
    labels = _in_turn("spiral", n, arms)
    rank, size = _ranks(labels)
    r = (rank + 1) / size
    a = 2 * np.pi * (turns * r + labels / arms)
    return _labelled("spiral", np.column_stack([r * np.cos(a), r * np.sin(a)]), labels, arms, noise, seed)


@enforce_bounds
def xor(*, noise: Noise = 0.0, n: Rows = 4, seed: Seed = 0) -> Data:
    """Either, but not both: the corners (0, 0), (0, 1), (1, 0), (1, 1) in turn, y = 1 where the two differ.

    Four rows without noise are the table itself; more rows with noise are four clouds.

    Parameters
    ----------
    noise, n, seed
        As in `blobs`.

    Returns
    -------
    Data
        x (n, 2), y (n,) the class.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> data = xor()
    >>> data.x.tolist(), data.y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0])
    """
    corner = np.arange(n) % 4
    a, b = corner // 2, corner % 2
    return _labelled("xor", np.column_stack([a, b]).astype(float), a ^ b, 2, noise, seed)


@enforce_bounds
def iris(*, columns: tuple[Part, ...] = ("petal_length", "petal_width"), standardize: bool = False) -> Data:
    """Fisher's irises: 150 flowers of three species, measured in centimetres.

    Parameters
    ----------
    columns : 1 to 4 of "sepal_length", "sepal_width", "petal_length", "petal_width"
    standardize : bool
        As in `read_csv`.

    Returns
    -------
    Data
        x (150, d), y (150,) the species: setosa, versicolor, virginica.

    Raises
    ------
    BadInput
        For a column that there is not.

    References
    ----------
    E. Anderson, The irises of the Gaspe peninsula, 1935; R. A. Fisher, The use of multiple measurements in
    taxonomic problems, 1936. The numbers are those of Fisher's paper, as R and scikit-learn have them; the
    copy at UCI differs in rows 35 and 38.

    Examples
    --------
    >>> flowers = iris(columns=("sepal_length", "sepal_width"))
    >>> flowers.x.mean(axis=0).round(6).tolist(), flowers.classes
    ([5.843333, 3.057333], ('setosa', 'versicolor', 'virginica'))
    """
    installed = Path(str(files("optiviz"))) / "scenes"
    folder = installed if installed.is_dir() else Path(__file__).parents[2] / "scenes"
    return read_csv(folder / "data" / "iris.csv", [columns] if isinstance(columns, str) else columns,
                    "species", standardize)  # fmt: skip


def _in_turn(name: str, n: int, k: int) -> NDArray[np.int64]:
    """The class of each row: 0, 1, ..., k - 1, 0, 1, ..."""
    if n < k:
        raise BadInput(f"must be at least {k}, one row a class, got {n}", field="n", part=name)
    return np.arange(n) % k


def _ranks(labels: NDArray[np.int64]) -> tuple[Array, Array]:
    """Of each row its place within its class, from 0, and the size of the class."""
    k = int(labels.max()) + 1
    n = len(labels)
    return (np.arange(n) // k).astype(float), ((n - 1 - labels) // k + 1).astype(float)


def _along(labels: NDArray[np.int64], *, ends: bool) -> Array:
    """From 0 to 1 within each class, evenly; 1 itself belongs to it if `ends`."""
    rank, size = _ranks(labels)
    return rank / np.maximum(size - ends, 1)


def _labelled(name: str, x: Array, labels: NDArray[np.int64], k: int, noise: float, seed: int) -> Data:
    x = x + noise * generator(seed).standard_normal(x.shape)
    return Data(
        x, labels.astype(float), y_name="class", name=name, classes=tuple(str(label) for label in range(k))
    )
