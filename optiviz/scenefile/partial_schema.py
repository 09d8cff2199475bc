"""What a file asks for: of the parts in an index, models are made of those alone that it names.

A model of every rule, panel and layer there is takes longer to make than a clip to draw. A scene names a few
of them, and only these can be told right or wrong in it; `schema` wants them all. Of their settings, too,
those that a file gives are enough to find it right; to say what is wrong with it takes the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT = 200  # models of one kind that are kept, each for what some file asked for
ASKED = frozenset(
    ("data", "recorded", "layers", "loss", "kernel_initializer")
    + ("clip", "sam", "lookahead", "plateau", "average", "weight_decay")
)  # by `asks`
LONGEST = 40  # characters of a name that may be wanted


@dataclass(frozen=True)
class Wanted:
    """What models are to know: a setting is asked for by a key of the file, a part by its name.

    None are all of them.
    """

    keys: frozenset[str] | None = None
    texts: frozenset[str] | None = None
    every_setting: bool = True

    def asks(self, *keys: str) -> bool:
        """Whether any of these keys, which are in `ASKED`, is wanted."""
        return self.keys is None or not self.keys.isdisjoint(keys)

    def gives(self, setting: str) -> bool:
        """Whether a setting need be known: not one that the file leaves out, while nothing is wrong."""
        return self.every_setting or self.keys is None or setting in self.keys

    def of(self, words: frozenset[str]) -> "Wanted":
        """The same as far as these keys and texts go: what knows no others is alike for more files."""
        keys = None if self.keys is None else frozenset() if self.every_setting else self.keys & words
        return Wanted(keys, None if self.texts is None else self.texts & words, self.every_setting)

    def only(self, index: Mapping[str, Any], *always: str) -> dict[str, Any]:
        """The parts of an index that are wanted, by the file or `always`.

        They are two at least: a choice needs something to choose from.
        """
        if self.texts is None:
            return dict(index)
        names = [name for name in index if name in self.texts or name in always]
        spare = [name for name in index if name not in names]
        return {name: index[name] for name in [*names, *spare[: max(2 - len(names), 0)]]}


EVERYTHING = Wanted()


def wanted_by(document: Any, parts: frozenset[str], *, every_setting: bool) -> Wanted:
    """What a document asks for: its keys, and those of its other texts that name `parts`.

    With `every_setting` only the keys that ask for whole tables count: files alike in these share models.
    """
    keys, texts = (frozenset(text for text in found if len(text) < LONGEST) for found in words_in(document))
    return Wanted(keys & ASKED if every_setting else keys, texts & parts, every_setting)


def words_in(value: Any) -> tuple[list[str], list[str]]:
    """Every key of a document, and every other text.

    >>> words_in({"a": "x", "b": [{"c": "y"}, 3]})
    (['a', 'b', 'c'], ['x', 'y'])
    """
    if isinstance(value, str):
        return [], [value]
    keys = list(value) if isinstance(value, dict) else []
    texts: list[str] = []
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        more = words_in(part)
        keys += more[0]
        texts += more[1]
    return keys, texts
