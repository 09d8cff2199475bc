"""The descent loop: gradient and step alternate, and every step is recorded."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import checked_processes, map_jobs
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.given import as_objective
from optiviz.optimizers.base import Optimizer, asks, told_variables
from optiviz.optimizers.function import as_optimizer
from optiviz.optimizers.wrappers import gradients_asked, position_of
from optiviz.runs.inputs import (
    MAX_RECORD,
    all_near,
    check_rates,
    check_room,
    check_step,
    first_answer,
    for_each_setting,
    is_near,
    labelled,
    read_only,
    squared_length,
    starting_point,
    whole_number,
)
from optiviz.runs.questions import Answers
from optiviz.runs.record import Record, Rows, recorded, slice_hyperparameters
from optiviz.runs.scipy_solvers import Scipy, solve
from optiviz.runs.stopping import Callback, Stopping, held_out_value_of
from optiviz.runs.trajectory import Comparison, Evaluations, Trajectory

MAX_STEPS = 1_000_000
BLOCK = 2**17 - 2**10  # bytes of a theta (P, N); larger arrays are asked of the system anew at every step


# What takes part in a race: a rule, a plain function `(theta, gradient) -> theta`, or a solver of scipy.
Competitor = Optimizer | Scipy | Callable[..., Any]


@checked_call
def minimize(
    objective: Any,
    optimizer: Any,
    *,
    steps: int = 100,
    start: Any = None,
    seed: int = 0,
    label: str | None = None,
    every: int = 1,
    memory: bool = True,
    processes: int | None = None,
    tolerance: float | None = None,
    patience: int | None = None,
    callback: Callback | None = None,
) -> Trajectory:
    """Run an optimizer for `steps` steps and record the trajectory.

    Parameters
    ----------
    objective : Objective
    optimizer : Optimizer, Scipy or function
        Hyperparameters of ours may be arrays (N,), one for each of N runs side by side. A plain function
        is made a rule by `ov.rule`.
    steps : int, default 100
    start : array (P,) or (P, N), default the objective's own
        N starts are N runs in one array, and so is one start with N rates.
    seed : int, default 0
        The same seed gives the same batches and the same noise, so optimizers compared under one
        seed have equal luck; so have runs side by side.
    label : str, default the name of the rule
    every : int, default 1
        Record every so many steps, the start and the end in any case; 0 records nothing in between.
    memory : bool, default True
        Whether to record the gradients too, and of the state of the rule what is shaped like theta.
    processes : int, default 1
        How many work on runs side by side, in blocks of some thousand; the result is the same to the bit.
        Objective and rule must then be picklable, as all of ours are. (Threads measured no better than one
        process: most of a step is the interpreter's.)
    tolerance : float, optional
        The run ends once no coordinate of the gradient is larger in size, as with scipy's `gtol`.
    patience : int, optional
        It ends after so many steps without a loss below the lowest so far; the loss over the rows held out,
        where the objective holds some out.
    callback : callable, optional
        `(step, theta, loss)`, called after each step; True, or `StopIteration`, ends the run.

    Returns
    -------
    Trajectory
        A run that diverges is a result: it ends early and says so in `status`. One that was stopped early is
        "finished" with fewer steps; runs side by side stop when all of them may.

    Raises
    ------
    BadInput
        When the start does not fit the objective or the gradient the start, or when the record would not fit
        into memory.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> minimize(bowl, GD(0.25), steps=2).path.tolist()
    [[1.0, 1.0], [0.5, 0.5], [0.25, 0.25]]

    Three rates at once, the last of them too large:

    >>> runs = minimize(bowl, GD(np.array([0.25, 0.5, 9.0])), steps=99, start=np.ones((2, 3)))
    >>> runs.status.tolist(), runs.stopped_at.tolist()
    (['finished', 'finished', 'diverged'], [-1, -1, 6])
    """
    steps, every = whole_number("steps", steps, MAX_STEPS), whole_number("every", every, MAX_STEPS)
    seed = whole_number("seed", seed, 2**63 - 1)
    processes = checked_processes(processes)
    objective, rule = as_objective(objective, start), as_optimizer(optimizer)
    check_rates(rule)
    theta = for_each_setting(starting_point(objective, start), rule)
    label = label or str(getattr(rule, "name", type(rule).__name__))
    at = np.unique([*range(0, steps, every or max(steps, 1)), steps])
    stopping = Stopping(tolerance, patience, callback, held_out_value_of(objective))
    if isinstance(rule, Scipy):
        if stopping.wanted:
            raise BadInput(f"{label} stops by itself: Scipy('{rule.method}', {{...}}) takes its tolerances")
        check_room(at, theta, 1 + bool(memory))
        return solve(objective, rule, theta, seed, at, memory, label)
    rule = told_variables(rule, getattr(objective, "variables", None))
    state = rule.init(theta)
    names = recorded(state, theta) if memory else []
    ahead = position_of(rule, theta, state) is not theta
    check_room(at, theta, 1 + bool(memory) + len(names) + ahead)
    record = Record.empty(theta.shape, at, names, memory, rule if ahead else None)
    answers = Answers(objective, theta.shape[1:], len(at)) if asks(rule) else None
    if answers is not None:  # one block: what its runs ask for is counted together
        record = replace(record, answers=answers)
        stopped_at = descend(objective, rule, theta, seed, record, stopping if stopping.wanted else None)
    elif stopping.wanted:
        stopped_at = descend(objective, rule, theta, seed, record, stopping)
    elif theta.ndim == 2 and theta.nbytes > BLOCK:
        stopped_at = descend_in_blocks(objective, rule, theta, seed, record, processes)
    else:
        stopped_at = descend(objective, rule, theta, seed, record)
    single = theta.ndim == 1
    last = np.searchsorted(at, stopped_at) if single and stopped_at >= 0 else len(at)
    if stopping.rows is not None:
        last, steps = stopping.rows, int(at[stopping.rows - 1])
    return Trajectory(
        label=label,
        path=record.path[:last],
        losses=record.losses[:last],
        gradients=record.gradients[: max(last - 1, 0)],
        state={name: rows[:last] for name, rows in record.state.items()},
        status=str(status_of(stopped_at)) if single else status_of(stopped_at),
        stopped_at=(int(stopped_at) if stopped_at >= 0 else None) if single else stopped_at,
        at=at[:last],
        evaluations=evaluations_of(rule, np.where(stopped_at >= 0, stopped_at, steps), at[:last], answers),
        positions=None if record.positions is None else record.positions[:last],
    )


def evaluations_of(rule: Any, taken: Any, at: NDArray[np.int64], answers: Answers | None) -> Evaluations:
    """What was asked for in `taken` steps, () or (N,), the lost one included, and by each row in `at`."""
    each = gradients_asked(rule)
    values, gradients = np.zeros_like(taken), each * taken
    values_at, gradients_at = np.zeros_like(at), each * at
    if answers is not None:
        values, gradients = values + answers.values, gradients + answers.gradients
        values_at = answers.values_at[: len(at)]
        gradients_at = (answers.gradients_at[: len(at)].T + gradients_at).T
    if not np.ndim(taken):
        values, gradients = int(values), int(gradients)
    return Evaluations(values, gradients, values_at, gradients_at)


def descend(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array,
    seed: int,
    record: Rows,
    stopping: Stopping | None = None,
) -> NDArray[np.int64]:
    """Run the descent loop and fill the record; the step at which each run diverged, or -1: () or (N,)."""
    optimizer = told_variables(optimizer, getattr(objective, "variables", None))
    batches = objective.batches(np.random.default_rng(seed))
    limit = objective.far**2
    alive = np.ones(theta.shape[1:], dtype=bool)
    stopped_at = np.full(theta.shape[1:], -1)
    whole = True  # nobody is lost yet, which is asked first: an array's `any` is dear
    written = 0
    answers = None
    if asks(optimizer):
        answers = getattr(record, "answers", None) or Answers(objective, theta.shape[1:])
    rows = iter(enumerate(record.at.tolist()))
    row, due = next(rows)
    with np.errstate(all="ignore"):
        state = optimizer.init(theta)
        batch = next(batches)
        ask, loss, gradient = first_answer(objective, read_only(theta), batch)
        for k in range(int(record.at[-1]) + 1):
            if k:
                before = theta, loss, gradient, state
                asked = () if answers is None else (answers.of_step(batch, loss, alive),)
                after = optimizer.step(theta, gradient, state, *asked)
                if k == 1:
                    check_step(optimizer, after, theta)
                theta, state = after
                batch = next(batches)
                loss, gradient = ask(read_only(theta), batch)
                length = squared_length(theta)
                if not whole or not all_near(length, limit, loss):
                    here = is_near(length, limit, loss)
                    stopped_at[alive & ~here] = k
                    alive &= here
                    whole = False
                if not whole:
                    if alive.any():  # those that are lost stand still, whatever their rule would do next
                        theta, loss, gradient, state = mixed(alive, (theta, loss, gradient, state), before)
                    else:
                        theta, loss, gradient, state = before
            if k == due:
                record.write(row, theta, loss, gradient, state)
                written = row + 1
                row, due = next(rows, (row, -1))
            if stopping is not None and (whole or alive.any()) and stopping.asks(k, theta, loss, gradient):
                if record.at[written - 1] != k:
                    record.at[written] = k
                    record.write(written, theta, loss, gradient, state)
                    written += 1
                stopping.rows = written
                break
            if not whole and not alive.any():
                for later in range(row, len(record.at)):
                    record.write(later, theta, loss, gradient, state)
                break
    return stopped_at


def descend_in_blocks(
    objective: Objective, optimizer: Optimizer, theta: Array, seed: int, record: Rows, processes: int
) -> NDArray[np.int64]:
    """`descend` for very many runs, in blocks that fit the cache, which the processes share."""
    count = theta.shape[1]
    most = max(BLOCK // theta[:, :1].nbytes, 1)
    width = -(-count // (processes * -(-count // (processes * most))))  # an equal number of blocks for each
    blocks = [slice(low, low + width) for low in range(0, count, width)]
    stopped_at = np.empty(count, dtype=np.int64)
    if processes == 1:
        for block in blocks:
            part = slice_hyperparameters(optimizer, block, count)
            stopped_at[block] = descend(objective, part, theta[:, block], seed, record.columns(block))
        return stopped_at
    jobs = [(slice_hyperparameters(optimizer, block, count), theta[:, block]) for block in blocks]
    work = partial(descend_block, objective, seed, record.emptied(0))
    for block, (lost, part) in zip(blocks, map_jobs(work, jobs, processes), strict=True):
        stopped_at[block] = lost
        record.fill(block, part)
    return stopped_at


def descend_block(
    objective: Objective, seed: int, recipe: Rows, job: tuple[Optimizer, Array]
) -> Iterator[Any]:
    """Descend one block of runs in a worker process: the step at which each diverged, and its record."""
    optimizer, theta = job
    record = recipe.emptied(theta.shape[1])
    if isinstance(record, Record) and record.rule is not None:
        record = replace(record, rule=optimizer)  # with the settings of this block alone
    yield descend(objective, optimizer, theta, seed, record), record


def mixed(alive: NDArray[np.bool_], now: Any, before: Any) -> Any:
    """The state `now` of the runs that are alive and `before` of the others, through tuples and dicts."""
    if isinstance(now, tuple):
        return tuple(mixed(alive, n, b) for n, b in zip(now, before, strict=True))
    if isinstance(now, dict):
        return {name: mixed(alive, now[name], before[name]) for name in now}
    return np.where(alive, now, before) if isinstance(now, np.ndarray) else now


def status_of(stopped_at: Any) -> NDArray[np.str_]:
    """ "finished" or "diverged" for each run."""
    return np.where(np.less(stopped_at, 0), "finished", "diverged")


@checked_call
def compare(
    objective: Any,
    optimizers: Any,
    *,
    steps: int = 100,
    start: Any = None,
    seed: int = 0,
) -> Comparison:
    """Run several optimizers on the same problem, from the same start, with the same batches and noise.

    Parameters
    ----------
    objective : Objective
        Or the name of a surface.
    optimizers : mapping of str to Optimizer, Scipy, function or str
        By label; a list of them is labelled by their names.
    steps, start, seed
        As in `minimize`.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD, Momentum
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> race = compare(bowl, {"GD": GD(0.1), "ball": Momentum(0.1, 0.5)}, steps=3)
    >>> [round(float(t.losses[-1]), 4) for t in race.trajectories.values()]
    [0.5243, 0.1824]
    """
    objective = as_objective(objective, start)
    runs = {
        label: minimize(objective, optimizer, steps=steps, start=start, seed=seed, label=label)
        for label, optimizer in labelled(optimizers).items()
    }
    return Comparison(objective, runs)


__all__ = [
    "MAX_RECORD",
    "MAX_STEPS",
    "Comparison",
    "Evaluations",
    "Trajectory",
    "compare",
    "minimize",
    "starting_point",
]
