"""The figures of a league's report: what each is made of, and its numbers as rows of a CSV file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.league.record import filled
from optiviz.league.scores import (
    RESAMPLES,
    SLOWEST,
    SLOWEST_OF_ALGOPERF,
    Band,
    bootstrap,
    percentile_interval,
    performance_profile,
    performance_ratios,
    resampled_medians,
    runtime_ecdf,
    void_by_twins,
)

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Chart:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Of its files.
    title, about : str
        Over it, and below: what is to be seen, in one or two sentences.
    draw : callable
        theme -> matplotlib figure.
    head, rows : sequence
        Its numbers, as a table.
    """

    name: str
    title: str
    about: str
    draw: Callable[[str], Any]
    head: Sequence[str]
    rows: Rows


@dataclass(frozen=True, eq=False)
class View:
    """A family in a class, as arrays: `times` and `twins` (problems, rules, starts), inf for a miss."""

    kind: str
    name: str
    record: Mapping[str, Any]
    family: Mapping[str, Any]

    @property
    def labels(self) -> list[str]:
        return list(self.record["rules"])

    @property
    def stem(self) -> str:
        """For names of files."""
        return f"{self.kind} {self.name}".replace(" ", "-")

    @property
    def times(self) -> Array:
        return filled(self.family["times"][0])

    @property
    def twins(self) -> Array | None:
        return None if self.family["twins"] is None else filled(self.family["twins"])

    def medians(self, slowest: float = SLOWEST) -> Array:
        """(problems, rules) the time of each problem, missed where its twin is."""
        middle = np.median(self.times, axis=2)
        twins = self.twins
        return middle if twins is None else void_by_twins(middle, np.median(twins, axis=2), slowest)


def record_views(record: Mapping[str, Any]) -> Iterator[View]:
    """All classes and families of a record."""
    for kind, told in record["classes"].items():
        for name, family in told["families"].items():
            yield View(kind, name, record, family)


def charts_of(view: View, first: bool) -> Iterator[Chart]:
    """The figures of a family; the first class has all of them."""
    yield ranks_chart(view)
    if view.family["kind"] == "value":
        yield gone_chart(view)
        return
    yield profile_chart(view)
    yield works_chart(view)
    if first:
        yield heat_chart(view)
        yield sensitivity_chart(view)
        yield algoperf_chart(view)
        yield ecdf_chart(view)
        yield untuned_chart(view)


def profile_chart(view: View) -> Chart:
    """Dolan and More's performance profile, in log2 of the ratio up to 64, with bands."""
    tau = 2.0 ** np.linspace(0, 6, 97)
    lines = dict(zip(view.labels, performance_profile(view.medians(), tau), strict=True))
    times, twins = view.times, view.twins
    variants = np.stack([times, times if twins is None else twins])
    drawn, _ = resampled_medians(variants, 200, np.random.default_rng(view.record["seed"]))
    profiles = np.array(
        [performance_profile(void_by_twins(a, b, SLOWEST), tau) for a, b in zip(*drawn, strict=True)]
    )
    low, high = percentile_interval(profiles)
    best = [row["rule"] for row in view.family["scores"]["rows"][:2]]
    bands = {label: (low[k], high[k]) for k, label in enumerate(view.labels) if label in best}

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import curves

        words = ("times as many steps as the quickest rule needs", "share of the problems")
        return curves(tau, lines, bands=bands, words=words, log=2, theme=theme)

    rows = [
        [label, t, lines[label][i], low[k, i], high[k, i]]
        for k, label in enumerate(view.labels)
        for i, t in enumerate(tau)
    ]
    return Chart(
        f"profile-{view.stem}",
        "Who is how near to the quickest?",
        "Share of the problems that a rule solves within so many times the steps of the quickest one. The "
        "area below is the score. Shaded: 95 % bands of the two best, over problems and starts.",
        draw,
        ["rule", "ratio", "share", "low", "high"],
        rows,
    )


