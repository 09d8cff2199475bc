"""Jupyter display: scenes and comparisons as pages to play and touch, surfaces as maps, runs as tables.

Jupyter, VS Code and Colab ask a record for `_repr_mimebundle_`, which comes here by way of
`optiviz._lib.display`. Whatever takes too long, or fails, is left out; the text stays.
"""

import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.rendering.alttext import alt_text
from optiviz.rendering.encode import Film
from optiviz.rendering.encode.html import page_of_film
from optiviz.rendering.render import write
from optiviz.runs.summary import Summary, summary
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.given import objective_title, scene_of
from optiviz.scene.numbers import number
from optiviz.scene.play import play
from optiviz.scene.recorded_runs import unknown_rule
from optiviz.scene.recording import recordings
from optiviz.scene.scene import Run, Scene

TEXT, PICTURE, PAGE = "text/plain", "image/png", "text/html"
WIDTH, HEIGHT = 800, 600  # pixels that a picture may have
TALL = 660  # pixels of a page in its frame
MOST_BYTES = 4_000_000  # of a page, which a notebook keeps in its file
PATIENCE = 10.0  # seconds, for the runs of a scene
SPEED = 5e8  # multiplications a second, roughly
OVERHEAD = 5e-5  # seconds of a step, roughly

Bundle = dict[str, Any]
Pieces = Iterator[tuple[str, str]]  # (MIME type, content), the cheapest first


def bundle(part: Any, include: Any = None, exclude: Any = None) -> Bundle:
    """What is shown of a scene, a comparison or a surface: see `optiviz._lib.display.mime_bundle`."""
    words, draw = KINDS[type(part)]
    wanted = {TEXT, PICTURE, PAGE} & displayed()
    wanted = (wanted if include is None else wanted & set(include)) - set(exclude or ())
    found: Bundle = {TEXT: words(part)} if TEXT in wanted else {}
    if wanted - {TEXT}:
        try:
            for kind, content in draw(part, wanted):
                found |= {kind: content} if kind in wanted and content else {}
        except Exception as error:  # the text says it, and the notebook goes on
            reason = str(error).partition("\n")[0] or type(error).__name__
            found |= {TEXT: f"{found[TEXT]}\n(not drawn: {reason})"} if TEXT in found else {}
    return found


