"""Header of a scene file: its leading comment and its data file, read without building the scene."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz.objectives.table import path_inside


def lesson(text: str) -> list[str]:
    """The comment on top of a scene file, a paragraph each: what to tell the class.

    >>> lesson("#:schema x.json\\n# One thing,\\n# and another.\\n#\\n# A third.\\ntitle = 'a'  # no\\n")
    ['One thing, and another.', 'A third.']
    """
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("#:"):
            continue
        if not line.startswith("#"):
            break
        words = line.lstrip("#").strip()
        if words:
            paragraphs[-1].append(words)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [" ".join(lines) for lines in paragraphs if lines]


def data_file(document: Mapping[str, Any], folder: Path) -> Path | None:
    """The file beside a scene that it reads, whether or not it is there; None when it reads none."""
    try:
        return path_inside(folder, document["problem"]["data"]["csv"])
    except (KeyError, TypeError, AttributeError, BadInput):
        return None
