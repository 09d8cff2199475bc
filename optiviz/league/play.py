"""Plays a suite: every rule tuned with the same budget, then scored on fresh starts; the record of results.

First all trials from the starts to tune on, then what was chosen, and the rule as it comes, from fresh ones.
Both are jobs as sweeps have them: worked off by an executor, kept in a store, the same to the byte wherever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import stepping
from optiviz.analysis.outcomes import Columns, lowest_loss
from optiviz.analysis.starts import starts_at
from optiviz.analysis.tuning import Trials, loss_at_end, times_of, trial_settings, units_of
from optiviz.league.executors import Executor, Failure, InProcess
from optiviz.league.jobs import Job, blocks_of, job_of, objective_and_rule, run_block, scene_of_tables
from optiviz.league.scores import RESAMPLES, Band, bands_of, rank_probabilities, scores_of
from optiviz.league.store import Store
from optiviz.league.suite import GROUND, Family, Suite
from optiviz.league.sweep import stored_columns, work_off
from optiviz.objectives.surface import Surface, rotated
from optiviz.scenefile.build_cache import made_with

FORMAT = 1  # of the record
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
    objective : Objective
    lowest : float
        Of the drop: the least loss, or the saddle's.
    tuned_on, scored_on : mapping
        `starts` and `seeds` of the jobs.
    """

    label: str
    problem: Mapping[str, Any]
    family: Family
    objective: Any
    lowest: float
    tuned_on: Mapping[str, Any]
    scored_on: Mapping[str, Any]

    @cached_property
    def measure(self) -> Record:
        """What is kept of each run: when targets are met for good, or first."""
        shares = [-share if self.family.kind == "escape" else share for share in self.family.targets]
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
        found.append(Contest(label, problem, family, objective, lowest, *luck))
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


def job_for(suite: Suite, contest: Contest, entrant: Entrant, luck: Mapping[str, Any], vary: Any) -> Job:
    """The job of a rule on a problem; it names the program, so that another one works it out anew."""
    axis = {name: [float(value) for value in values] for name, values in vary.items()}
    job = job_of(
        contest.problem, entrant.table, steps=suite.steps, vary=[axis], measure=contest.measure, **luck
    )
    return {**job, "program": made_with()["optiviz"]}


def measured(contest: Contest, columns: Columns, values: int) -> tuple[Array, Array]:
    """Times (T, V, K) and last losses (V, K) of a job with so many values, from all its starts and seeds."""
    arrived = [columns[f"steps_to_{share:g}"] for share in contest.measure["targets"]]
    times = np.array([times_of(a).reshape(-1, values).T for a in arrived])
    return times, loss_at_end(contest.objective, columns).reshape(-1, values).T


def play_suite(
    suite: Suite, playing: Playing, rules: Mapping[str, Any] | None = None, resamples: int = RESAMPLES
) -> tuple[Record, Record]:
    """Play a league: the record of all results, and that of the times it took.

    Parameters
    ----------
    suite : Suite
    playing : Playing
    rules : mapping of str to Optimizer or function, optional
        Others that take part, by their labels.
    resamples : int, default 1000
        Of the bootstrap.

    Returns
    -------
    record, times : dict
        JSON values. The record is the same to the byte for the same suite and program; the times are not.
    """
    entrants = entrants_of(suite, rules or {})
    contests = {name: contests_of(suite, family) for name, family in suite.families.items()}
    everything = [contest for group in contests.values() for contest in group]
    trials, tried = tune_all(suite, playing, entrants, everything)
    scored, played = score_all(suite, playing, entrants, everything, trials)
    record = {
        "optiviz": "league",
        "format": FORMAT,
        "suite": suite.name,
        "title": suite.title,
        "digest": suite.digest,
        "steps": suite.steps,
        "starts": suite.starts,
        "fresh": suite.fresh,
        "seed": suite.seed,
        "rules": [entrant.label for entrant in entrants],
        "classes": {
            name: {
                "budget": kind.budget,
                "second": dict(kind.second),
                "families": {
                    label: family_record(suite, name, group, entrants, trials, scored, resamples)
                    for label, group in contests.items()
                },
            }
            for name, kind in suite.classes.items()
        },
    }
    return record, times_record(playing, entrants, [*tried, *played], record)


Key = tuple[str, str, int]  # class, rule, number of the contest


