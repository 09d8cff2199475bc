"""The report of a league: one offline page with leaderboards, figures and heat maps, and files of each."""

import base64
import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

import numpy as np

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz.league.figures import Chart, View, charts_of, record_views, shares_that_work
from optiviz.league.record import filled
from optiviz.league.scores import performance_ratios
from optiviz.scene.numbers import number

MARK = '<meta name="generator" content="optiviz league">'  # by this a page is known as ours
PAGE, RECORD, TIMES, FIGURES, CLIPS = "index.html", "league.json", "times.json", "figures", "clips"

Told = Callable[[int, int], None]


def write_report(record: Mapping[str, Any], folder: Path, progress: Told = lambda done, total: None) -> Path:
    """Write page, figures and record of a league into a folder; what is the same already is not drawn again.

    Parameters
    ----------
    record : dict
        As `play_suite` gives it.
    folder : Path
    progress : callable, optional
        Is told (figures done, figures in all).

    Raises
    ------
    BadInput
        When the folder has a page that is somebody else's.
    """
    page = folder / PAGE
    if page.exists() and MARK not in page.read_text(encoding="utf-8", errors="replace")[:1000]:
        raise BadInput(f"{page}: is not a page of a league, and stays as it is; name another folder")
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    kinds = list(record["classes"])
    charts = {(v.kind, v.name): list(charts_of(v, v.kind == kinds[0])) for v in record_views(record)}
    every = [chart for group in charts.values() for chart in group]
    signs = {chart.name: chart_sign(chart) for chart in every}
    known = read_signs(folder)
    for k, chart in enumerate(every):
        if known.get(chart.name) != signs[chart.name] or not all(
            f.is_file() for f in chart_files(folder, chart)
        ):
            write_chart(folder, chart)
        progress(k + 1, len(every))
    write_text(folder / FIGURES / "signs.json", json.dumps(signs, indent=1) + "\n")
    write_text(folder / RECORD, record_text(record))
    write_text(page, page_text(record, charts, folder))
    return page


def record_text(record: Mapping[str, Any]) -> str:
    """The JSON of a record, one value of each table a line, so that two of them can be compared by eye."""
    return (
        json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace(
            '"problems":', '\n"problems":'
        )
        + "\n"
    )


def write_text(file: Path, text: str) -> None:
    """Write a text whole, or not at all."""
    with replacing(file) as place:
        place.write_text(text, encoding="utf-8", newline="\n")


# ---- figures


def chart_files(folder: Path, chart: Chart) -> list[Path]:
    """The files of a figure: on light and dark ground, as pixels, as numbers."""
    names = (f"{chart.name}.svg", f"{chart.name}-dark.svg", f"{chart.name}.png", f"{chart.name}.csv")
    return [folder / FIGURES / name for name in names]