def displayed() -> set[str]:
    """The MIME types that whoever asks can display: in a terminal no more than text."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return {TEXT, PICTURE, PAGE} if shell is None else set(shell.display_formatter.active_types)


# ---- scenes


def scene_text(scene: Scene) -> str:
    """A scene in a few lines."""
    panels = ", ".join(panel.name for panel in scene.panels)
    runs = ", ".join(scene.runs) or "no runs"
    count = f"{scene.steps:,} steps" if scene.epochs is None else f"{scene.epochs:,} epochs"
    name = getattr(scene.objective, "name", "")
    return f"Scene {scene.title!r}: {runs}; {count}{f' on {name}' if name else ''}; {panels}"


def scene_pieces(scene: Scene, wanted: set[str]) -> Pieces:
    """The last frame of a scene as a picture, and its page to play and touch."""
    if work(scene) > PATIENCE:
        raise TimeoutError("its runs may take long; optiviz.render(scene, 'clip.gif') makes the clip")
    comparison = play(scene)
    film = Film(notebook_sized(scene), comparison)
    alt = alt_text(scene, comparison)
    picture = base64_film(film, "png")
    yield PICTURE, picture
    if PAGE in wanted:
        yield PAGE, framed_page(film, alt) or image(picture, film, alt)


def notebook_sized(scene: Scene) -> Scene:
    """A scene in the size of a notebook."""
    width, height = scene.size
    share = min(1.0, WIDTH / width, HEIGHT / height)
    return replace(scene, size=(max(120, round(share * width)), max(120, round(share * height))))


def work(scene: Scene) -> float:
    """The seconds that the runs of a scene take, roughly; enough to tell a few from a few hundred."""
    seconds = 0.0
    if scene.objective is None:
        return seconds
    for label, plan in recordings(scene).items():
        run = scene.runs[label]
        objective = run.objective(scene.objective)
        rows = batch_rows(objective) if run.batch_size is None else run.batch_size
        seconds += plan.steps * (OVERHEAD + 6 * rows * np.size(objective.start) / SPEED)
    return seconds


def batch_rows(objective: Any) -> int:
    """How many rows a whole gradient sees."""
    if isinstance(objective, Training):
        return len(objective.X)
    return len(objective.data.x) if isinstance(objective, Fit) else 1


# ---- comparisons


def comparison_text(comparison: Comparison) -> str:
    """Each run of a comparison on a line of its own."""
    rows = [
        (run.label, *(("", "") if run.path.ndim != 2 else (number(run.losses[-1], 6), ending_text(run))))
        for run in comparison.trajectories.values()
    ]
    wide = max((len(label) for label, _, _ in rows), default=0)
    lines = [f"  {label:{wide}}  {loss:>12}  {end}".rstrip() for label, loss, end in rows]
    return "\n".join([f"Comparison on {getattr(comparison.objective, 'name', 'an objective')}", *lines])


def ending_text(run: Any) -> str:
    """How a run, or its summary, ended."""
    return (
        f"{run.status}, {run.steps:,} steps" if run.stopped_at is None else f"diverged at {run.stopped_at:,}"
    )


def comparison_pieces(comparison: Comparison, wanted: set[str]) -> Pieces:
    """The last frame of a comparison, and its page with its table below."""
    for run in comparison.trajectories.values():
        if run.path.ndim != 2:
            raise BadInput(f"run '{run.label}' is {run.path.shape[2]:,} runs side by side")
    scene = scene_of(comparison)
    film = Film(notebook_sized(scene), comparison)
    picture = base64_film(film, "png")
    yield PICTURE, picture
    if PAGE in wanted:
        alt = alt_text(scene, comparison)
        shown = framed_page(film, alt) or image(picture, film, alt)
        yield PAGE, shown + summary_html(summary(comparison))


def summary_html(rows: list[Summary]) -> str:
    """Runs as a table of a page."""
    heads = ("run", "final loss", "best loss", "from minimum", "end")
    cells = [
        (row.label, number(row.final_loss, 6), number(row.best_loss, 6),
         "" if row.distance is None else number(row.distance, 4), ending_text(row))
        for row in rows
    ]  # fmt: skip
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


# ---- trajectories


def trajectory_pieces(run: Trajectory, wanted: set[str]) -> Pieces:
    """The first and the last rows of a run as a table; of runs side by side the line alone."""
    if run.path.ndim != 2:
        yield PAGE, f"<p>{escape(repr(run))}</p>"
        return
    rows = sorted({*range(min(3, len(run.at))), *range(max(len(run.at) - 3, 0), len(run.at))})
    shown = min(run.path.shape[1], 4)
    head = "".join(f"<th>{name}</th>" for name in ("step", *(f"theta[{k}]" for k in range(shown)), "loss"))
    cells = [
        (f"{run.at[k]:,}", *(number(x, 4) for x in run.path[k, :shown]), number(run.losses[k], 6))
        for k in rows
    ]
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    yield PAGE, f"<p>{escape(repr(run))}</p>{table}"


# ---- surfaces


def surface_text(surface: Surface) -> str:
    """A surface in a line or two."""
    (x0, x1), (y0, y1) = surface.xlim, surface.ylim
    window = f"x from {x0:g} to {x1:g}, y from {y0:g} to {y1:g}"
    formula = f"f = {surface.formula}; " if surface.formula else ""
    start = ", ".join(f"{x:g}" for x in surface.start)
    return f"Surface {surface.name}: {formula}{window}; start ({start})"


def surface_pieces(surface: Surface, wanted: set[str]) -> Pieces:
    """The map of a surface, with its start and its minima."""
    panels: Any = ("landscape",)
    scene = Scene(surface, {"start": Run(unknown_rule)}, panels, objective_title(surface), steps=1)
    film = Film(replace(scene, size=(WIDTH, HEIGHT)), play(scene))
    film = replace(film, drawn=film.moments[:1])
    picture = base64_film(film, "png")
    yield PICTURE, picture
    told = surface_text(surface)
    yield PAGE, f"{image(picture, film, told)}<p>{escape(told)}</p>"


# ---- pictures and pages


def framed_page(film: Film, title: str) -> str:
    """The page of a film in a frame that reaches nothing around it; "" where it would be too large."""
    text = page_of_film(film)
    if len(text.encode()) > MOST_BYTES:
        return ""
    return (
        f'<iframe sandbox="allow-scripts" srcdoc="{escape(text)}" title="{escape(title)}" '
        f'width="100%" height="{TALL}" style="border: 0" allowfullscreen></iframe>'
    )


def base64_film(film: Film, kind: str) -> str:
    """A picture in base64."""
    with TemporaryDirectory() as folder:
        file = Path(folder, f"still.{kind}")
        write(film, [file], processes=1)  # a notebook has threads, and must not fork
        return b64encode(file.read_bytes()).decode("ascii")


def image(data: str, film: Film, alt: str) -> str:
    """A PNG inside a page."""
    width, height = film.scene.size
    fit = "max-width: 100%; height: auto"
    return (
        f'<img width="{width}" height="{height}" style="{fit}" alt="{escape(alt)}" '
        f'src="data:image/png;base64,{data}">'
    )


KINDS: Mapping[type, tuple[Callable[[Any], str], Callable[[Any, set[str]], Pieces]]] = MappingProxyType(
    {
        Scene: (scene_text, scene_pieces),
        Comparison: (comparison_text, comparison_pieces),
        Surface: (surface_text, surface_pieces),
        Trajectory: (repr, trajectory_pieces),
    }
)
