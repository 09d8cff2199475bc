"""The offline page as a text: one script of all modules, a policy that fits it, data that stays data."""

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from javascript import NODE, needs_node

from optiviz.web.page import (
    IMPORT,
    USES,
    dependency_order,
    escaped_json,
    explorer_page,
    joined_script,
    modules,
    uses_of,
)
from optiviz.web.squeeze import squeezed_script

FOLDER = Path(__file__).parents[1] / "optiviz" / "web" / "js"
BEALE = Path(__file__).parent / "web" / "beale.json"
TOP = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def page():
    return explorer_page(json.loads(BEALE.read_text(encoding="utf-8")))


def test_names_at_the_top_of_modules_are_unique_for_they_share_one_script():
    seen = {}
    for file, text in modules().items():
        for name in TOP.findall(text):
            assert name not in seen, f"{name} is in {file} and in {seen[name]}"
            seen[name] = file
        assert not re.search(r"^(?:export )?(?:const|let) [\[{]", text, re.MULTILINE), (
            f"{file}: one name each"
        )


def test_modules_keep_the_form_that_can_be_joined():
    texts = modules()
    for file, text in texts.items():
        bare = IMPORT.sub("", text)
        assert not re.search(r"^(import|export (?!function|async function|const))", bare, re.MULTILINE), file
        assert not re.search(r"^\s*(for \()?var ", text, re.MULTILINE), file
        assert not re.search(r"[^=!]==[^=]|!=[^=]", text), f"{file}: strict equality"
        assert not re.search(r"\b(eval|Function)\(|innerHTML|outerHTML|insertAdjacentHTML", text), file
        assert not re.search(r"\b(localStorage|sessionStorage|fetch|XMLHttpRequest|WebSocket)\b", text), file
        assert max(map(len, text.splitlines())) <= 110, file
        assert len(text.splitlines()) < 300, file
        for names, needed in IMPORT.findall(text):
            for name in names.split(", "):
                assert re.search(
                    rf"^export (async )?(function\*?|const) {name}\b", texts[needed], re.MULTILINE
                ), name


@needs_node
def test_every_module_and_the_joined_script_parse(tmp_path):
    every = [*sorted(FOLDER.glob("*.js"))]
    joined = tmp_path / "joined.mjs"
    joined.write_text(joined_script(), encoding="utf-8")
    code = (
        "import { readFileSync } from 'fs'; import vm from 'vm'; for (const file of process.argv.slice(1))"
        "new vm.SourceTextModule(readFileSync(file, 'utf8'), { identifier: file });"
    )
    command = [NODE, "--no-warnings", "--experimental-vm-modules", "--input-type=module", "-e", code]
    done = subprocess.run([*command, *map(str, every), str(joined)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_page_has_what_it_uses():
    """Each function of `USES` is one of the modules', and asked for nothing but to be called."""
    texts = modules()
    for name in USES:
        assert any(re.search(rf"^export function {name}\b", text, re.MULTILINE) for text in texts.values())
    every, some = joined_script(short=False), joined_script(uses={"map", "loss"}, short=False)
    for name in ("hillPainter", "trainingProblem", "fitProblem", "mountBoundaryView", "forwardPass"):
        assert f"function {name}(" in every, name
    assert "function hillPainter" not in some and "function softmaxRows" not in some
    assert "function mountHill(){}" in some and "function mountMap(plot" in some
    assert "function softmaxRows(" in joined_script(uses={"problem network"}, short=False)
    assert uses_of(json.loads(BEALE.read_text(encoding="utf-8"))) >= {"map", "hill", "loss"}


SQUEEZED = """
/** A comment: `of` code. */
const RULE = /[/"'`]\\/{2}/g; // "not" a text
export const halved = (width) => ({ width, half: width / 2 / 1 });
const written = { said: (width, high) => [`(${width}), ${high}`], more: halved };
function told({ width, high = 1 }, ...more) {
  const { half: other, width: name } = written.more(width);
  let text = "width // stays, " + 'so `does` this';
  for (const [k, one] of Object.entries({ other })) text += `${k}: {${one + `${more.length}`}} high`;
  if (RULE.test("x//")) text += high - -high;
  RULE.lastIndex = 0;
  return { text, width: { name, high }, told() { return [other, written.said(1, 2)]; } };
}
"""


@needs_node
def test_a_shortened_script_does_what_the_long_one_does():
    """Shorthands, defaults, nested templates, regular expressions, methods and texts with names in them."""
    asked = "console.log(JSON.stringify([{}({{ width: 4 }}, 7, 8), {}({{ width: 3 }}).told()]));"
    long, short = squeezed_script(SQUEEZED[1:], short=False), squeezed_script(SQUEEZED[1:])
    bare = [text.replace("export ", "") for text in (SQUEEZED, long, short)]
    said = [
        subprocess.run(
            [NODE, "-e", text + asked.format(name, name)], capture_output=True, text=True, check=True
        )
        for text, name in zip(bare, ("told", "told", "ad"), strict=True)
    ]
    assert json.loads(said[0].stdout)[0]["text"] == "width // stays, so `does` thisother: {22} high"
    assert said[1].stdout == said[2].stdout == said[0].stdout
    assert len(short) < len(long) < len(SQUEEZED) and "width // stays" in short and "of` code" not in long


def test_what_needs_what_comes_after_it():
    assert dependency_order(
        {"main.js": 'import { b } from "./b.js";\n', "b.js": 'import { c } from "./c.js";\n', "c.js": ""}
    ) == [
        "c.js",
        "b.js",
        "main.js",
    ]
    circle = {"main.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./main.js";\n'}
    with pytest.raises(ValueError, match="circle"):
        dependency_order(circle)


def test_the_policy_knows_the_script_and_the_style_and_lets_nothing_else_in(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    for kind, pattern in (
        ("script", r'<script type="module">(.*?)</script>'),
        ("style", r"<style>(.*?)</style>"),
    ):
        content = re.search(pattern, page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy and "http:" not in policy and "https:" not in policy
    assert " style=" not in page and " onclick=" not in page


def test_data_stays_data():
    title = "</script><img src=x onerror=alert(1)>\u2028&amp;"
    page = explorer_page({"title": title, "captions": [], "runs": []})
    block = re.search(r'<script type="application/json" id="scene">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(block)["title"] == title
    assert not re.search("[<>&\u2028]", block)
    assert page.count("<img") == 0
    with pytest.raises(ValueError):
        escaped_json({"loss": float("nan")})