def chart_sign(chart: Chart) -> str:
    """What stands for all that a figure shows, and for the code that draws it."""
    from optiviz.scenefile.build_cache import made_with

    told = [made_with()["optiviz"], made_with()["matplotlib"], chart.title, chart.head, *chart.rows]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def read_signs(folder: Path) -> dict[str, str]:
    """Those of the figures that are there."""
    try:
        known = json.loads((folder / FIGURES / "signs.json").read_text(encoding="utf-8"))
        return {str(name): str(sign) for name, sign in known.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def write_chart(folder: Path, chart: Chart) -> None:
    """Draw a figure in both themes, and write its numbers."""
    from optiviz.rendering.charts import write_figure

    light, dark, pixels, table = chart_files(folder, chart)
    figure = chart.draw("light")
    for file, drawn in ((light, figure), (pixels, figure), (dark, chart.draw("dark"))):
        with replacing(file) as place:
            write_figure(drawn, place)
    with replacing(table) as place, open(place, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(chart.head)
        writer.writerows([plain_cell(cell) for cell in row] for row in chart.rows)


def plain_cell(value: Any) -> Any:
    """A number for a spreadsheet; empty for a miss."""
    if isinstance(value, float | np.floating):
        return repr(float(value)) if np.isfinite(value) else ""
    return value


# ---- the page


def page_text(
    record: Mapping[str, Any], charts: Mapping[tuple[str, str], Sequence[Chart]], folder: Path
) -> str:
    """The page: nothing is loaded from elsewhere, and what comes from a suite is escaped."""
    style, script = part_of_page("page.css"), part_of_page("page.js")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shown = list(record_views(record))
    return Template(part_of_page("page.html")).substitute(
        mark=MARK,
        policy="default-src 'none'; img-src * data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'",
        title=escape(record["title"]),
        style=style,
        script=script,
        protocol=escape(protocol(record)),
        nav="\n".join(f'<a href="#{place(view)}">{escape(heading(view))}</a>' for view in shown),
        sections="".join(section(view, charts[view.kind, view.name], folder) for view in shown),
        suite=escape(record["suite"]),
        seed=record["seed"],
        digest=record["digest"],
    )


def protocol(record: Mapping[str, Any]) -> str:
    """How rules are tuned and scored, in words."""
    budgets = "; ".join(
        f"{kind}: {told['budget']} trials" + " of two settings" * bool(told["second"])
        for kind, told in record["classes"].items()
    )
    return (
        f"{len(record['rules'])} rules, each tuned with the same budget ({budgets}) on {record['starts']} "
        f"starts and scored on {record['fresh']} fresh ones, {record['steps']} steps each. Bands are 95 %, "
        f"over problems and starts drawn anew."
    )


def place(view: View) -> str:
    """Where a section is on the page."""
    return quote(view.stem)


def heading(view: View) -> str:
    """The title of a section."""
    many = len(view.record["classes"]) > 1
    return f"{view.name}, {view.kind} tuned" if many else view.name


def section(view: View, charts: Sequence[Chart], folder: Path) -> str:
    """A family in a class: leaderboard, heat map, figures."""
    parts = [
        f'<section aria-labelledby="{place(view)}">\n<h2 id="{place(view)}">{escape(heading(view))}</h2>\n'
    ]
    parts.append(leaderboard(view))
    if view.family["kind"] != "value":
        parts.append(heat_table(view, folder))
    parts.append('<div class="wall">\n')
    parts += [figure_html(folder, chart) for chart in charts]
    parts.append("</div>\n</section>\n")
    return "".join(parts)


WHAT = {
    "race": "Score: the area below the profile, over log2 of the ratio up to 64; 1 is the quickest on all.",
    "escape": "Score: the area below the profile of escape times, over the logarithm of the ratio up to 64.",
    "value": "Score: mean share of the drop to the lowest minimum that is gone after the last step.",
}


def leaderboard(view: View) -> str:
    """Ranks with their bands, scores with theirs."""
    rows = view.family["scores"]["rows"]
    race = view.family["kind"] != "value"
    budget = view.record["classes"][view.kind]["budget"]
    works = shares_that_work(view) if race else {}
    solved = dict(zip(view.labels, np.isfinite(view.medians()).sum(axis=0), strict=True)) if race else {}
    heads = ["rule", "rank", "score", "", "95 %"]
    if race:
        heads += ["solved", f"of {budget} trials work", "AlgoPerf's score", "by its 100 points"]
        heads += [f"score at {share:g}" for share in view.family["targets"][1:]]
    head = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = ["".join(leader_cells(view, row, works, solved, budget)) for row in rows]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<div class="wide"><p>{WHAT[view.family["kind"]]}</p>\n<table class="board">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n"
    )


def leader_cells(
    view: View, row: Mapping[str, Any], works: Mapping[str, Any], solved: Mapping[str, Any], budget: int
) -> Iterator[str]:
    """The cells of a rule."""
    label, score = row["rule"], row["score"]
    best, worst = rank_band(row["ranks"])
    yield f'<th scope="row">{escape(label)}</th>'
    yield f"<td>{best}</td>" if best == worst else f"<td>{best} to {worst}</td>"
    yield f"<td>{score['value']:.3f}</td>"
    low, high, at = (100 * min(max(score[key], 0.0), 1.0) for key in ("low", "high", "value"))
    bar = f'<i style="left:{low:.1f}%;width:{high - low:.1f}%"></i><b style="left:{at:.1f}%"></b>'
    yield f'<td><span class="bar" aria-hidden="true">{bar}</span></td>'
    yield f'<td class="band">{score["low"]:.3f} to {score["high"]:.3f}</td>'
    if view.family["kind"] == "value":
        return
    yield f"<td>{int(solved[label])} of {len(view.family['problems'])}</td>"
    if label in works:
        band = works[label]
        inside = f"{budget * band.low:.1f} to {budget * band.high:.1f}"
        yield f'<td>{budget * band.value:.1f} <span class="band">{inside}</span></td>'
    else:
        yield "<td>not tuned</td>"
    yield banded(row["algoperf"])
    yield f"<td>{row['algoperf_100_points']:.3f}</td>"
    for told in view.family["at_targets"][1:]:
        yield banded(next(other["score"] for other in told["rows"] if other["rule"] == label))


def banded(score: Mapping[str, float]) -> str:
    """The cell of a number with its band."""
    band = f"{score['low']:.2f} to {score['high']:.2f}"
    return f'<td>{score["value"]:.3f} <span class="band">{band}</span></td>'


def rank_band(ranks: Sequence[float]) -> tuple[int, int]:
    """The ranks that hold 95 % of the probability, its two ends cut off.

    >>> rank_band([0.6, 0.38, 0.02])
    (1, 2)
    """
    upto = np.cumsum(ranks)
    return int(np.argmax(upto > 0.025)) + 1, int(np.argmax(upto >= 0.975 - 1e-12)) + 1


def heat_table(view: View, folder: Path) -> str:
    """Rules on problems: ratios to the quickest; a cell tells what it is made of, and shows the clip."""
    ratios, middle = performance_ratios(view.medians()), np.median(view.times, axis=2)
    about = f"about-{place(view)}"
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in view.labels)
    lines = []
    for p, problem in enumerate(view.family["problems"]):
        clip = f"{CLIPS}/{problem}.gif"
        shown = quote(clip) if (folder / clip).is_file() else ""
        command = f"optiviz league {view.record['suite']} --clip {problem}"
        cells = "".join(heat_cell(view, p, k, ratios[p, k], middle[p, k]) for k in range(len(view.labels)))
        lines.append(
            f'<tr data-clip="{escape(shown)}" data-command="{escape(command)}">'
            f'<th scope="row">{escape(problem.replace("_", " "))}</th>{cells}</tr>'
        )
    body = "\n".join(lines)
    return (
        '<div class="wide" style="margin-top:0.9rem"><h3>Times the steps of the quickest</h3>\n'
        f'<table class="heat" data-about="{about}">\n<thead><tr><td></td>{head}</tr></thead>\n<tbody>\n'
        f'{body}\n</tbody>\n</table>\n<div class="about-cell" id="{about}" role="status">'
        "<p>Choose a cell: what the rule was tuned to, and the clip.</p></div></div>\n"
    )