def algoperf_chart(view: View) -> Chart:
    """AlgoPerf's profile, up to 4 times the quickest."""
    tau = np.linspace(1, SLOWEST_OF_ALGOPERF, 100)
    lines = dict(zip(view.labels, performance_profile(view.medians(SLOWEST_OF_ALGOPERF), tau), strict=True))

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import curves

        return curves(
            tau, lines, words=("times the steps of the quickest", "share of the problems"), theme=theme
        )

    return Chart(
        f"algoperf-{view.stem}",
        "The same by AlgoPerf's rules",
        "Only what is within 4 times the quickest counts, and ratios are not in their logarithm.",
        draw,
        ["rule", "ratio", "share"],
        [[label, t, v] for label, values in lines.items() for t, v in zip(tau, values, strict=True)],
    )


def ecdf_chart(view: View) -> Chart:
    """COCO's runtime distribution over all runs and targets."""
    steps = np.unique(np.geomspace(1, view.record["steps"], 80).round())
    arrivals = filled(view.family["times"])  # (T, problems, rules, starts)
    lines = {label: runtime_ecdf(arrivals[:, :, k], steps) for k, label in enumerate(view.labels)}
    targets = ", ".join(f"{share:g}" for share in sorted(view.family["targets"], reverse=True))

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import curves

        return curves(steps, lines, words=("gradients", "share of runs and targets"), log=10, theme=theme)

    return Chart(
        f"ecdf-{view.stem}",
        "What is met by when?",
        f"Share of all pairs of a run and a target (of the drop are left: {targets}) that are met for good.",
        draw,
        ["rule", "gradients", "share"],
        [[label, t, v] for label, values in lines.items() for t, v in zip(steps, values, strict=True)],
    )


def heat_chart(view: View) -> Chart:
    """Ratios to the quickest of every rule on every problem."""
    ratios = performance_ratios(view.medians())

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import ratio_map

        words = "times the steps of the quickest"
        return ratio_map(ratios, view.family["problems"], view.labels, words=words, theme=theme)

    return Chart(
        f"heat-{view.stem}",
        "Who is quick where?",
        "Dark: as quick as the quickest. A cross: missed, on the surface or on its turned twin.",
        draw,
        ["problem", "rule", "ratio"],
        [
            [problem, label, ratios[p, k]]
            for p, problem in enumerate(view.family["problems"])
            for k, label in enumerate(view.labels)
        ],
    )


def tunable(view: View) -> list[str]:
    """The rules that have a rate."""
    first = view.family["tuned"][0]
    return [label for label, one in zip(view.labels, first, strict=True) if one["tried"]]


def sensitivity_chart(view: View) -> Chart:
    """Steps to the target over the rate, a curve for each problem."""
    lines: dict[str, list[tuple[Array, Array]]] = {}
    shares: dict[str, tuple[Array, Array]] = {}
    rows = []
    for label in tunable(view):
        k = view.labels.index(label)
        group = []
        for problem, told in zip(view.family["problems"], view.family["tuned"], strict=True):
            rates = np.array(told[k]["tried"]["learning_rate"])
            steps = filled(told[k]["steps"])
            order = np.argsort(rates)
            # in multiples of the grid's middle: the same place is the same rate in natural units
            units = rates[order] / np.sqrt(rates.min() * rates.max())
            group.append((units, np.where(np.isfinite(steps[order]), steps[order], np.nan)))
            rows += [[label, problem, r, s] for r, s in zip(rates[order], steps[order], strict=True)]
        lines[label] = group
        middle = group[0][0]
        shares[label] = middle, np.mean([np.isfinite(steps) for _, steps in group], axis=0)

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import small_multiples

        words = ("learning rate, in multiples of the middle of its four decades", "steps to the target")
        return small_multiples(lines, shares, words=words, theme=theme)

    return Chart(
        f"rates-{view.stem}",
        "How much does the rate matter?",
        "Steps from the median start for each rate, a line for each problem. Shaded: the share of the "
        "problems on which a rate works.",
        draw,
        ["rule", "problem", "rate", "steps"],
        rows,
    )


