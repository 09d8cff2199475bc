"""The index of all generated pages: path below docs/ -> the function that gives its text."""

from collections.abc import Callable, Mapping

from sitegen import api, catalogue, commands, gallery, rules, scene_keys

PAGES: Mapping[str, Callable[[], str]] = {
    **rules.PAGES,
    **catalogue.PAGES,
    **scene_keys.PAGES,
    **commands.PAGES,
    **api.PAGES,
    **gallery.PAGES,
}
