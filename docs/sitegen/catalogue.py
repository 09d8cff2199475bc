"""Pages of the surfaces, the panels, and of all other parts that a scene may name."""

from collections.abc import Callable, Mapping
from functools import partial

from optiviz.objectives.surface import Surface
from optiviz.objectives.surfaces import surfaces
from optiviz.rendering.panels import PANELS
from optiviz.scenefile.catalogue import CATALOGUE
from optiviz.scenefile.introspection import panel_settings
from sitegen.markdown import (
    contents,
    explanation,
    page,
    picture,
    settings_table,
    table,
)  # fmt: skip

SURFACES_HEAD = """\
# Surfaces

In a scene: `surface = "beale"`. In Python: `ov.beale` or `ov.surfaces["beale"]`. Each has its exact
gradient. The
window is what a picture shows. The rates are those at which each rule is worth watching, and the default of a
scene that names none. A surface of your own: [how to](../howto/my_function.md).
"""
PARTS_HEAD = """\
# Other parts

Everything else that a scene may name, with settings and defaults. `optiviz list KIND NAME` tells the
same in a
terminal.
"""
OWN_PAGES = {"surfaces", "optimizers", "schedules", "panels", "scenes"}
SPACING = {"linear": "f", "log": "log(f - f_min)"}


def index() -> str:
    """The list of all surfaces, with a sentence each."""
    rows = [[f"[{name}](surfaces/{name}.md)", f"`{s.formula}`", s.about] for name, s in surfaces.items()]
    return page(
        SURFACES_HEAD, table(["surface", "formula", "what it is like"], rows), contents(surfaces, "surfaces")
    )


def surface_page(name: str) -> str:
    """One surface: what it looks like, formula, window, minima, rates."""
    surface = surfaces[name]
    rates = table(
        ["rule", "learning rate"], [[rule, f"{rate:g}"] for rule, rate in surface.learning_rates.items()]
    )
    facts = [
        ["formula", f"`{surface.formula}`"],
        ["window", f"x from {interval(surface.xlim)}, y from {interval(surface.ylim)}"],
        ["start", f"({', '.join(f'{number:g}' for number in surface.start)})"],
        ["lowest", lowest(surface)],
        ["contours", f"evenly spaced in {SPACING[surface.levels]}"],
    ]
    return page(
        f"# {name}",
        f'In a scene `surface = "{name}"`, in Python `ov.{name}`.',
        surface.about,
        picture(f"surface-{name}", f"{name} as a hill and as a map, with its minima"),
        table(["fact", "value"], facts),
        "## Learning rates worth watching" if surface.learning_rates else "",
        rates if surface.learning_rates else "",
    )


def interval(limits: tuple[float, float]) -> str:
    """Two limits in words."""
    low, high = limits
    return f"{low:g} to {high:g}"


def lowest(surface: Surface) -> str:
    """The global minima."""
    if surface.f_min is None:
        return "unbounded below, or not known"
    places = [f"({x:.6g}, {y:.6g})" for x, y in surface.minima]
    return f"{surface.f_min:.6g} at {', '.join(places)}"


def panel(name: str) -> str:
    """One panel: what it shows, settings, picture."""
    return page(
        f"# {name}",
        f'In a scene `panels = ["{name}"]`; with settings `{{ panel = "{name}", ... }}`.',
        explanation(PANELS[name]),
        picture(f"panel-{name}", f"The panel {name}"),
        "## Settings",
        settings_table(panel_settings(PANELS[name])),
        "How to read it, and what it needs: [panels](../panels.md).",
    )


def parts() -> str:
    """All kinds of parts that have no page of their own."""
    found = [PARTS_HEAD]
    for kind, entries in CATALOGUE.items():
        if kind not in OWN_PAGES:
            rows = [[f"`{e.name}`", f"`{e.words()}`" if e.words() else "", e.about] for e in entries()]
            found += [f"## {kind}", table(["name", "settings", "what it is"], rows)]
    return page(*found)


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/surfaces.md": index,
    "reference/parts.md": parts,
    **{f"reference/surfaces/{name}.md": partial(surface_page, name) for name in surfaces},
    **{f"reference/panels/{name}.md": partial(panel, name) for name in PANELS},
}
