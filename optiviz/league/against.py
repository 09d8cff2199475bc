"""Two records of a league compared: which scores changed beyond chance."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.league.record import FORMAT, filled
from optiviz.league.scores import RESAMPLES, Band, percentile_interval, scores_of

MAX_RECORD_FILE = 64 * 2**20  # bytes


@dataclass(frozen=True)
class ScoreChange:
    """The score of a rule in a family, before and now, and the difference with its band of 95 %.

    It is beyond chance where the band lies on one side of 0.
    """

    kind: str
    family: str
    rule: str
    before: float
    now: float
    by: Band

    @property
    def beyond_chance(self) -> bool:
        """Whether no difference at all would be a surprise."""
        return self.by.low > 0 or self.by.high < 0


def read_record(path: str | Path) -> dict[str, Any]:
    """The record in the JSON file of a league.

    Raises
    ------
    BadInput
        When it is none.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_RECORD_FILE + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    try:
        if len(raw) > MAX_RECORD_FILE:
            raise ValueError
        record = json.loads(raw)
        if record["optiviz"] != "league" or record["format"] != FORMAT:
            raise ValueError
        for told in record["classes"].values():
            for family in told["families"].values():
                if family["kind"] != "value" and filled(family["times"]).ndim != 4:
                    raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(f"{path}: is no record of a league of this version, such as league.json") from None
    return dict(record)


def score_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ScoreChange]:
    """Every rule, class and family that both records have, on the problems that both have.

    Problems and starts are drawn anew together in both, so that their luck cancels.
    """
    rules = [rule for rule in new["rules"] if rule in old["rules"]]
    for kind, told in new["classes"].items():
        for name, family in told["families"].items():
            other = old["classes"].get(kind, {}).get("families", {}).get(name)
            if other is None or family["kind"] == "value" or other["kind"] != family["kind"] or not rules:
                continue
            problems = [one for one in family["problems"] if one in other["problems"]]
            if not problems:
                continue
            now = draws_of(new, family, problems, rules)
            then = draws_of(old, other, problems, rules)
            if now[1].shape != then[1].shape:
                continue
            low, high = percentile_interval(now[1] - then[1])
            for k, rule in enumerate(rules):
                by = Band(float(now[0][k] - then[0][k]), float(low[k]), float(high[k]))
                yield ScoreChange(kind, name, rule, float(then[0][k]), float(now[0][k]), by)


def draws_of(
    record: Mapping[str, Any], family: Mapping[str, Any], problems: list[str], rules: list[str]
) -> tuple[Array, Array]:
    """Scores (rules,) and their draws (R, rules), among these problems and rules alone."""
    rows = [family["problems"].index(one) for one in problems]
    columns = [record["rules"].index(rule) for rule in rules]
    times = filled(family["times"][0])[np.ix_(rows, columns)]
    twins = None if family["twins"] is None else filled(family["twins"])[np.ix_(rows, columns)]
    found = scores_of(times, twins, RESAMPLES, 0)
    return np.array([band.value for band in found.score]), found.draws
