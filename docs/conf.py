"""Settings of Sphinx for the staged sources in docs/_build/source; `make docs` stages and builds them."""

import re

import optiviz

project = "optiviz"
author = "The optiviz authors"
copyright = author  # no year: the same tree gives the same pages
version = release = optiviz.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["sitegen/**"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
html_theme = "furo"
html_title = "optiviz"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_extra_path = ["extra"]
html_theme_options = {"navigation_with_keys": True}
html_last_updated_fmt = None
pygments_style, pygments_dark_style = "friendly", "monokai"


def as_rst(app, what, name, obj, options, lines):
    """Docstrings are prose with backticks, formulas and examples, not reST: its other marks are text.

    Sections, and the names and types in them, are left to numpydoc, which comes after this.
    """
    text, within_code, previous = [], False, ""
    heads = {k for k, line in enumerate(lines[1:], 1) if re.fullmatch(r"-{3,}", line.strip())}
    in_section = False
    for k, line in enumerate(lines):
        in_section = in_section or k + 1 in heads
        example = line.lstrip().startswith((">>>", "..."))
        within_code = (within_code or example) and bool(line.strip())
        indented = line.startswith("    ") and not in_section
        entry = in_section and re.match(r"\S[^:]* : ", line)
        if indented and line.strip() and not previous.strip() and not within_code:
            text += ["::", ""]
        literal = within_code or indented or entry or k in heads
        text.append(line if literal else escaped(line))
        previous = line
    lines[:] = text


def escaped(line):
    """A line of prose: single backticks are code, all other marks of reST stand for themselves."""
    pieces = re.split(r"(`+[^`]+`+)", line)
    return "".join(
        f"``{piece.strip('`')}``"
        if k % 2
        else re.sub(r"(?<!\\)([*|])", r"\\\1", re.sub(r"(\w)_(?!\w)", r"\1\\_", piece))
        for k, piece in enumerate(pieces)
    )


def setup(app):
    """Docstrings are turned before numpydoc (500) sees them."""
    app.connect("autodoc-process-docstring", as_rst, priority=400)
