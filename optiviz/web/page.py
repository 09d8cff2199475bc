"""Assembler of the offline page: modules joined into one script, styles, fonts, data and content policy."""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import Any

from optiviz.web.fonts import letters_of, web_font
from optiviz.web.programs import programs_module

MAIN, PROGRAMS = "main.js", "programs.js"
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=function |async function |const )", re.MULTILINE)
UNSAFE = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
MOUNT = re.compile(r"^export function (mount\w+)", re.MULTILINE)
# a module, and the kinds of panel that need it; without one of them it does not travel, nor what it imports
VIEW_MODULES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "hill.js": frozenset({"hill"}),
        "fit_view.js": frozenset({"fit"}),
        "boundary_view.js": frozenset({"boundary"}),
        "curves_view.js": frozenset({"accuracy", "rates"}),
        "picture_view.js": frozenset({"picture"}),
    }
)
NOTHING: Mapping[Any, Any] = MappingProxyType({})


def explorer_page(
    payload: Mapping[str, Any],
    *,
    programs: Mapping[str, str] = NOTHING,
    fonts: Mapping[int, bytes] = NOTHING,
    results: Sequence[Sequence[str]] = (),
) -> str:
    """The text of a page that plays and changes a scene, and loads nothing from anywhere.

    Parameters
    ----------
    payload : mapping
        The scene as plain data; `js/scene_types.js` says of what. Texts in it stay texts.
    programs : mapping, default empty
        Expressions in JavaScript by name: the surfaces, formulas and rules that the payload names.
    fonts : mapping, default empty
        Files of a typeface by weight, 400 and 700; the letters that the page needs travel with it. Without,
        it takes what the machine has.
    results : sequence of rows, default empty
        Headings, then one row for each run, for readers without a script.

    Examples
    --------
    >>> text = explorer_page({"title": "</script>", "captions": [], "runs": []})
    >>> "&lt;/script&gt;</h1>" in text, "\\\\u003c/script" in text
    (True, True)
    """
    script = joined_script(programs, {panel["kind"] for panel in payload.get("panels", ())})
    letters = letters_of(visible_text(payload))
    faces = "".join(
        font_face(weight, web_font(content, letters)) for weight, content in sorted(fonts.items())
    )
    style = faces + squeezed(page_asset("page.css") + page_asset("panels.css"))
    first = next((one["text"] for one in payload.get("captions", ())), None) or payload.get("verdict") or []
    return Template(page_asset("page.html")).substitute(
        policy=f"default-src 'none'; script-src 'sha256-{policy_hash(script)}'; "
        f"style-src 'sha256-{policy_hash(style)}'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'",
        theme=escape(str(payload.get("theme", "light"))),
        title=escape(str(payload.get("title", ""))),
        author=meta("author", payload.get("author")),
        style=style,
        caption=paragraph(first),
        poster=picture(payload),
        verdict=paragraph(payload.get("verdict") or []),
        results=table(results),
        data=escaped_json(payload),
        script=script,
    )


def visible_text(payload: Mapping[str, Any]) -> str:
    """All texts of a scene that are set in the page's own typeface.

    >>> visible_text({"title": "A", "captions": [{"text": [["", "B"]]}], "runs": [{"label": "C"}]})
    'ABC'
    """
    problem, ask = payload.get("problem") or {}, payload.get("ask") or {}
    lines = [line["text"] for line in payload.get("captions", ())] + [payload.get("verdict") or []]
    found = [str(payload.get("title", "")), *(words for line in lines for _, words in line)]
    found += [run["label"] for run in payload.get("runs", ())]
    found += [panel[key] for panel in payload.get("panels", ()) for key in ("heading", "small")]
    found += [mark["text"] for mark in payload.get("marks", ())]
    found += [*problem.get("names", ()), ask.get("question", "")]
    return "".join(found)


# ---- the script


def modules() -> dict[str, str]:
    """The text of every module, by its file's name."""
    found = files("optiviz.web").joinpath("js").iterdir()
    return {
        file.name: file.read_text(encoding="utf-8")
        for file in sorted(found, key=lambda file: file.name)
        if file.name.endswith(".js")
    }


