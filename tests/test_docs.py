"""The documents: every part of every index stands in one, and links lead somewhere."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from os.path import normpath
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


def test_every_part_has_its_place(pages):
    text = {file.name: file.read_text(encoding="utf-8") for file in DOCS.rglob("*.md")}
    text |= {Path(name).name: page() for name, page in pages.items()}
    for make in OPTIMIZERS.values():
        assert f"\n## {make.__name__}\n" in text["rules.md"]
    for name in SCHEDULES:
        assert f"\n### {name}\n" in text["rules.md"]
    for name in FLAVOURS:
        assert f"\n| `{name}` |" in text["rules.md"]
    for name, surface in surfaces.items():
        assert f"\n## {name}\n" in text["surfaces.md"]
        assert surface.formula in text["surfaces.md"]
    assert set(re.findall(r"^\| `(\.\w+)` \|", text["formats.md"], re.M)) == set(WRITERS)


def test_links_between_documents_lead_somewhere(pages):
    written = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
    text = {file: file.read_text(encoding="utf-8") for file in written if "_build" not in file.parts}
    text |= {DOCS / name: page() for name, page in pages.items()}
    for file, page in text.items():
        links = re.findall(
            r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)", re.sub(r"```.*?```", "", page, flags=re.S)
        )
        for path, anchor in links:
            target = Path(normpath(file.parent / path)) if path else file
            assert target.exists() or target in text, f"{file.name}: {path}"
            if anchor and target.suffix == ".md":
                heads = re.findall(r"^#+ (.+)$", text[target], re.M)
                known = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in known, f"{file.name}: {path}#{anchor}"
