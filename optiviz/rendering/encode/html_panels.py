"""The panels of a page: native views, and pictures of all others at rests and some steps between."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.rendering.encode.base import Film, flattened, moment_at, telling_moment
from optiviz.rendering.encode.html_curves import accuracy_record, rates_record
from optiviz.rendering.encode.html_networks import boundary_record
from optiviz.rendering.encode.html_runs import Course
from optiviz.rendering.layout import Place, main_of
from optiviz.rendering.panels._shared.height_bands import bands
from optiviz.rendering.panels._shared.landmarks import landmarks_of
from optiviz.rendering.panels._shared.window import Limits, fit_to_panel, window_of
from optiviz.rendering.panels.check import settings_of_panel
from optiviz.rendering.stage import Frame, Stage
from optiviz.rendering.style import BANDS, DARK, LIGHT, band_colors, type_sizes
from optiviz.rendering.timeline import STANDING, Moment
from optiviz.rendering.typeface import DPI
from optiviz.scene.scene import Panel
from optiviz.scene.script import script

# panel -> the view of the page that shows it, where the page has what it needs
VIEWS = {
    "landscape": "map",
    "landscape3d": "hill",
    "loss": "loss",
    "fit": "fit",
    "boundary": "boundary",
    "accuracy": "accuracy",
    "rates": "rates",
}
WHY = "drawn by the renderer: cannot be changed here"
STAGE = (806.0, 506.0)  # pixels of the page's map, to whose shape the window is grown
POSTER, POSTER_BYTES = 480, 7_000  # pixels across, and bytes, of the first picture
PICTURES, PICTURE_BYTES = 14, 360_000  # of one panel, and bytes of those of all panels together
PROBE = 4  # every so many pictures one, to tell what all of them would take
MOST_NEURONS = 16  # of a layer, of which each is shown
QUALITIES = (80, 65, 50, 35, 20)  # of a picture, the first with which it is small enough


def panels_of_page(film: Film, course: Course) -> list[dict[str, Any]]:
    """The panels, the stage first: what the page draws itself, and pictures of what it cannot.

    `of` is the panel of the scene. Where the page cannot draw the stage itself, or most of the panels, all of
    them are one picture, the `board`, as they stand in the clip.
    """
    scene = film.scene
    main = main_of(scene.panels, scene.layout)
    order = [*main, *(k for k in range(len(scene.panels)) if k not in main)]
    views = {k: view_of(scene.panels[k], film, course) for k in order}
    records = {k: record_of_view(scene.panels[k], film) for k in order}
    views |= {k: VIEWS[scene.panels[k].name] for k, record in records.items() if record}
    drawn, moments = [k for k in order if not views[k]], picture_moments(film)
    if order[0] in drawn or 2 * len(drawn) > len(order):
        return [board_of(film, moments)]
    shots = pictures_of(film, drawn, moments)
    found = []
    for k in order:
        panel, settings = scene.panels[k], dict(settings_of_panel(scene.panels[k]))
        view = views[k]
        told = {
            "kind": view or "picture",
            "of": panel.name,
            "heading": heading_of(film.stage, k),
            "small": "",
        }
        if view in ("map", "hill"):
            told |= window_record(film, settings)
        told |= records.get(k) or {}
        if view:
            told |= {name: plain for name, plain in settings.items() if is_told(plain) and name not in told}
        else:
            run = settings.get("run")
            told |= {"run": run} if isinstance(run, str) and run else {}
            told |= picture_record(shots[k], moments)
        found.append(told)
    return found + neurons_record(found)


def neurons_record(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A view of what neurons see: of the network with most of them whose decision regions are shown."""
    counts = {
        k: [layer["units"] for layer in panel["network"]["layers"]]
        for k, panel in enumerate(found)
        if panel["kind"] == "boundary"
    }
    fit = {k: sum(units) for k, units in counts.items() if len(units) > 1 and max(units) <= MOST_NEURONS}
    if not fit:
        return []
    lead = max(fit, key=lambda k: fit[k])
    heading = {"heading": f"Inside {found[lead]['run']}", "small": "what each neuron sees"}
    return [{"kind": "neurons", "of": found[lead]["of"], **heading, "from": lead}]