def dependency_order(texts: Mapping[str, str], main: str = MAIN) -> list[str]:
    """The modules that `main` needs, every one after those that it imports.

    >>> dependency_order({"main.js": 'import { a } from "./a.js";\\na();\\n', "a.js": "", "b.js": ""})
    ['a.js', 'main.js']
    """
    done: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{name} and {above[-1]} import each other in a circle")
        for _, needed in IMPORT.findall(texts[name]):
            visit(needed, (*above, name))
        if name not in done:
            done.append(name)

    visit(main, ())
    return done


def joined_script(programs: Mapping[str, str] = NOTHING, kinds: Collection[str] | None = None) -> str:
    """All that the page runs as one module, with programs (name -> expression) in their place.

    Of views it has those of the `kinds` of its panels; all of them unless they are given.
    """
    texts = modules()
    texts[PROGRAMS] = programs_module(programs)
    for name, shown in VIEW_MODULES.items():
        if kinds is not None and not shown & set(kinds):
            texts[name] = "".join(f"export function {mount}() {{}}\n" for mount in MOUNT.findall(texts[name]))
    script = "".join(
        stripped(EXPORT.sub("", IMPORT.sub("", texts[name]))) for name in dependency_order(texts)
    )
    if "</script" in script or "<!--" in script:
        raise ValueError("a script within a page cannot hold the end of one")
    return script


def stripped(text: str) -> str:
    """A module without comments and without indentation.

    >>> stripped("/** What. */\\nconst a = 1; // one\\n\\n/**\\n * More.\\n */\\n  b(`\\n  c`, '// ');\\n")
    "const a = 1;\\nb(`\\nc`, '// ');\\n"
    """
    text = re.sub(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^[ \t]*//.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^[ \t]*\n", "", re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    return "".join(map(without_remark, text.splitlines(keepends=True)))


def without_remark(line: str) -> str:
    """A line without the remark at its end, if that is outside of all quotes."""
    found = re.search(r"[ \t]+// [^\"'`\n]*$", line)
    code = line[: found.start()] if found else line
    return code + "\n" if found and all(code.count(mark) % 2 == 0 for mark in "\"'`") else line


def squeezed(style: str) -> str:
    """A style without remarks and the spaces around its signs.

    >>> squeezed("/* one */\\n.a, .b { left: calc(1px + 2px); }\\n")
    '.a,.b{left: calc(1px + 2px);}'
    """
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)).strip()


# ---- the text around it


def escaped_json(payload: Any) -> str:
    """Data as JSON that cannot end the block it stands in.

    >>> escaped_json({"title": "</script>"})
    '{"title":"\\\\u003c/script\\\\u003e"}'
    """
    plain = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return plain.translate(UNSAFE)


def paragraph(parts: Iterable[Sequence[str]]) -> str:
    """A caption of parts (run or "", words), escaped, the names of runs bold."""
    return "".join(f"<b>{escape(words)}</b>" if run else escape(words) for run, words in parts)


def picture(payload: Mapping[str, Any]) -> str:
    """The first picture of the scene, for readers without a script."""
    if not payload.get("poster"):
        return ""
    return f'<img id="poster" src="{escape(payload["poster"])}" alt="{escape(payload.get("alt", ""))}">'


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows, the first of them the headings, as a table."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def meta(name: str, content: str | None) -> str:
    """A line of the head, if there is something to say."""
    return f'<meta name="{name}" content="{escape(content)}">\n' if content else ""


def font_face(weight: int, content: bytes) -> str:
    """The rule that makes a font of the page's own typeface."""
    data = base64.b64encode(content).decode()
    return (
        f'@font-face{{font-family:"Page";font-weight:{weight};font-display:block;'
        f'src:url(data:font/woff;base64,{data}) format("woff")}}\n'
    )


def policy_hash(text: str) -> str:
    """What the policy knows a script or a style by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def page_asset(name: str) -> str:
    """A file that comes with this package."""
    return files("optiviz.web").joinpath(name).read_text(encoding="utf-8")