def tune_all(
    suite: Suite, playing: Playing, entrants: Sequence[Entrant], contests: Sequence[Contest]
) -> tuple[dict[Key, Trials], list[tuple[Entrant, Job]]]:
    """The trials of all rules in all classes on all problems, and the jobs that they were."""
    keys: list[tuple[Key, dict[str, Array]]] = []
    jobs = []
    for n, contest in enumerate(contests):
        for name in suite.classes:
            for entrant in entrants:
                settings = settings_to_try(suite, contest, entrant, name)
                keys.append(((name, entrant.label, n), settings))
                jobs.append((entrant, job_for(suite, contest, entrant, contest.tuned_on, settings)))
    found = {}
    for (key, settings), columns in zip(keys, playing.columns(jobs), strict=True):
        contest = contests[key[2]]
        times, last = measured(contest, columns, len(settings["learning_rate"]))
        decisive = np.full_like(times[0], np.inf) if contest.family.kind == "value" else times[0]
        found[key] = Trials(settings, decisive, last)
    return found, jobs


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
            times, last = measured(contest, next(answers), len(names))
            twins = measured(contest.twin, next(answers), len(names))[0] if contest.twin else None
            for k, name in enumerate(names):
                there = None if twins is None else twins[:, k]
                found[name, entrant.label, n] = Scored(times[:, k], last[k], there)
    return found, jobs


def settings_to_score(
    suite: Suite, entrant: Entrant, trials: Mapping[Key, Trials], n: int
) -> dict[str, list[float]]:
    """What was chosen in each class, then what the rule comes with, gone through together."""
    chosen = [trials[name, entrant.label, n].chosen for name in suite.classes]
    names = dict.fromkeys(setting for one in chosen for setting in one)
    own = {setting: own_setting(entrant.rule, setting) for setting in names}
    return {setting: [*(one.get(setting, own[setting]) for one in chosen), own[setting]] for setting in names}


def own_setting(rule: Any, name: str) -> float:
    """What a rule, wrapped or not, comes with; of a schedule the first rate."""
    from optiviz.analysis.many_runs import part_with

    value = getattr(part_with(rule, name), name)
    return float(value(0) if callable(value) else value)


# ---- the record


def family_record(
    suite: Suite,
    name: str,
    group: Sequence[Contest],
    entrants: Sequence[Entrant],
    trials: Mapping[Key, Trials],
    scored: Mapping[Key, Scored],
    resamples: int,
) -> Record:
    """A family in a class: times, what was tuned to what, scores with their bands."""
    everything = [c for family in suite.families.values() for c in family.problems]
    first = next(
        k for k in range(len(everything)) if everything[k : k + len(group)] == [c.label for c in group]
    )
    numbers = range(first, first + len(group))
    family = group[0].family
    labels = [entrant.label for entrant in entrants]

    def table(of: Callable[[str, int], Any]) -> list[list[Any]]:
        return [[of(label, n) for label in labels] for n in numbers]

    arrivals = np.array(table(lambda label, n: scored[name, label, n].times))  # (problems, rules, T, K)
    twins = None
    if family.turned:
        twins = np.array(table(lambda label, n: scored[name, label, n].twins))
    plain = np.array(table(lambda label, n: scored["", label, n].times[0]))
    record: Record = {
        "kind": family.kind,
        "problems": [contest.label for contest in group],
        "targets": [*family.targets],
        "turned": family.turned,
        "times": jsonable(np.moveaxis(arrivals, 2, 0)),
        "twins": None if twins is None else jsonable(twins[:, :, 0]),
        "untuned": jsonable(plain),
        "tuned": table(lambda label, n: tuned_record(trials[name, label, n])),
    }
    if family.kind == "value":
        gone = np.array(
            [
                [share_gone(c, suite, scored[name, label, n].last) for label in labels]
                for c, n in zip(group, numbers, strict=True)
            ]
        )
        record["gone"] = jsonable(gone)
        record["scores"] = value_scores(gone, labels, resamples, suite.seed)
        return record
    record["scores"] = race_scores(arrivals, twins, 0, labels, resamples, suite.seed)
    record["at_targets"] = [
        race_scores(arrivals, twins, t, labels, resamples, suite.seed)
        for t in range(len(family.targets))
    ]
    return record


def race_scores(
    arrivals: Array, twins: Array | None, target: int, labels: Sequence[str], resamples: int, seed: int
) -> Record:
    """Scores at one target, each with its band, the best rule first."""
    turned = None if twins is None else twins[:, :, target]
    found = scores_of(arrivals[:, :, target], turned, resamples, seed)
    rows = [
        {
            "rule": label,
            "score": band_record(found.score[k]),
            "algoperf": band_record(found.algoperf[k]),
            "algoperf_100_points": float(found.algoperf_grid[k]),
            "ranks": [float(p) for p in found.ranks[k]],
        }
        for k, label in enumerate(labels)
    ]
    return {"rows": sorted(rows, key=lambda row: -row["score"]["value"])}


