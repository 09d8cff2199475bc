"""Pages of the shipped scenes: a wall in teaching order, and a page a scene."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from optiviz.gallery.sections import OTHERS, SECTIONS
from optiviz.scenefile import shipped
from optiviz.scenefile.source import parse_toml
from sitegen.markdown import contents, page

HEAD = """\
# Gallery

The scenes that come with the package, in teaching order. `optiviz render NAME` draws one, `optiviz new
mine --like NAME`
copies one to change, `optiviz gallery` puts all clips on one offline page. Those with a *live page* can
be played and
touched here: drag the start, turn the knobs.
"""
# networks of 4 x 1025 neurons and the like: minutes, so the site has no picture of them
TOO_LONG = ("capacity", "initialisation", "initialisation_schemes", "wide_narrow", "basins_rates")
LIVE = (
    "momentum", "nag", "cars", "zigzag", "race_beale", "race_rosenbrock", "race_saddle", "race_himmelblau",
    "xor",
)  # fmt: skip


def by_section() -> dict[str, list[str]]:
    """The scenes by section; those in none come last."""
    placed = {name for names in SECTIONS.values() for name in names}
    others = [name for name in shipped() if name not in placed]
    found = {title: [name for name in names if name in shipped()] for title, names in SECTIONS.items()}
    return {**found, OTHERS: others} if others else found


def titled(name: str) -> str:
    """The title of a scene, its mathematics as plain letters."""
    text = str(document(name).get("title") or name)
    return re.sub(r"\$\\?|\$", "", text)


def document(name: str) -> dict[str, object]:
    """A scene as its file has it."""
    return parse_toml(shipped()[name].read_text("utf-8"), name)


def wall() -> str:
    """All scenes, by section."""
    parts = [HEAD]
    for section, names in by_section().items():
        cards = "".join(card(name) for name in names)
        parts += [f"## {section.capitalize()}", f'<div class="wall">\n{cards}</div>']
    return page(*parts, contents([name for names in by_section().values() for name in names], "gallery"))


def card(name: str) -> str:
    """One scene of the wall: its picture, title and name."""
    title = escaped(titled(name))
    shown = "" if name in TOO_LONG else f'<img src="_images/scene-{name}.png" alt="" loading="lazy">'
    live = "<em>live page</em>" if name in LIVE else ""
    return f'<a href="gallery/{name}.html">{shown}<b>{title}</b><span><code>{name}</code> {live}</span></a>\n'


def escaped(text: str) -> str:
    """Text for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def scene(name: str) -> str:
    """One scene: picture, what to tell the class, how to draw it, its file."""
    text = shipped()[name].read_text("utf-8")
    comment = " ".join(line.lstrip("# ") for line in re.match(r"(#[^\n]*\n)*", text)[0].splitlines())
    notes = " ".join(str(document(name).get("notes", "")).split())
    shown = f"![{escaped(titled(name))}](../pictures/scene-{name}.png)"
    live = f'<p><a class="live" href="../play/{name}.html">Play and touch this scene</a></p>'
    return page(
        f"# {titled(name)}",
        comment,
        shown
        if name not in TOO_LONG
        else "*It takes a minute or more to draw, so there is no picture of it here.*",
        live if name in LIVE else "",
        f"Tell the class: {notes}" if notes else "",
        f"```sh\noptiviz render {name}\noptiviz new mine --like {name}\n```",
        "## The file",
        f"```text\n{text.strip()}\n```",
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "gallery.md": wall,
    **{f"gallery/{name}.md": partial(scene, name) for name in shipped()},
}