def board_of(film: Film, moments: list[Moment]) -> dict[str, Any]:
    """All panels and the key as one recorded picture, as wide as the page."""
    stage = film.stage.of(tuple(moments))
    frames = [below_header(flattened(stage, stage.frame(k)), film.stage) for k in range(len(moments))]
    told = {"kind": "picture", "of": "all panels", "heading": "", "small": "", "board": True}
    return told | picture_record(small_enough({0: frames})[0], moments)


def picture_record(images: list[str], moments: list[Moment]) -> dict[str, Any]:
    """What the page is told of pictures at moments."""
    return {"times": [round(float(moment.time), 3) for moment in moments], "images": images, "why": WHY}


def view_of(panel: Panel, film: Film, course: Course) -> str:
    """The view in which the page draws a panel itself; "" where it takes pictures."""
    kind, problem = VIEWS.get(panel.name, ""), course.problem["kind"]
    known = {
        "loss": True,
        "map": problem in ("surface", "formula", "fit"),
        "hill": problem in ("surface", "formula", "fit") and panel is only_hill(film.scene.panels),
        "fit": problem == "fit",
    }
    return kind if known.get(kind) else ""


def record_of_view(panel: Panel, film: Film) -> dict[str, Any] | None:
    """What a recorded view carries: network and rows, or curves; None where it has nothing, or is another."""
    comparison, settings = film.comparison.at_positions, dict(settings_of_panel(panel))
    if panel.name == "boundary":
        return boundary_record(comparison, settings)
    if panel.name == "accuracy":
        return accuracy_record(film.scene, comparison)
    return rates_record(film.scene, film.comparison, settings) if panel.name == "rates" else None


def only_hill(panels: Sequence[Panel]) -> Panel | None:
    """The hill that the page draws, for it has one WebGL context: the first, if there is one as a block."""
    hills = [one for one in panels if VIEWS.get(one.name) == "hill"]
    return min(hills, key=lambda one: bool(settings_of_panel(one).get("contours")), default=None)


def is_told(value: Any) -> bool:
    """Whether a setting of a panel is told to the page: what is set, and is numbers or words."""
    parts = value if isinstance(value, list | tuple) else [value]
    return value not in (None, "", ()) and all(isinstance(part, bool | int | float | str) for part in parts)


def heading_of(stage: Stage, k: int) -> str:
    """What stands above a panel in the clip; its name where that is a formula."""
    left, bottom, wide, high = stage.places[k]
    width, height = stage.size
    size = 0.98 * type_sizes(min(stage.size))["heading"] * 72 / DPI
    texts: list[Any] = list(stage.figure.texts)
    for text in texts:
        x, y = text.get_position()
        inside = left - 1 <= x * width <= left + wide + 1 and bottom <= y * height <= bottom + high + 1
        said: str = text.get_text()
        if (
            said
            and inside
            and text.get_weight() == "bold"
            and text.get_fontsize() >= size
            and "$" not in said
        ):
            return said
    if run := stage.scene.panels[k].settings.get("run"):
        return str(run)
    return str(stage.scene.panels[k].name).replace("_", " ").capitalize()


# ---- the map


def window_record(film: Film, settings: dict[str, Any]) -> dict[str, Any]:
    """The part of the plane that a map or a hill must show; the page grows it to its shape."""
    given = settings.get("xlim"), settings.get("ylim")
    seen = window_of(film.comparison.at_positions, settings.get("window", "paths"), given)
    return {"xlim": list(map(float, seen[0])), "ylim": list(map(float, seen[1]))}


def map_window(film: Film) -> tuple[Limits, Limits]:
    """The window of the scene's first map, else of its problem, in the shape of the page's stage."""
    scene = film.scene
    panel = next((one for one in scene.panels if VIEWS.get(one.name) in ("map", "hill")), None)
    told = window_record(film, {} if panel is None else dict(settings_of_panel(panel)))
    (x0, x1), (y0, y1) = told["xlim"], told["ylim"]
    return fit_to_panel(((x0, x1), (y0, y1)), STAGE)[0]


def has_plane(film: Film) -> bool:
    """Whether the problem is a function of two parameters that a map can show."""
    objective = film.scene.objective
    return isinstance(objective, Surface | Fit) and np.size(objective.start) == 2


def levels_of(film: Film) -> dict[str, Any]:
    """The heights between the bands of the map, and their colours on light and on dark ground."""
    ramps = {"ramp": list(band_colors(LIGHT.ramp, BANDS)), "dark": list(band_colors(DARK.ramp, BANDS))}
    if not has_plane(film):
        return {**ramps, "bands": []}
    across, up = map_window(film)
    scale = bands(film.comparison.at_positions, across, up, BANDS)
    return {**ramps, "bands": scale.levels.tolist(), "power": scale.power}


