"""Plays a suite: every rule is tuned with the same budget, then scored on fresh starts.

First all trials from the starts to tune on, then what was chosen, and the rule as it comes, from fresh ones.
Both are jobs as sweeps have them: worked off by an executor, kept in a store, the same to the byte wherever.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import hyperparameters, part_with, stepping
from optiviz.analysis.outcomes import Columns, lowest_loss
from optiviz.analysis.starts import starts_at
from optiviz.analysis.tuning import Trials, loss_at_end, times_of, trial_settings, units_of
from optiviz.league.executors import Executor, Failure, InProcess
from optiviz.league.jobs import Job, job_of, objective_and_rule, run_block, scene_of_tables
from optiviz.league.store import Store
from optiviz.league.suite import GROUND, Family, Suite
from optiviz.league.sweep import stored_columns, work_off
from optiviz.objectives.surface import Surface, rotated
from optiviz.scenefile.build_cache import made_with

OWN = {"optimizer": "gd"}  # stands in a job for a rule that is no table

Record = dict[str, Any]
Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Contest:
    """One problem of a family, with its starts to tune on and its fresh ones.

    Parameters
    ----------
    label : str
    problem : mapping
        Of the job: the table [problem] of a scene.
    family : Family
    run : mapping
        What the problem asks of all runs: `batch_size`.
    objective : Objective
    lowest : float
        Of the drop: the least loss, or the saddle's.
    tuned_on, scored_on : mapping
        `starts` and `seeds` of the jobs.
    """

    label: str
    problem: Mapping[str, Any]
    family: Family
    run: Mapping[str, Any]
    objective: Any
    lowest: float
    tuned_on: Mapping[str, Any]
    scored_on: Mapping[str, Any]

    def measure(self, targets: int | None = None) -> Record:
        """What is kept of each run: when so many targets are met for good, or first."""
        told = self.family.targets[:targets]
        shares = [-share if self.family.kind == "escape" else share for share in told]
        kept = int(self.family.kind == "escape")
        return {"targets": shares, "of": "drop", "lowest": self.lowest, "inside": True, "kept": kept}

    @property
    def places(self) -> Array:
        """The starts to tune on (P, K), for the units."""
        starts = self.tuned_on["starts"]
        count = 1 if starts is None else len(starts)
        return starts_at(starts, self.objective, np.arange(count))

    @cached_property
    def twin(self) -> "Contest | None":
        """The problem turned, with its fresh starts turned along; None where the family has no twins."""
        if not self.family.turned:
            return None
        degrees = self.family.turned + self.problem.get("turned", 0.0)
        problem = {**self.problem, "turned": degrees}
        x, y = np.array(self.scored_on["starts"]).T
        there = np.array(rotated(x, y, self.family.turned, self.objective.middle)).T.tolist()
        scored_on = {**self.scored_on, "starts": there}
        objective, _ = objective_and_rule(job_of(problem, OWN, steps=1), 0)
        return replace(self, problem=problem, objective=objective, scored_on=scored_on)


def contests_of(suite: Suite, family: Family) -> list[Contest]:
    """The problems of a family; starts are drawn by the suite's seed, those to be scored on anew."""
    found = []
    for label, problem in family.problems.items():
        objective, _ = objective_and_rule(job_of(problem, OWN, steps=1), 0)
        lowest = family.lowest.get(label)
        lowest = float(lowest_loss(objective)) if lowest is None else float(lowest)
        luck = []
        for part, count in enumerate((suite.starts, suite.fresh)):
            seed = 1000 * (2 * suite.seed + part) + 1
            if isinstance(objective, Surface):
                drawn = {"count": count, "own": False, "spread": family.spread, "seed": seed}
                places = starts_at(drawn, objective, np.arange(count)).T.tolist()
                luck.append({"starts": places, "seeds": [seed]})
            else:
                luck.append({"starts": None, "seeds": [*range(seed, seed + count)]})
        run = family.runs.get(label, {})
        found.append(Contest(label, problem, family, run, objective, lowest, *luck))
    return found