def shares_that_work(view: View) -> dict[str, Band]:
    """By rule, the most first: the share of its trials that work, with its band over problems."""
    found = {}
    for label in tunable(view):
        k = view.labels.index(label)
        counts = [told[k]["works"] / len(told[k]["steps"]) for told in view.family["tuned"]]
        found[label] = bootstrap(counts, np.mean, RESAMPLES, view.record["seed"])
    return dict(sorted(found.items(), key=lambda item: -item[1].value))


def works_chart(view: View) -> Chart:
    """How many of the rates that were tried work."""
    budget = view.record["classes"][view.kind]["budget"]
    found = shares_that_work(view)
    rows = {label: (budget * b.value, budget * b.low, budget * b.high) for label, b in found.items()}

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import intervals

        return intervals(rows, words=f"of {budget} trials so many work", high=budget, theme=theme)

    return Chart(
        f"works-{view.stem}",
        f"How many of {budget} trials work?",
        "Mean over the problems of the trials that reach the target from the median start, with its 95 % "
        "band. A rule that is not tuned has this share of luck.",
        draw,
        ["rule", "trials", "low", "high"],
        [[label, *band] for label, band in rows.items()],
    )


def untuned_chart(view: View) -> Chart:
    """Steps of the rules as they come against tuned."""
    plain = np.median(filled(view.family["untuned"]), axis=2)
    tuned = np.median(view.times, axis=2)
    points = {}
    for k, label in enumerate(view.labels):
        both = np.isfinite(plain[:, k]) & np.isfinite(tuned[:, k])
        points[label] = plain[both, k], tuned[both, k]
    lost = int((~np.isfinite(plain) & np.isfinite(tuned)).sum())
    won = int(np.isfinite(tuned).sum())

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import against

        words = ("steps with the rate that the rule comes with", "steps tuned")
        return against(points, words=words, theme=theme)

    return Chart(
        f"untuned-{view.stem}",
        "What does tuning bring?",
        f"Each point is a rule on a problem; below the line tuning is quicker. Of {won} pairs that are "
        f"solved when tuned, {lost} are not with the rate that the rule comes with, and so have no point.",
        draw,
        ["problem", "rule", "untuned", "tuned"],
        [
            [problem, label, plain[p, k], tuned[p, k]]
            for p, problem in enumerate(view.family["problems"])
            for k, label in enumerate(view.labels)
        ],
    )


def ranks_chart(view: View) -> Chart:
    """Probability of each rank."""
    ranks = {row["rule"]: np.array(row["ranks"]) for row in view.family["scores"]["rows"]}
    return Chart(
        f"ranks-{view.stem}",
        "How sure is the order?",
        "Probability of each rank, had problems and starts been drawn anew.",
        partial(draw_ranks, ranks),
        ["rule", "rank", "probability"],
        [[label, k + 1, p] for label, chances in ranks.items() for k, p in enumerate(chances)],
    )


def draw_ranks(ranks: Mapping[str, Array], theme: str) -> Any:
    """The chart of `ranks_chart`."""
    from optiviz.rendering.charts import rank_bars

    return rank_bars(ranks, words="probability of each rank", theme=theme)


def gone_chart(view: View) -> Chart:
    """Shares of the drop that are gone at the end."""
    rows = {
        row["rule"]: (row["score"]["value"], row["score"]["low"], row["score"]["high"])
        for row in view.family["scores"]["rows"]
    }

    def draw(theme: str) -> Any:
        from optiviz.rendering.charts import intervals

        return intervals(rows, words="share of the drop that is gone", high=1.0, theme=theme)

    return Chart(
        f"gone-{view.stem}",
        "How low does it end?",
        "Mean share of the drop from the start to the lowest minimum that is gone after the last step.",
        draw,
        ["rule", "share", "low", "high"],
        [[label, *band] for label, band in rows.items()],
    )