def landmark_record(film: Film) -> dict[str, Any]:
    """The minima and the saddles in the window of the map."""
    if not has_plane(film):
        return {"minima": [], "saddles": []}
    across, up = map_window(film)
    found = landmarks_of(film.comparison.objective, across, up, True)
    return {
        "minima": [[*one.at, one.kind] for one in found if one.kind != "saddle"],
        "saddles": [[*one.at] for one in found if one.kind == "saddle"],
    }


# ---- pictures


def picture_moments(film: Film) -> list[Moment]:
    """The frames that pictures are taken of: the first, the last, rests, and some evenly between."""
    moments = film.moments
    resting = [
        k for k, moment in enumerate(moments) if moment.centiseconds >= STANDING or moment.pause is not None
    ]
    rests = resting[:: max(1, -(-len(resting) // max(PICTURES // 2, 1)))]
    between = np.linspace(0, len(moments) - 1, max(PICTURES - len(rests), 2)).round().astype(int).tolist()
    kept = sorted({0, len(moments) - 1, *rests, *between})
    found: dict[float, Moment] = {}
    for k in kept:  # of several frames at one time the last: it shows all that was said there
        found[round(moments[k].time, 3)] = moments[k]
    return list(found.values())


def pictures_of(film: Film, panels: list[int], moments: list[Moment]) -> dict[int, list[str]]:
    """Of each of `panels` its pictures at the moments, as data URLs, all of them within `PICTURE_BYTES`."""
    if not panels:
        return {}
    stage = film.stage.of(tuple(moments))
    frames = [flattened(stage, stage.frame(k)).copy() for k in range(len(moments))]
    return small_enough({k: [crop(frame, film.stage.places[k]) for frame in frames] for k in panels})


def small_enough(shots: dict[int, list[Frame]]) -> dict[int, list[str]]:
    """Pictures as data URLs, all of them within `PICTURE_BYTES`; a few tell which quality is worth a try."""

    def urls(quality: int, every: int) -> dict[int, list[str]]:
        return {k: [webp_url(shot, quality) for shot in of_one[::every]] for k, of_one in shots.items()}

    def share(found: dict[int, list[str]]) -> float:
        told = [len(url) for of_one in found.values() for url in of_one]
        return sum(told) / len(told) * sum(map(len, shots.values())) / (PICTURE_BYTES * 4 / 3)

    for quality in QUALITIES:
        if quality != QUALITIES[-1] and share(urls(quality, PROBE)) > 1:
            continue
        found = urls(quality, 1)
        if share(found) <= 1:
            break
    return found


def poster_of(film: Film) -> str:
    """The panels and the key at the scene's telling moment, or at its question: the answer is not told."""
    asked = [line.time for line in script(film.scene, film.comparison.at_positions) if line.question]
    moment = moment_at(film.moments, int(asked[0])) if asked else telling_moment(film)
    stage = film.stage.of((moment,))
    pixels = below_header(flattened(stage, stage.frame(0)), film.stage)
    wide = min(POSTER, pixels.shape[1])
    for quality in QUALITIES:
        url = webp_url(pixels, quality, wide, effort=6)
        if len(url) <= POSTER_BYTES * 4 / 3:
            break
    return url


def below_header(frame: Frame, stage: Stage) -> Frame:
    """The pixels of a frame from the panels down."""
    top = max(low + high for _, low, _, high in stage.places)
    return crop(frame, (0.0, 0.0, float(stage.size[0]), top))


def crop(frame: Frame, place: Place) -> Frame:
    """The pixels of a frame within a box that is counted from below."""
    left, bottom, wide, high = place
    tall, across = frame.shape[:2]
    rows = slice(max(int(tall - bottom - high), 0), int(tall - bottom))
    return frame[rows, max(int(left), 0) : min(int(left + wide), across)].copy()


def webp_url(pixels: Frame, quality: int, width: int | None = None, effort: int = 2) -> str:
    """A picture as the data URL of a WebP; an effort of 6 takes three times as long as 2, saves a tenth."""
    from PIL import Image

    picture = Image.fromarray(pixels).convert("RGB")
    if width is not None and width < picture.width:
        picture = picture.resize(
            (width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS
        )
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=effort)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
