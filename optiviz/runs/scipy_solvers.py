"""scipy's minimizers as competitors, with a count of the values and gradients that they ask for."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.frozen import frozen
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array, Bounds, Steps
from optiviz.objectives.base import Objective
from optiviz.objectives.function import real_numbers
from optiviz.runs.inputs import first_answer, read_only
from optiviz.runs.trajectory import Evaluations, Trajectory

Tolerance = Annotated[float, Bounds(low=0.0)]
# scipy's name -> whether it asks for gradients, and the options that say when it is content
METHODS: Mapping[str, tuple[bool, tuple[str, ...]]] = MappingProxyType(
    {
        "BFGS": (True, ("gtol",)),
        "L-BFGS-B": (True, ("gtol", "ftol", "maxcor")),
        "CG": (True, ("gtol",)),
        "Newton-CG": (True, ("xtol",)),
        "Nelder-Mead": (False, ("xatol", "fatol")),
    }
)


@dataclass(frozen=True)
class Walk:
    """The record of one call of a scipy solver.

    Parameters
    ----------
    at : list of int
        The iterations kept, the start (0) first.
    path : list of array (P,)
    gradients : list of array (P,)
        What it was told where it stood, the last place left out; empty if it never asks.
    asked : list of (values, gradients)
        By the time of each.
    in_all : (values, gradients)
    stopped_at : int or None
        The iteration that was lost.
    """

    at: list[int]
    path: list[Array]
    gradients: list[Array]
    asked: list[tuple[int, int]]
    in_all: tuple[int, int]
    stopped_at: int | None


@checked_settings
@dataclass(frozen=True)
class Scipy:
    """A minimizer of `scipy.optimize` in a race: one of BFGS, L-BFGS-B, CG, Newton-CG, Nelder-Mead.

    A step is an iteration of its, whatever it costs; a trajectory's `evaluations` tell the cost. It stops
    when it is content, or finds no way down any more, so that a run may be "finished" with fewer rows than
    steps were allowed. Values are exact; where
    a problem shows only a part of itself, each gradient asked for sees the next part, for which a line
    search was not made. Newton-CG takes second derivatives as differences of gradients, and pays for them.

    Parameters
    ----------
    method : str
        scipy's name of it.
    tolerances : mapping of str to float
        scipy's options that say when it is content: gtol (BFGS, L-BFGS-B, CG), ftol and maxcor (L-BFGS-B),
        xtol (Newton-CG), xatol and fatol (Nelder-Mead); scipy's own unless given.

    Examples
    --------
    >>> Scipy("BFGS", {"gtol": 1e-8}).name
    'scipy.BFGS'
    """

    method: str
    tolerances: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise unknown("method of scipy", self.method, METHODS)
        known = METHODS[self.method][1]
        for name, value in self.tolerances.items():
            if name not in known:
                raise unknown(f"option of {self.name}", name, known)
            bounds = Bounds(low=1.0) if name == "maxcor" else Bounds(low=0.0)
            if not bounds.hold(value):
                raise BadInput(f"{self.name}: {name} must be {bounds}, got {value!r}")
        object.__setattr__(self, "tolerances", frozen(self.tolerances))

    @property
    def name(self) -> str:
        """Its name in scenes."""
        return f"scipy.{self.method}"

    @property
    def uses_gradients(self) -> bool:
        """Whether it asks for gradients."""
        return METHODS[self.method][0]

    def walk(self, objective: Objective, theta: Array, seed: int, keep: frozenset[int], steps: int) -> Walk:
        """Let it go from `theta` (P,), `steps` iterations at most; those in `keep` and the last are kept."""
        from scipy.optimize import minimize

        if theta.ndim != 1:
            raise BadInput(f"{self.name} runs from one start at a time, got {theta.shape[1]} side by side")
        log = Log(objective, theta, seed, keep, self.uses_gradients, steps)
        options = {**self.limits(steps + 1), **self.tolerances}
        result = None
        if steps:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # a line search that fails is told by the path
                slope = log.gradient if self.uses_gradients else None
                result = minimize(
                    log.value, theta.copy(), jac=slope, method=self.method, callback=log.step, options=options
                )
        if log.stopped_at is None and result is not None and not np.isfinite(result.fun):
            log.stopped_at = log.count + 1
        return log.walk()

    def limits(self, steps: int) -> dict[str, Any]:
        """The option for at most `steps` iterations, whatever they cost."""
        return {"maxiter": steps, **({"maxfun": 2**31 - 1} if self.method == "L-BFGS-B" else {})}


class Log:
    """Wraps an objective for a solver: evaluates it, counts the calls, and records the iterates."""

    def __init__(
        self,
        objective: Objective,
        theta: Array,
        seed: int,
        keep: frozenset[int],
        slopes: bool,
        steps: int,
    ) -> None:
        self.objective, self.keep, self.slopes, self.steps = objective, keep, slopes, steps
        self.batches = objective.batches(np.random.default_rng(seed))
        self.values = self.gradients = self.count = 0
        self.here = theta.copy()
        self.seen: dict[bytes, Array] = {}  # gradients since the last place
        self.stopped_at: int | None = None
        self.at, self.path, self.asked, self.told = [0], [self.here], [(0, 0)], list[Array]()

    def value(self, theta: Array) -> float:
        self.values += 1
        return float(self.objective.value(read_only(theta)))

    def gradient(self, theta: Array) -> Array:
        self.gradients += 1
        gradient = real_numbers(self.objective.gradient(read_only(theta), next(self.batches)), "gradient")
        self.seen[theta.tobytes()] = gradient
        return gradient.copy()

    def step(self, theta: Array) -> None:
        """After each iteration; the parameter's name tells scipy to pass the place."""
        with np.errstate(all="ignore"):
            left = not (
                theta.dot(theta) <= self.objective.far**2 and np.isfinite(self.objective.value(theta))
            )
        if left:
            self.stopped_at = self.count + 1
            raise StopIteration
        if self.at[-1] == self.count:
            self.tell()
        self.count += 1
        self.here = theta.copy()
        known = self.seen.get(self.here.tobytes())
        self.seen = {} if known is None else {self.here.tobytes(): known}
        if self.count in self.keep:
            self.note()
        if self.count == self.steps:  # scipy's own limits count differently from method to method
            raise StopIteration

    def note(self) -> None:
        """Keep the place where it stands."""
        self.at.append(self.count)
        self.path.append(self.here)
        self.asked.append((self.values, self.gradients))

    def tell(self) -> None:
        """Keep what it was told of the place that it leaves."""
        if self.slopes:
            known = self.seen.get(self.here.tobytes())
            self.told.append(self.objective.gradient(self.here) if known is None else known)

    def walk(self) -> Walk:
        if self.at[-1] != self.count:
            self.note()
        told = self.told[: len(self.at) - 1]
        return Walk(self.at, self.path, told, self.asked, (self.values, self.gradients), self.stopped_at)


