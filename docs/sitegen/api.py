"""Pages of the Python interface: every public name, by the room it lives in."""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import isclass, ismodule, isroutine

import optiviz as ov
from optiviz.scenefile.introspection import first_sentence
from sitegen.markdown import contents, page, table

HEAD = """\
# Python

`import optiviz as ov`. Every public name stands here, by what it is for; the surfaces (`ov.beale`, ...)
have [pages of
their own](surfaces.md), and so do the [optimizers](rules.md). Everything else is internal and may change.

Shapes are written `(T+1, P)`: T steps, P parameters, N runs side by side. Lengths are in seconds, sizes
in pixels. What a
caller can mend is an `ov.BadInput`.
"""
ROOMS = {
    "objectives": "Problems: surfaces, functions, data, networks in training",
    "optimizers": "Optimizers",
    "nn": "Networks",
    "runs": "Runs and their files",
    "analysis": "Analysis: steps, basins, curvature, stability, planes",
    "scene": "Scenes",
    "scenefile": "Scene files",
    "rendering": "Rendering",
    "notebook": "Notebooks",
    "interop": "Other libraries",
    "_lib": "Errors",
}
TESTING = "testing"


def rooms() -> dict[str, list[str]]:
    """The public names by room; rooms that have no title yet come last."""
    found: dict[str, list[str]] = {room: [] for room in ROOMS}
    for name, home in ov.HOME_OF.items():
        found.setdefault(home.split(".")[0], []).append(name)
    listed = {rule.__name__ for rule in ov.OPTIMIZERS.values()} - set(ov.HOME_OF)
    found["optimizers"] += sorted(listed)
    return {room: names for room, names in found.items() if names}


def title(room: str) -> str:
    """What a room is for."""
    return ROOMS.get(room, room.capitalize())


def slug(room: str) -> str:
    """The name of a room in addresses."""
    return room.strip("_")


def index() -> str:
    """All rooms, with all names and a sentence each."""
    parts = [HEAD]
    for room, names in rooms().items():
        rows = [[f"[`ov.{name}`](api/{slug(room)}.md)", sentence(name)] for name in names]
        parts += [f"## {title(room)}", table(["name", "what it is"], rows)]
    parts += ["## In test suites", "[`optiviz.testing`](api/testing.md) holds paths fast."]
    return page(*parts, contents([*map(slug, rooms()), TESTING], "api"))


def sentence(name: str) -> str:
    """What a name is."""
    part = getattr(ov, name)
    return first_sentence(part) if is_documented(part) else f"An index: {len(part)} names."


def is_documented(part: object) -> bool:
    """Whether a docstring is its own: of functions, classes and modules, not of mappings."""
    return isclass(part) or isroutine(part) or ismodule(part)


def room_page(room: str) -> str:
    """All names of a room."""
    return page(f"# {title(room)}", *(entry(name) for name in rooms()[room]))


def entry(name: str) -> str:
    """One public name."""
    part = getattr(ov, name)
    head = f"## ov.{name}"
    if isclass(part):
        return page(head, directive("autoclass", f"optiviz.{name}", ":members:"))
    if isroutine(part):
        return page(head, directive("autofunction", f"optiviz.{name}"))
    if ismodule(part):
        return page(head, directive("automodule", part.__name__, ":members:"))
    rows = [[f"`{key}`", first_sentence(getattr(value, "func", value))] for key, value in part.items()]
    if name == "surfaces":
        rows = [[f"[`{key}`](../surfaces/{key}.md)", value.about] for key, value in part.items()]
    return page(head, f'An index: `ov.{name}["{next(iter(part))}"]`.', table(["name", "what it is"], rows))


def directive(kind: str, name: str, *options: str) -> str:
    """A directive of autodoc."""
    lines = "\n".join(["", *(f"   {option}" for option in options)])
    return f"```{{eval-rst}}\n.. {kind}:: {name}{lines}\n```"


def testing() -> str:
    """The module for other people's tests."""
    return page("# In test suites", directive("automodule", "optiviz.testing", ":members:"))


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/api.md": index,
    "reference/api/testing.md": testing,
    **{f"reference/api/{slug(room)}.md": partial(room_page, room) for room in rooms()},
}