def heat_cell(view: View, p: int, k: int, ratio: float, middle: float) -> str:
    """One rule on one problem."""
    words = escape(cell_words(view, p, k, ratio, middle))
    if not np.isfinite(ratio):
        return f'<td class="missed"><button type="button" title="{words}">×</button></td>'
    strength = max(0.0, 1.0 - np.log2(ratio) / 6)
    shade = f"background:rgba(var(--quick),{0.85 * strength:.2f})"
    return f'<td style="{shade}"><button type="button" title="{words}">{ratio:.3g}</button></td>'


def cell_words(view: View, p: int, k: int, ratio: float, middle: float) -> str:
    """What a cell is made of."""
    told, times = view.family["tuned"][p][k], view.times[p, k]
    met = times[np.isfinite(times)]
    said = [f"{view.labels[k]} on {view.family['problems'][p].replace('_', ' ')}:"]
    if np.isfinite(middle):
        said.append(f"{number(middle, 4)} steps ({met.min():g} to {times.max():g})".replace("inf", "never"))
    else:
        said.append(f"missed from {int(np.isinf(times).sum())} of {len(times)} starts")
    twins = view.twins
    if np.isfinite(middle) and not np.isfinite(ratio) and twins is not None:
        said.append("but missed on the turned twin")
    if told["settings"]:
        chosen = ", ".join(f"{name} {number(value, 3)}" for name, value in told["settings"].items())
        said.append(f"- tuned to {chosen}{'*, the edge of the range' if told['edge'] else ''};")
        said.append(f"{told['works']} of {len(told['steps'])} trials work")
    plain = np.median(filled(view.family["untuned"][p][k]))
    said.append(f"; untuned {f'{plain:g} steps' if np.isfinite(plain) else 'missed'}")
    return " ".join(said).replace(" ;", ";")


def figure_html(folder: Path, chart: Chart) -> str:
    """A figure on the page, on light and on dark ground, with its files."""
    light, dark, pixels, table = chart_files(folder, chart)
    links = " ".join(
        f'<a href="{FIGURES}/{quote(file.name)}">{file.suffix[1:].upper()}</a>'
        for file in (light, pixels, table)
    )
    return (
        f"<figure><h3>{escape(chart.title)}</h3>\n<picture>"
        f'<source media="(prefers-color-scheme: dark)" srcset="{FIGURES}/{quote(dark.name)}">'
        f'<img alt="{escape(chart.about)}" src="{FIGURES}/{quote(light.name)}" loading="lazy"></picture>\n'
        f'<figcaption>{escape(chart.about)}</figcaption>\n<p class="files">{links}</p></figure>\n'
    )


def part_of_page(name: str) -> str:
    """A file that comes with this package."""
    return files("optiviz.league").joinpath(name).read_text(encoding="utf-8")