def BFGS(gtol: Tolerance = 1e-5) -> Scipy:
    """A quasi-Newton method: learns the curvature from the gradients, and searches along each line.

    Parameters
    ----------
    gtol : float, default 1e-5
        Content when no slope is larger.

    Examples
    --------
    >>> BFGS().name
    'scipy.BFGS'

    References
    ----------
    J. Nocedal, S. Wright, Numerical Optimization, 2006, chapter 6; scipy's implementation.
    """
    return Scipy("BFGS", {"gtol": gtol})


def LBFGSB(gtol: Tolerance = 1e-5, ftol: Tolerance = 2.220446049250313e-09, maxcor: Steps = 10) -> Scipy:
    """BFGS that remembers only the last few steps, for problems with many parameters.

    Parameters
    ----------
    gtol : float, default 1e-5
        Content when no slope is larger.
    ftol : float, default 2.22e-9
        Content when an iteration lowers the loss by a smaller share than this.
    maxcor : int, default 10
        How many steps are remembered.

    References
    ----------
    R. Byrd, P. Lu, J. Nocedal, C. Zhu, A limited memory algorithm for bound constrained optimization,
    1995; scipy's implementation.
    """
    return Scipy("L-BFGS-B", {"gtol": gtol, "ftol": ftol, "maxcor": maxcor})


def CG(gtol: Tolerance = 1e-5) -> Scipy:
    """Conjugate gradients: each line searched keeps what the lines before have won.

    Parameters
    ----------
    gtol : float, default 1e-5
        Content when no slope is larger.

    References
    ----------
    E. Polak, G. Ribiere, 1969; J. Nocedal, S. Wright, chapter 5; scipy's implementation.
    """
    return Scipy("CG", {"gtol": gtol})


def NewtonCG(xtol: Tolerance = 1e-5) -> Scipy:
    """Newton's method, each step found by conjugate gradients.

    Parameters
    ----------
    xtol : float, default 1e-5
        Content when the mean change of a coordinate is smaller.

    References
    ----------
    J. Nocedal, S. Wright, chapter 7; scipy's implementation.
    """
    return Scipy("Newton-CG", {"xtol": xtol})


def NelderMead(xatol: Tolerance = 1e-4, fatol: Tolerance = 1e-4) -> Scipy:
    """A triangle that walks and folds downhill; asks for values only. Its best corner is shown.

    Parameters
    ----------
    xatol : float, default 1e-4
        Content when no corner is farther from the best one than this in a coordinate,
    fatol : float, default 1e-4
        and none differs from it more than this in loss.

    References
    ----------
    J. Nelder, R. Mead, A simplex method for function minimization, 1965; scipy's implementation.
    """
    return Scipy("Nelder-Mead", {"xatol": xatol, "fatol": fatol})


# The index: a scene's spelling -> the maker. Tests, `optiviz list` and the scene schema read it.
SOLVERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "scipy.BFGS": BFGS,
        "scipy.L-BFGS-B": LBFGSB,
        "scipy.CG": CG,
        "scipy.Newton-CG": NewtonCG,
        "scipy.Nelder-Mead": NelderMead,
    }
)


def solve(
    objective: Objective,
    solver: Scipy,
    theta: Array,
    seed: int,
    at: NDArray[np.int64],
    memory: bool,
    label: str,
) -> Trajectory:
    """Run one of scipy's solvers for `minimize`."""
    first_answer(objective, read_only(theta), None)  # refuses what does not fit
    walk = solver.walk(objective, theta, seed, frozenset(at.tolist()), int(at[-1]))
    path = np.array(walk.path)
    gradients = walk.gradients if memory else []
    asked = np.array(walk.asked, dtype=np.int64)
    with np.errstate(all="ignore"):
        losses = np.array([objective.value(place) for place in path], dtype=float)
    return Trajectory(
        label=label,
        path=path,
        losses=losses,
        gradients=np.array(gradients).reshape(len(gradients), len(theta)),
        state={},
        status="finished" if walk.stopped_at is None else "diverged",
        stopped_at=walk.stopped_at,
        at=np.array(walk.at, dtype=np.int64),
        evaluations=Evaluations(*walk.in_all, values_at=asked[:, 0], gradients_at=asked[:, 1]),
    )
