"""Builds the site: pages from files and indexes, pictures from the tree, Sphinx, and a check of all links.

    make docs        # docs/_build/html/index.html

Needs no network. Sources are staged in docs/_build/source, so that nothing that is generated lies among them.
"""

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

DOCS = Path(__file__).resolve().parent
BUILD = DOCS / "_build"
SOURCE, HTML = BUILD / "source", BUILD / "html"
PROJECT = re.search(r"^url = (.*)$", (DOCS.parent / "setup.cfg").read_text("utf-8"), re.M)[1]
sys.path.insert(0, str(DOCS))


def stage(pages: Mapping[str, str]) -> None:
    """Bring pages, settings and static files to `SOURCE`; what did not change keeps its time."""
    kept = {"conf.py": (DOCS / "conf.py").read_bytes()}
    kept |= {path: outward(path, text).encode() for path, text in pages.items()}
    for folder in ("static",):
        for file in sorted((DOCS / folder).iterdir()):
            kept[f"{folder}/{file.name}"] = file.read_bytes()
    kept["static/momentum.gif"] = (DOCS / "momentum.gif").read_bytes()
    for path, content in kept.items():
        place = SOURCE / path
        if not place.exists() or place.read_bytes() != content:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    for file in SOURCE.rglob("*.md"):
        if file.relative_to(SOURCE).as_posix() not in kept:
            file.unlink()


def outward(path: str, text: str) -> str:
    """A page whose links out of docs/ lead to the place of the project."""
    up = re.escape("../" * (path.count("/") + 1))
    return re.sub(rf"\]\({up}([^)]+)\)", rf"]({PROJECT}/blob/main/\1)", text)


def main() -> int:
    """Build; 0 when there was no warning and no broken link."""
    from check import check
    from sitegen.blocks import written_pages
    from sitegen.pages import PAGES
    from sitegen.pictures import draw_all
    from sphinx.cmd.build import main as sphinx

    begun = perf_counter()
    pages = {**written_pages(DOCS), **{path: make() for path, make in PAGES.items()}}
    stage(pages)
    (SOURCE / "extra").mkdir(exist_ok=True)
    count, drawn = draw_all(DOCS, SOURCE, BUILD / "cache")
    played = SOURCE / "extra" / "play"
    shutil.rmtree(played, ignore_errors=True)
    shutil.move(SOURCE / "play", played)
    print(
        f"{len(pages)} pages, {count} pictures, of which {drawn} drawn: {perf_counter() - begun:.0f} s",
        flush=True,
    )
    code = sphinx(
        [
            "-q",
            "-E",
            "-a",
            "-W",
            "--keep-going",
            "-j",
            "2",
            "-d",
            str(BUILD / "doctrees"),
            str(SOURCE),
            str(HTML),
        ]
    )
    if code:
        return code
    faults = check(HTML)
    print("\n".join(faults[:50]))
    print(f"{HTML / 'index.html'}: {perf_counter() - begun:.0f} s, {len(faults)} broken links")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
