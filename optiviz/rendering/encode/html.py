"""HTML: a scene as one offline page to play, scrub and touch; see `optiviz.web` for what runs in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from optiviz.rendering.alttext import alt_text
from optiviz.rendering.encode.base import Film, Take
from optiviz.rendering.encode.html_panels import landmark_record, levels_of, panels_of_page, poster_of
from optiviz.rendering.encode.html_runs import Course, course_of_film, runs_of_page, spare_looks
from optiviz.rendering.encode.html_words import (
    asked,
    captions_of,
    clock_of,
    goal_record,
    marks_of_page,
    parts_of_text,
    results_table,
)
from optiviz.rendering.typeface import font_file
from optiviz.scene.scene import counter
from optiviz.scene.script import script, time_of
from optiviz.web.page import explorer_page


@contextmanager
def html(file: Path, film: Film) -> Iterator[Take]:
    """One offline page to play, scrub and touch; runs are computed in it where rules and problem allow."""
    yield lambda k, pixels: None
    file.write_text(page_of_film(film), encoding="utf-8", newline="\n")


def page_of_film(film: Film, explore: bool = False) -> str:
    """The text of the page of a film: everything it needs is inside.

    With `explore` it opens with everything free to change, and carries all surfaces.
    """
    course = course_of_film(film, explore)
    comparison = film.comparison.at_positions
    return explorer_page(
        page_payload(film, course) | ({"explore": True} if explore else {}),
        programs=course.programs,
        fonts={weight: font_bytes(weight) for weight in (400, 700)},
        results=results_table(film.scene, comparison) if film.scene.runs else (),
    )


@cache
def font_bytes(weight: int) -> bytes:
    """The file of the typeface in a weight, 400 or 700."""
    return Path(font_file(bold=weight > 400)).read_bytes()


def page_payload(film: Film, course: Course | None = None) -> dict[str, Any]:
    """What a page is told of a scene, as JSON has it; `optiviz/web/js/scene_types.js` says what each is.

    Examples
    --------
    >>> from optiviz.scene.play import play
    >>> from optiviz.scene.scene import Scene
    >>> scene = Scene("booth", {"GD": "gd"}, ["landscape"], steps=4, seconds=1)
    >>> told = page_payload(Film(scene, play(scene)))
    >>> told["steps"], told["problem"]["name"], [run["rule"] for run in told["runs"]], len(told["clock"])
    (4, 'booth', ['gd'], 20)
    """
    scene, comparison = film.scene, film.comparison.at_positions
    course = course or course_of_film(film)
    lines = script(scene, comparison)
    unit, per_unit = counter(scene)
    clock = clock_of(scene, comparison)
    panels = panels_of_page(film, course)
    return {
        "title": scene.title or (next(iter(scene.runs)) if len(scene.runs) == 1 else ""),
        **({"author": scene.author} if scene.author else {}),
        "notes": scene.notes.strip(),
        "name": film.name,
        "theme": scene.on if scene.theme == "transparent" else scene.theme,
        "unit": unit,
        "perUnit": per_unit,
        "steps": scene.steps,
        "seed": scene.seed,
        "clock": clock,
        "captions": captions_of(scene, lines, clock),
        "verdict": next((parts_of_text(scene, line.text) for line in lines if line.verdict), None),
        "ask": asked(lines),
        **goal_record(scene),
        "pauses": list(scene.paused_steps.values()),
        "posterTime": None if scene.poster is None else time_of(scene, comparison, scene.poster, "poster"),
        "runs": runs_of_page(film, course),
        "spare": spare_looks(),
        "problem": {**course.problem, **landmark_record(film)},
        "luck": course.luck,
        "levels": levels_of(film),
        "panels": panels,
        "marks": marks_of_page(scene, comparison, panels),
        "poster": poster_of(film),
        "alt": alt_text(scene, film.comparison),
    }
