"""Code blocks of Markdown pages: found, and run in an empty folder, as a reader would run them.

A comment before a block says what is special about it:

    <!-- picture: NAME.png at=STEP -->   the block is a scene or a script, and this is what it shows
    <!-- not run: WHY -->                it needs what a test does not have; WHY is for readers of the source
"""

import io
import re
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from doctest import ELLIPSIS, DocTestParser, DocTestRunner
from pathlib import Path

BLOCK = re.compile(r"(?:<!-- (picture|not run): ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```$", re.M | re.S)
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """One block of code of a page.

    Parameters
    ----------
    page : str
        The path of the page below docs/.
    language : str
        As the fence has it: `python`, `toml`, `sh`, ...
    code : str
    picture : str
        The file that shows it; "" for none.
    at : int or None
        The step that the picture shows; the last unless given.
    runs : bool
        Whether it can be run.
    """

    page: str
    language: str
    code: str
    picture: str = ""
    at: int | None = None
    runs: bool = True

    @property
    def is_scene(self) -> bool:
        """Whether it is a whole scene file, and not a part of one."""
        return (
            self.language == "toml"
            and "panels" in self.code
            and re.search(r"^\[problem\]", self.code, re.M) is not None
        )

    def execute(self, names: dict[str, object]) -> None:
        """Run a script in the folder at hand; `names` are those of the page's scripts before it."""
        if self.code.startswith(">>>") or "\n>>>" in self.code:
            test = DocTestParser().get_doctest(self.code, dict(names), self.page, self.page, 0)
            told = io.StringIO()
            if DocTestRunner(optionflags=ELLIPSIS).run(test, out=told.write, clear_globs=False).failed:
                raise AssertionError(told.getvalue())
            return
        with redirect_stdout(io.StringIO()):
            exec(compile(self.code, self.page, "exec"), names)


def blocks(page: str, text: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    for mark, words, language, code in BLOCK.findall(text):
        name, _, step = words.partition(" at=")
        yield Block(
            page,
            language,
            code,
            picture=name if mark == "picture" else "",
            at=int(step) if mark == "picture" and step else None,
            runs=mark != "not run",
        )


def written_pages(docs: Path) -> dict[str, str]:
    """The pages that are written by hand: path below docs/ -> text."""
    files = sorted(file for file in docs.rglob("*.md") if "_build" not in file.parts)
    return {file.relative_to(docs).as_posix(): file.read_text(encoding="utf-8") for file in files}


def execute_page(page: str, text: str, folder: Path) -> int:
    """Run all scripts of a page in a folder; how many there were."""
    names: dict[str, object] = {"__name__": "page"}
    scripts = [block for block in blocks(page, text) if block.language == "python" and block.runs]
    with chdir(folder):
        for block in scripts:
            block.execute(names)
    return len(scripts)