def value_scores(gone: Array, labels: Sequence[str], resamples: int, seed: int) -> Record:
    """Mean shares of the drop that are gone (problems, rules, starts), with bands over problems and starts."""
    problems, _, starts = gone.shape
    rng = np.random.default_rng(seed)
    draws = np.empty((resamples, gone.shape[1]))
    for r in range(resamples):
        which = rng.integers(0, problems, problems)
        from_starts = rng.integers(0, starts, (problems, 1, starts))
        draws[r] = np.take_along_axis(gone[which], from_starts, axis=2).mean(axis=(0, 2))
    ranks = rank_probabilities(draws)
    bands = bands_of(gone.mean(axis=(0, 2)), draws)
    rows = [
        {"rule": label, "score": band_record(bands[k]), "ranks": [float(p) for p in ranks[k]]}
        for k, label in enumerate(labels)
    ]
    return {"rows": sorted(rows, key=lambda row: -row["score"]["value"])}


def share_gone(contest: Contest, suite: Suite, last: Array) -> Array:
    """Shares (K,) of the drop from the fresh starts to the least loss that are gone at the end, 0 to 1."""
    starts = contest.scored_on["starts"]
    if starts is None:
        return np.full(len(last), np.nan)
    begin = contest.objective.value(np.array(starts).T)
    with np.errstate(invalid="ignore"):
        gone = (begin - last) / (begin - contest.lowest)
    return np.clip(np.nan_to_num(gone, nan=0.0, neginf=0.0), 0.0, 1.0)


def tuned_record(trials: Trials) -> Record:
    """What a rule was tuned to, and how all its trials fared."""
    middle = np.median(trials.times, axis=1)
    return {
        "settings": trials.chosen,
        "edge": trials.at_edge,
        "works": int(trials.working.sum()),
        "tried": {name: jsonable(values) for name, values in trials.settings.items()},
        "steps": jsonable(middle),
        "lost": jsonable(np.isinf(trials.last).mean(axis=1)),
    }


def band_record(band: Band) -> Record:
    """A band as JSON has it."""
    return {"value": band.value, "low": band.low, "high": band.high}


def jsonable(values: Any) -> Any:
    """Nested lists of numbers, whole ones as such; null for what is not finite."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list):
        return [jsonable(value) for value in values]
    if not np.isfinite(values):
        return None
    return int(values) if values == int(values) and abs(values) < 2**53 else float(values)


def numbers_of(values: Any) -> Array:
    """What `jsonable` wrote, as an array, inf for null."""
    return np.array(values, dtype=object if values is None else None) if values is None else filled(values)


def filled(values: Any) -> Array:
    """An array of nested lists, inf for null."""
    return np.where(np.equal(np.array(values, dtype=object), None), np.inf, np.array(values, dtype=object)).astype(
        float
    )


def times_record(
    playing: Playing, entrants: Sequence[Entrant], jobs: Sequence[tuple[Entrant, Job]], record: Record
) -> Record:
    """Seconds of each rule for a million steps, and the scores by seconds instead of steps."""
    rows: Record = {}
    for entrant in entrants:
        own = [job for one, job in jobs if one is entrant and not entrant.given]
        steps = sum(job["steps"] * (job["block"][1] - job["block"][0]) for job in own)
        seconds = playing.seconds(own)
        if steps:
            rows[entrant.label] = {"seconds": round(seconds, 3), "us_a_step": 1e6 * seconds / steps}
    return {
        "optiviz": "league times",
        "suite": record["suite"],
        "seconds": round(sum(row["seconds"] for row in rows.values()), 3),
        "rules": rows,
        "score_by_seconds": dict(scores_by_seconds(record, rows)),
    }


def scores_by_seconds(record: Record, rows: Mapping[str, Any]) -> Iterator[tuple[str, Record]]:
    """Of each family of races, in the first class: scores with times in seconds."""
    labels = record["rules"]
    if set(labels) - set(rows):
        return
    each = np.array([rows[label]["us_a_step"] for label in labels])[:, None]
    _, told = next(iter(record["classes"].items()))
    for name, family in told["families"].items():
        if family["kind"] == "value":
            continue
        times = filled(family["times"][0]) * each
        twins = None if family["twins"] is None else filled(family["twins"]) * each
        found = scores_of(times, twins, 200, record["seed"])
        yield name, {label: band_record(found.score[k]) for k, label in enumerate(labels)}