# ---- rules


@dataclass(frozen=True)
class Entrant:
    """A rule of a league: its label, its table for jobs, and the rule itself.

    `given` is a rule that was handed over in Python; it is worked on here, and never kept.
    """

    label: str
    table: Mapping[str, Any]
    rule: Any
    given: bool = False


def entrants_of(suite: Suite, rules: Mapping[str, Any]) -> list[Entrant]:
    """The rules of a suite, then those that are given beside it."""
    found = []
    for label, run in suite.rules.items():
        scene = scene_of_tables({"problem": dict(GROUND), "runs": {label: dict(run)}}, {})
        found.append(Entrant(label, run, stepping(scene.runs[label].optimizer)))
    for label, rule in rules.items():
        if label in suite.rules:
            raise BadInput(f"the suite has a rule '{label}' already; give yours another label")
        found.append(Entrant(label, OWN, stepping(rule), given=True))
    return found


def settings_to_try(suite: Suite, contest: Contest, entrant: Entrant, name: str) -> dict[str, Array]:
    """The trials of a rule in a class, the same number and the same shift for all."""
    if "learning_rate" not in hyperparameters(entrant.rule):
        return {}  # a function of one's own tunes itself, or not at all
    kind = suite.classes[name]
    units = units_of(contest.objective, contest.places, contest.lowest)
    return trial_settings(entrant.rule, kind.budget, units, kind.second.get(entrant.label), suite.seed)


# ---- working it off


@dataclass(frozen=True)
class Playing:
    """How a league is worked off: where results are kept, by whom, and who is told of the progress."""

    store: Store
    executor: Executor = InProcess()
    progress: Told = lambda done, total: None

    def columns(self, jobs: Sequence[tuple[Entrant, Job]]) -> list[Columns]:
        """What came of all jobs, in their order.

        Raises
        ------
        BadInput
            When some failed; what the others gave is kept.
        """
        plain = [job for entrant, job in jobs if not entrant.given]
        failed = [
            f"{block['run']} on {block['problem']}: {answer.reason}"
            for block, answer in work_off(plain, self.store, self.executor, self.progress)
            if isinstance(answer, Failure)
        ]
        if failed:
            raise BadInput(f"{len(failed)} blocks failed, the first: {failed[0]:.500}")
        found = []
        for entrant, job in jobs:
            columns = run_block(job, entrant.rule) if entrant.given else stored_columns(job, self.store)
            assert columns is not None
            found.append(columns)
        return found

    def seconds(self, jobs: Iterable[Job]) -> float:
        """Seconds that the kept blocks of some jobs took."""
        return sum(self.store.seconds(job) for job in jobs)


def job_for(
    suite: Suite,
    contest: Contest,
    entrant: Entrant,
    luck: Mapping[str, Any],
    vary: Mapping[str, Sequence[float]],
    targets: int | None = None,
) -> Job:
    """The job of a rule on a problem; it names the program, so that another one works it out anew."""
    axes, measure = [dict(vary)] if vary else [], contest.measure(targets)
    run = {**entrant.table, **contest.run}
    job = job_of(contest.problem, run, steps=suite.steps, vary=axes, measure=measure, **luck)
    return {**job, "program": made_with()["optiviz"]}


def measurements(
    contest: Contest, columns: Columns, values: int, targets: int | None = None
) -> tuple[Array, Array]:
    """Times (T, V, K) and last losses (V, K) of a job with so many values, from all its starts and seeds."""
    arrived = [columns[f"steps_to_{share:g}"] for share in contest.measure(targets)["targets"]]
    times = np.array([times_of(a).reshape(-1, values).T for a in arrived])
    return times, loss_at_end(contest.objective, columns).reshape(-1, values).T


Key = tuple[str, str, int]  # class, rule, number of the contest


