"""The record of a league: times, tuned values, scores with bands; JSON values without a clock or a host."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.analysis.tuning import Trials
from optiviz.league.jobs import Job
from optiviz.league.play import (
    Contest,
    Entrant,
    Key,
    Playing,
    Scored,
    contests_of,
    entrants_of,
    score_all,
    tune_all,
)
from optiviz.league.scores import RESAMPLES, Band, bands_of, rank_probabilities, scores_of
from optiviz.league.suite import Suite

FORMAT = 1
Record = dict[str, Any]


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
    everything: list[Contest] = []
    groups = {}
    for label, family in suite.families.items():
        found = contests_of(suite, family)
        groups[label] = dict(enumerate(found, start=len(everything)))
        everything += found
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
                    for label, group in groups.items()
                },
            }
            for name, kind in suite.classes.items()
        },
    }
    return record, times_record(playing, entrants, [*tried, *played], record)


def family_record(
    suite: Suite,
    name: str,
    group: Mapping[int, Contest],
    entrants: Sequence[Entrant],
    trials: Mapping[Key, Trials],
    scored: Mapping[Key, Scored],
    resamples: int,
) -> Record:
    """A family in a class: times, what was tuned to what, scores with their bands."""
    family = next(iter(group.values())).family
    numbers = list(group)
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
        "problems": [contest.label for contest in group.values()],
        "targets": [*family.targets],
        "turned": family.turned,
        "times": jsonable(np.moveaxis(arrivals, 2, 0)),
        "twins": None if twins is None else jsonable(twins[:, :, 0]),
        "untuned": jsonable(plain),
        "tuned": table(lambda label, n: tuned_record(trials[name, label, n])),
    }
    if family.kind == "value":
        gone = np.array(
            [[share_gone(c, scored[name, label, n].last) for label in labels] for n, c in group.items()]
        )
        record["gone"] = jsonable(gone)
        record["scores"] = value_scores(gone, labels, resamples, suite.seed)
        return record
    record["scores"] = race_scores(arrivals, twins, 0, labels, resamples, suite.seed)
    record["at_targets"] = [
        race_scores(arrivals, twins, t, labels, resamples, suite.seed) for t in range(len(family.targets))
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
    """Mean shares of the drop that are gone, of (problems, rules, starts), with bands over all but rules."""
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


def share_gone(contest: Contest, last: Array) -> Array:
    """Shares (K,) of the drop from the fresh starts to the least loss that are gone at the end, 0 to 1."""
    begin = contest.objective.value(np.array(contest.scored_on["starts"]).T)
    with np.errstate(invalid="ignore"):
        gone = (begin - last) / (begin - contest.lowest)
    return np.asarray(np.clip(np.nan_to_num(gone, nan=0.0, neginf=0.0), 0.0, 1.0))


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


def filled(values: Any) -> Array:
    """What `jsonable` wrote, as an array; inf for null."""
    numbers = np.array(values, dtype=float)  # None is nan
    return np.where(np.isnan(numbers), np.inf, numbers)


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
