"""Checks a built site: every link, picture and anchor leads somewhere in it, and the search knows its words.

python docs/check.py        # the site in docs/_build/html
"""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

WORDS = {
    "overshoot": "overshoot",
    "decimal comma": "decimal comma",
    "Beamer": "beamer",
    "clipnorm": "clipnorm",
}  # what a reader will look for -> its words


class Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = {""}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a tag leads and what it is called."""
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def check(site: Path) -> list[str]:
    """What is broken: links to pages, anchors and files, and words that the search does not find."""
    found: dict[Path, Links] = {}
    for file in sorted(site.rglob("*.html")):
        if "play" in file.relative_to(site).parts[:1]:
            continue  # pages of scenes are whole in themselves
        found[file] = Links()
        found[file].feed(file.read_text(encoding="utf-8"))
    faults = []
    for file, page in found.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data") or link.startswith("//"):
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if not target.exists():
                faults.append(f"{file.relative_to(site)}: {link}: no such file")
            elif target in found and unquote(parts.fragment) not in found[target].anchors and parts.fragment:
                faults.append(f"{file.relative_to(site)}: {link}: no such place in it")
    return [*faults, *missing_words((site / "searchindex.js").read_text(encoding="utf-8"))]


def missing_words(index: str) -> list[str]:
    """The words of `WORDS` that no page of a search index has together."""
    terms = json.loads(re.search(r"Search\.setIndex\((.*)\)", index, re.S)[1])["terms"]
    faults = []
    for told, words in WORDS.items():
        pages = [documents(terms, word) for word in words.split()]
        if not set.intersection(*pages):
            faults.append(f"search: nothing is found for '{told}'")
    return faults


def documents(terms: dict[str, int | list[int]], word: str) -> set[int]:
    """The pages that have a word; the index keeps stems of words."""
    found: set[int] = set()
    for term, pages in terms.items():
        if len(term) > 3 and word.startswith(term):
            found |= {pages} if isinstance(pages, int) else set(pages)
    return found


if __name__ == "__main__":
    broken = check(Path(__file__).resolve().parent / "_build" / "html")
    print("\n".join([*broken, f"{len(broken)} broken links"]))
    sys.exit(bool(broken))
