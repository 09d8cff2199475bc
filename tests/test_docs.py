"""The documents: every part of every index stands in one, and what is generated is up to date."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from optiviz.flavours import FLAVOURS
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import OPTIMIZERS, SCHEDULES
from optiviz.rendering.encode import WRITERS

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def pages():
    """The functions of docs/generate.py that give a page, by file."""
    spec = spec_from_file_location("generate", DOCS / "generate.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PAGES


@pytest.mark.parametrize("file", ["optimizers.md", "surfaces.md"])
def test_generated_pages_are_up_to_date(pages, file):
    assert (DOCS / file).read_text(encoding="utf-8") == pages[file](), "run `make docs`"


def test_every_part_has_its_place():
    text = {file.name: file.read_text(encoding="utf-8") for file in DOCS.glob("*.md")}
    for make in OPTIMIZERS.values():
        assert f"\n## {make.__name__}\n" in text["optimizers.md"]
    for name in SCHEDULES:
        assert f"\n### {name}\n" in text["optimizers.md"]
    for name in FLAVOURS:
        assert f"\n| `{name}` |" in text["optimizers.md"]
    for name, surface in surfaces.items():
        assert f"\n## {name}\n" in text["surfaces.md"]
        assert surface.formula in text["surfaces.md"]
    assert set(re.findall(r"^\| `(\.\w+)` \|", text["formats.md"], re.M)) == set(WRITERS)


def test_links_between_documents_lead_somewhere():
    for file in [*DOCS.glob("*.md"), *DOCS.parent.glob("*.md")]:
        text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.S)
        for path, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)", text):
            target = file.parent / path if path else file
            assert target.exists(), f"{file.name}: {path}"
            if anchor and target.suffix == ".md":
                heads = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)
                known = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in known, f"{file.name}: {path}#{anchor}"
