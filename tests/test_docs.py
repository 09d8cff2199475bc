"""The documents: every name has its entry, links lead somewhere, and every block of code runs."""

import re
from os.path import normpath
from pathlib import Path
from shutil import copytree

import click
import pytest
from check import missing_words
from sitegen.blocks import blocks, execute_page, written_pages
from sitegen.pages import PAGES
from sitegen.pictures import file_of, jobs

import optiviz as ov
from optiviz.cli import COMMANDS, cli
from optiviz.flavours import FLAVOURS
from optiviz.optimizers import OPTIMIZERS, SCHEDULES
from optiviz.rendering.encode import WRITERS
from optiviz.scene.panel_names import NAMES as PANELS
from optiviz.scenefile import read_text, schema, shipped
from optiviz.scenefile.catalogue import CATALOGUE
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.models import RUN_KEYS, WRAPPERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
WRITTEN = written_pages(DOCS)
# pages whose scripts other tests run and look into, or need what a test has not
RUN_ELSEWHERE = {"howto/library.md", "howto/regression.md"}


@pytest.fixture(scope="module")
def pages():
    """All pages, written and generated: path below docs/ -> text."""
    return {**WRITTEN, **{path: make() for path, make in PAGES.items()}}


def test_every_rule_schedule_wrapper_and_flavour_has_its_entry(pages):
    for name, part in OPTIMIZERS.items():
        page = pages[f"reference/rules/{name}.md"]
        assert f'optimizer = "{name}"' in page
        for setting in settings_of(part):
            assert f"\n| `{setting}` | " in page, (name, setting)
    for name in SCHEDULES:
        assert f"\n## {name}\n" in pages["reference/schedules.md"]
    for name in WRAPPERS:
        assert f"\n## {name}\n" in pages["reference/wrappers.md"]
    for name in FLAVOURS:
        assert f"\n| `{name}` |" in pages["reference/flavours.md"]
    assert "`clipnorm=None`" in pages["reference/rules/adam.md"]  # what Keras' Adam takes


def test_every_surface_panel_and_part_has_its_entry(pages):
    for name, surface in ov.surfaces.items():
        page = pages[f"reference/surfaces/{name}.md"]
        assert surface.formula.replace("|", "\\|") in page
        assert all(f"({x:.6g}, {y:.6g})" in page for x, y in surface.minima if surface.f_min is not None)
    for name in PANELS:
        assert f'panel = "{name}"' in pages[f"reference/panels/{name}.md"]
    for kind in ("datasets", "layers", "activations", "initializers", "losses", "themes", "formats"):
        for entry in CATALOGUE[kind]():
            assert f"\n| `{entry.name}` |" in pages["reference/parts.md"], entry.name
    assert set(re.findall(r"^\| `(\.\w+)` \|", pages["reference/formats.md"], re.M)) == set(WRITERS)
    for name in shipped():
        assert f"optiviz render {name}\n" in pages[f"gallery/{name}.md"]


def test_every_public_name_key_and_command_has_its_entry(pages):
    api = "".join(text for path, text in pages.items() if path.startswith("reference/api/"))
    for name in ov.HOME_OF:
        assert f"\n## ov.{name}\n" in api
    keys = pages["reference/scene_keys.md"]
    for key in (*schema()["properties"], *RUN_KEYS):
        assert f"\n| `{key}` |" in keys
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert f"\n## optiviz {name}\n" in pages["reference/commands.md"]
        for option in command.params:
            spellings = option.opts if isinstance(option, click.Option) else ()
            assert all(spelling in pages["reference/commands.md"] for spelling in spellings)


def test_links_between_documents_lead_somewhere(pages):
    drawn = {file_of(job) for job in jobs(DOCS)} | {"static/momentum.gif"}
    beside = {f"../{file.name}": file.read_text("utf-8") for file in ROOT.glob("*.md")}
    for path, page in {**pages, **beside}.items():
        text = re.sub(r"^```.*?^```|`[^`\n]+`", "", page, flags=re.S | re.M)
        for link, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)", text):
            target = normpath(Path(path).parent / link) if link else path
            assert target in pages or target in drawn or (DOCS / target).exists(), f"{path}: {link}"
            if anchor and target.endswith(".md"):
                heads = re.findall(r"^#+ (.+)$", (pages | beside)[target], re.M)
                known = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in known, f"{path}: {link}#{anchor}"


@pytest.mark.parametrize("page", [page for page in WRITTEN if page not in RUN_ELSEWHERE])
def test_the_blocks_of_a_page_run(page, tmp_path):
    """Scripts are run one after the other, scenes are read; both in an empty folder with the shipped data."""
    copytree(ROOT / "scenes" / "data", tmp_path / "data")
    execute_page(page, WRITTEN[page], tmp_path)
    for block in blocks(page, WRITTEN[page]):
        if block.is_scene and block.runs:
            read_text(block.code, page, tmp_path)


def test_the_search_is_asked_for_words_together():
    index = 'Search.setIndex({"terms":{"decim":[1,2],"comma":2,"overshoot":0,"beamer":3}})'
    assert missing_words(index) == ["search: nothing is found for 'clipnorm'"]
    assert missing_words(index.replace('"comma":2', '"comma":3').replace("beamer", "clipnorm")) == [
        "search: nothing is found for 'decimal comma'",
        "search: nothing is found for 'Beamer'",
    ]
