"""The same frame by matplotlib alone: every mark an ordinary artist, all of it drawn anew.

The one place of the benchmarks that looks inside a stage. It knows the marks by their names; a stage
with a mark that is not among them has no redraw to compare with. The ground is taken as it is: what
stands still is drawn by matplotlib or by the stage, but once in either case.
"""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform


class NoRedraw(Exception):
    """What stands in the way."""


def redraw(stage, moment):
    """(height, width, 4) pixels of a moment: the ground, and every artist on it from its first point."""
    renderer = stage.figure.canvas.get_renderer()
    pixels = np.asarray(renderer.buffer_rgba())
    before, pixels[:] = pixels.copy(), stage.still
    try:
        for mark in stage.marks:
            kind = type(mark).__name__
            if kind == "Scenery":
                mark.paint(renderer, moment)
            elif kind not in ARTISTS:
                raise NoRedraw(f"there is no matplotlib artist for the mark {kind}")
            else:
                for artist in ARTISTS[kind](mark, moment, 72 / stage.figure.dpi):
                    artist.set_figure(stage.figure)
                    artist.draw(renderer)
        return pixels.copy()
    except AttributeError as error:
        raise NoRedraw(f"the marks are not what they were: {error}") from None
    finally:
        pixels[:] = before  # the stage counts on the pixels that it left


def stroke(pixels, seen, color, width, clip, dash=(), cap="round"):
    """The segments of a line (M, 2) that are `seen` (M-1,), `width` in points."""
    codes = np.where(np.concatenate([[False], seen]), Path.LINETO, Path.MOVETO)
    artist = PathPatch(Path(pixels, codes), fill=False, edgecolor=color, linewidth=width)
    artist.get_path().should_simplify = False
    artist.set(capstyle="butt" if dash and cap != "dots" else "round", joinstyle="round")
    if dash:
        artist.set_linestyle((0, dash))
    artist.set_transform(IdentityTransform())
    artist.set_clip_box(Bbox([clip[:2], clip[2:]]))
    return artist


def trail(mark, moment, point):
    """The whole of it, from the start."""
    pixels, hidden = mark.route.at(moment)
    end = mark.route.end(moment) + 1
    if end < 2:
        return []
    pixels, clip, color, width = pixels[:end], mark.route.clip, mark.look.color, mark.width * point
    seen = np.ones(end - 1, dtype=bool) if hidden is None else ~(hidden[1:end] | hidden[: end - 1])
    behind = [] if hidden is None else [stroke(pixels, ~seen, color, 0.6 * width, clip, (0.1, 2.6), "dots")]
    below = [stroke(pixels, seen, mark.casing, 1.8 * width, clip)] if mark.cased else []
    return [*behind, *below, stroke(pixels, seen, color, width, clip, mark.look.dash)]


def heads(mark, moment, point):
    return [head(one, moment, point) for one in mark.trails if inside(one.route, moment)]


def inside(route, moment):
    """Whether a head stands within its axes."""
    (x, y), (left, bottom, right, top) = route.at(moment)[0][route.end(moment)], route.clip
    return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1


def head(mark, moment, point):
    pixels, hidden = mark.route.at(moment)
    end = mark.route.end(moment)
    artist = Line2D(
        *pixels[end : end + 1].T, linestyle="none", marker=mark.look.marker, color=mark.look.color
    )
    artist.set(markersize=mark.head * point, markeredgecolor=mark.casing)
    artist.set(markeredgewidth=max(1.5, mark.head / 9) * point, transform=IdentityTransform())
    if hidden is not None and hidden[end]:
        artist.set_alpha(0.45)
    return artist


def curve(mark, moment, point):
    pixels, width = mark.pixels(moment), mark.width * point
    seen = np.ones(len(pixels) - 1, dtype=bool)
    below = [stroke(pixels, seen, mark.casing, 1.8 * width, mark.clip)] if mark.cased else []
    return [*below, stroke(pixels, seen, mark.look.color, width, mark.clip, mark.look.dash)]


def words(mark, moment, point):
    glyphs, text = mark.glyphs, mark.reads(moment)
    x = mark.x - mark.anchor * glyphs.width(text)
    return [Text(x, mark.y, text, color=glyphs.color, fontsize=glyphs.size * point)]


ARTISTS = {"Trail": trail, "Heads": heads, "Curve": curve, "Words": words}
