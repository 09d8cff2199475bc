"""Import hook of the command: modules that are loaded late, in part or not at all.

Two thirds of a start are imports, and much of what they load is never used by a command: the help texts of
matplotlib, its parsers of formulas and font patterns, its axes of dates, methods that dataclasses generate.
What is left out here comes back by itself as soon as somebody asks for it, help texts aside.
"""

import os
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import LazyLoader
from types import MappingProxyType, ModuleType
from typing import Any

# Modules that are imported only to be there: they are loaded when something in them is asked for.
LATE = frozenset(
    {
        "fontTools.agl",  # names of letters, for those who have TeX draw them
        "matplotlib.category",  # axes of words, and of dates: ours are of numbers
        "matplotlib.dates",
        "numpy._core._add_newdocs",  # help texts
        "numpy._core._add_newdocs_scalars",
        "PIL.ExifTags",
        "PIL.TiffTags",
    }
)

SELDOM = frozenset({"__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"})  # of dataclasses


class Finder:
    """Finds the modules of `WAYS` and `LATE`, which are loaded in other ways than all others."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in WAYS and name not in LATE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            way = WAYS.get(name)
            spec.loader = way(name, spec.loader.path) if way else LazyLoader(spec.loader)
        return spec


class Mute(SourceFileLoader):
    """Loader that skips matplotlib's generated property docs, a third of its import time."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        artist: Any = module
        artist.kwdoc = lambda of: ""
        artist.Artist._update_set_signature_and_docstring = classmethod(lambda of: None)


class Unfilled(SourceFileLoader):
    """Loader that leaves the placeholders in matplotlib's help texts as they are."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        docstring: Any = module
        for filler in (docstring.Substitution, docstring._ArtistPropertiesSubstitution):
            filler.__call__ = lambda self, documented: documented


class Unparsed(SourceFileLoader):
    """Loader that takes the font patterns in matplotlib's settings, which are its own, for good."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        settings: Any = module
        patterns = settings.validate_font_properties
        for name, check in settings._validators.items():
            if check is patterns:
                settings._validators[name] = settings.validate_string


class Untyped(SourceFileLoader):
    """Loader of pydantic's schemas that leaves out what a type checker knows of them: a hundred classes."""

    def exec_module(self, module: ModuleType) -> None:
        import typing_extensions  # there since pydantic_core was asked for

        places: tuple[Any, ...] = (typing, typing_extensions)
        before = [place.TypedDict for place in places]
        for place in places:
            place.TypedDict = Untold
        try:
            super().exec_module(module)
        finally:
            for place, kind in zip(places, before, strict=True):
                place.TypedDict = kind


class Untold(dict[str, Any]):
    """A `TypedDict` that keeps no types."""

    def __init_subclass__(cls, total: bool = True) -> None:
        """Nothing is made of the fields."""


class Plain(SourceFileLoader):
    """Lets matplotlib read its own settings and nobody's matplotlibrc, one in the current folder included.

    Its check of versions, which would load pyparsing, finds a stand-in.
    """

    def exec_module(self, module: ModuleType) -> None:
        home = os.path.dirname(self.path)
        os.environ["MATPLOTLIBRC"] = os.path.join(home, "mpl-data", "matplotlibrc")
        try:
            before = os.open(".", os.O_RDONLY) if os.chdir in os.supports_fd else os.getcwd()
        except OSError:  # a folder that is gone, or may not be read
            super().exec_module(module)
            return
        checked = sys.modules.setdefault("pyparsing", stand_in("pyparsing", {"__version__": "999"}))
        try:
            os.chdir(home)
            super().exec_module(module)
        finally:
            if checked.__spec__ is None:  # nobody has asked for more than the version
                sys.modules.pop("pyparsing", None)
            os.chdir(before)
            if isinstance(before, int):
                os.close(before)


class StandIn(SourceFileLoader):
    """Loader of a module that has some `names`, and becomes the whole module when these are used."""

    def __init__(self, names: Mapping[str, Callable[[str, str], Any]], module: str, path: str) -> None:
        super().__init__(module, path)
        self.names = names

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update({name: made(module.__name__, name) for name, made in self.names.items()})
        vars(module)["__getattr__"] = partial(attribute_of_whole, module.__name__)


def stand_in(name: str, known: Mapping[str, Any]) -> ModuleType:
    """A module that has what is `known`; whatever else is asked of it is that of the whole module."""
    module = ModuleType(name)
    vars(module).update(known, __getattr__=partial(attribute_of_whole, name))
    return module


def attribute_of_whole(module: str, name: str) -> Any:
    """An attribute of the module that a stand-in stands for, which takes its place."""
    if name.startswith("__"):  # of the import itself
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    return getattr(whole_module(module), name)


def whole_module(name: str) -> ModuleType:
    """The module itself, loaded as Python does."""
    known = sys.modules.get(name)
    if known is None or "__getattr__" in vars(known):
        sys.modules.pop(name, None)
        ways = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
        others, sys.meta_path[:] = list(sys.meta_path), ways
        try:
            known = import_module(name)
        finally:
            sys.meta_path[:] = others
    return known


def late_function(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is loaded with the first call."""
    return lambda *given, **settings: getattr(whole_module(module), name)(*given, **settings)


def late_object(module: str, name: str) -> Callable[..., Any]:
    """A class whose objects are made, and its module loaded, when something is asked of them."""
    return lambda *given, **settings: Late(lambda: getattr(whole_module(module), name)(*given, **settings))


class Late:
    """An object that is made when something is asked of it."""

    def __init__(self, made: Callable[[], Any]) -> None:
        self.made = made

    def __getattr__(self, name: str) -> Any:
        thing = self.__dict__.get("thing")
        if thing is None:
            thing = self.__dict__["thing"] = self.made()
        return getattr(thing, name)


class LateMethods(SourceFileLoader):
    """Loader of dataclasses that compiles seldom used methods with their first call.

    There are 180 classes with five of them each, which took a tenth of a start. From Python 3.13 on all
    methods of a class are compiled at once, and this changes nothing.
    """

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        compiled = vars(module).get("_create_fn")
        if compiled is not None:
            vars(module)["_create_fn"] = partial(late_method, compiled)


def late_method(compiled: Callable[..., Any], name: str, *given: Any, **settings: Any) -> Callable[..., Any]:
    """The method that `compiled` would give, or one that asks for it with its first call."""
    if name not in SELDOM:
        method: Callable[..., Any] = compiled(name, *given, **settings)
        return method
    made: list[Callable[..., Any]] = []

    def late(self: Any, *values: Any) -> Any:
        if not made:
            made.append(compiled(name, *given, **settings))
        return made[0](self, *values)

    late.__name__ = name
    return late


FORMULAS = MappingProxyType({"MathTextParser": late_object})
PLUGINS = MappingProxyType({"entry_points": late_function})  # of pydantic: its search for them is off
PATTERNS = MappingProxyType(
    {"parse_fontconfig_pattern": late_function, "generate_fontconfig_pattern": late_function}
)

# The index: a module -> its loader.
WAYS: Mapping[str, Callable[[str, str], SourceFileLoader]] = MappingProxyType(
    {
        "dataclasses": LateMethods,
        "importlib.metadata": partial(StandIn, PLUGINS),
        "matplotlib": Plain,
        "pydantic_core.core_schema": Untyped,
        "matplotlib.artist": Mute,
        "matplotlib.rcsetup": Unparsed,
        "matplotlib._docstring": Unfilled,
        "matplotlib.mathtext": partial(StandIn, FORMULAS),
        "matplotlib._fontconfig_pattern": partial(StandIn, PATTERNS),
    }
)
