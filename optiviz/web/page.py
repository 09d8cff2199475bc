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
from optiviz.web.squeeze import reached, squeezed_script

MAIN, OPENING, PROGRAMS = "main.js", "openPage", "programs.js"
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=function\*? |async function |const )", re.MULTILINE)
UNSAFE = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
# a function, and what a page shows, computes or asks where it has a use for it; without all of these it is
# empty, and what it alone needs does not travel
USES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("mountMap", "mountGhost", "mountAnatomyArrows", "mountStartHandle"), frozenset({"map"})
        ),
        "mountHill": frozenset({"hill"}),
        "mountLoss": frozenset({"loss"}),
        "mountFitView": frozenset({"fit"}),
        "mountBoundaryView": frozenset({"boundary"}),
        "mountNeuronsView": frozenset({"neurons"}),
        "mountCurvesView": frozenset({"accuracy", "rates"}),
        "mountPictureView": frozenset({"picture"}),
        "mountAsk": frozenset({"question"}),
        "fitProblem": frozenset({"problem fit"}),
        "trainingProblem": frozenset({"problem network"}),
    }
)
IN_THE_PAGE = ("poster", "alt")  # what stands in the page itself, where the script finds it
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
    script = joined_script(programs, uses_of(payload))
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
        data=escaped_json({name: part for name, part in payload.items() if name not in IN_THE_PAGE}),
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


def joined_modules(programs: Mapping[str, str] = NOTHING) -> str:
    """The text of all modules as one, each after those that it imports."""
    texts = modules() | {PROGRAMS: programs_module(programs)}
    return "".join(EXPORT.sub("", IMPORT.sub("", texts[name])) for name in dependency_order(texts))


def uses_of(payload: Mapping[str, Any]) -> frozenset[str]:
    """What a page shows (kinds of panels), computes (kind of problem) and asks, as `USES` names it.

    >>> sorted(uses_of({"panels": [{"kind": "map"}], "problem": {"kind": "fit"}, "ask": None}))
    ['map', 'problem fit']
    """
    kinds = {panel["kind"] for panel in payload.get("panels", ())}
    problem = (payload.get("problem") or {}).get("kind", "")
    return frozenset(kinds | {f"problem {problem}"} | ({"question"} if payload.get("ask") else set()))


def joined_script(
    programs: Mapping[str, str] = NOTHING, uses: Collection[str] | None = None, short: bool = True
) -> str:
    """All that the page runs as one module, with programs (name -> expression) in their place.

    It has what a page of `uses` needs; all there is unless they are given. Names are shortened if `short`.
    """
    unused = {name for name, needed in USES.items() if uses is not None and not needed & set(uses)}
    script = squeezed_script(reached(joined_modules(programs), [OPENING], unused), short)
    if "</script" in script or "<!--" in script:
        raise ValueError("a script within a page cannot hold the end of one")
    return script


def squeezed(style: str) -> str:
    """A style without remarks and the spaces around its signs.

    >>> squeezed("/* one */\\n.a > .b { left: calc(1px + 2px); }\\n")
    '.a>.b{left:calc(1px + 2px)}'
    """
    plain = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return re.sub(r";?\s*([{};,>])\s*|(?<=:)\s+", lambda found: found[1] or "", plain).strip()


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