def tune_all(
    suite: Suite, playing: Playing, entrants: Sequence[Entrant], contests: Sequence[Contest]
) -> tuple[dict[Key, Trials], list[tuple[Entrant, Job]]]:
    """The trials of all rules in all classes on all problems, and the jobs that they were.

    Those of all classes are one job, as what runs side by side costs little more than one run.
    """
    jobs, grids = [], []
    for contest in contests:
        for entrant in entrants:
            each = {name: settings_to_try(suite, contest, entrant, name) for name in suite.classes}
            vary = joined_settings(entrant, list(each.values()))
            grids.append(each)
            jobs.append((entrant, job_for(suite, contest, entrant, contest.tuned_on, vary, targets=1)))
    found = {}
    pairs = ((n, entrant) for n in range(len(contests)) for entrant in entrants)
    for (n, entrant), each, columns in zip(pairs, grids, playing.columns(jobs), strict=True):
        contest = contests[n]
        counts = [len(settings.get("learning_rate", [0])) for settings in each.values()]
        times, last = measurements(contest, columns, sum(counts) if each[next(iter(each))] else 1, targets=1)
        decisive = np.full_like(times[0], np.inf) if contest.family.kind == "value" else times[0]
        low = 0
        for (name, settings), count in zip(each.items(), counts, strict=True):
            part = slice(low, low + count) if settings else slice(None)
            found[name, entrant.label, n] = Trials(settings, decisive[part], last[part])
            low += count
    return found, jobs


def joined_settings(entrant: Entrant, grids: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Settings one after the other; what one of them leaves as it is has the rule's own value there."""
    names = dict.fromkeys(name for grid in grids for name in grid)
    own = {name: own_setting(entrant.rule, name) for name in names}
    counts = [len(grid["learning_rate"]) for grid in grids if grid]
    return {
        name: [
            float(value)
            for grid, count in zip(grids, counts, strict=True)
            for value in grid.get(name, [own[name]] * count)
        ]
        for name in names
    }


@dataclass(frozen=True, eq=False)
class Scored:
    """Times (T, K) and last losses (K,) of what was chosen, or of the rule as it comes; of its twin too."""

    times: Array
    last: Array
    twins: Array | None


def score_all(
    suite: Suite,
    playing: Playing,
    entrants: Sequence[Entrant],
    contests: Sequence[Contest],
    trials: Mapping[Key, Trials],
) -> tuple[dict[Key, Scored], list[tuple[Entrant, Job]]]:
    """What was chosen in each class, and under the class "" the rule as it comes, from fresh starts."""
    jobs = []
    for n, contest in enumerate(contests):
        for entrant in entrants:
            vary = settings_to_score(suite, entrant, trials, n)
            for one in (contest, contest.twin):
                if one is not None:
                    jobs.append((entrant, job_for(suite, one, entrant, one.scored_on, vary)))
    answers = iter(playing.columns(jobs))
    names = [*suite.classes, ""]
    found = {}
    for n, contest in enumerate(contests):
        for entrant in entrants:
            free = bool(trials[names[0], entrant.label, n].settings)
            values = len(names) if free else 1
            times, last = measurements(contest, next(answers), values)
            twins = measurements(contest.twin, next(answers), values)[0] if contest.twin else None
            for k, name in enumerate(names):
                at = k if free else 0
                there = None if twins is None else twins[:, at]
                found[name, entrant.label, n] = Scored(times[:, at], last[at], there)
    return found, jobs


def settings_to_score(
    suite: Suite, entrant: Entrant, trials: Mapping[Key, Trials], n: int
) -> dict[str, list[float]]:
    """What was chosen in each class, then what the rule comes with, gone through together."""
    chosen = [trials[name, entrant.label, n].chosen for name in suite.classes]
    own = {setting: own_setting(entrant.rule, setting) for one in chosen for setting in one}
    return joined_settings(entrant, [{k: [v] for k, v in one.items()} for one in (*chosen, own)])


def own_setting(rule: Any, name: str) -> float:
    """What a rule, wrapped or not, comes with; of a schedule the first rate."""
    value = getattr(part_with(rule, name), name)
    return float(value(0) if callable(value) else value)
