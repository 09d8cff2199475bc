"""The generated module of a page: its surfaces and rules as `export const PROGRAMS`.

`program_table` is the mapping that `page.explorer_page` takes; with it the page has

    PROGRAMS = { "surface:beale": {...}, "rule:adam": {...}, "rule:rmsprop": {...}, "rule:rmsprop_2": {...},
                 index: {adam: {program: "adam", settings: {learning_rate: 0.001, ...}, folded: [...]}} }

`index` has the rules that a viewer may choose, with their defaults; it is empty where nothing can be chosen.

`programs_of(rules)` says which of them each run goes by; `surfaces.py` and `rules.py` describe the objects.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optiviz.objectives.surface import Surface
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import OPTIMIZERS
from optiviz.web.recorded import NotRecordable
from optiviz.web.rules import RuleProgram, rates_of, rule_program
from optiviz.web.surfaces import is_formula, program_of

IMPORTS = 'import { rateAt } from "./engine.js";\nimport { power } from "./powers.js";\n'
# rules and surfaces of the indexes that a page can but replay: steps that ask, roots of matrices, noise
RECORDED_ONLY: tuple[str, ...] = (
    "adafactor", "shampoo", "backtracking", "exactlinesearch", "conjugategradient", "newton", "gradientflow",
    "langevin",
)  # fmt: skip


@dataclass
class Programs:
    """The rule programs of a page by id, each text once.

    Parameters
    ----------
    rules : dict of str to str
        Id -> JavaScript object.
    runs : dict of str to mapping
        Label -> `{"program": id or None, "settings": {...}, "folded": [...], "rates": [...] or None,
        "why": None or why it is only replayed}`.
    """

    rules: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def enter(self, program: RuleProgram) -> str:
        """The id of a program: its rule's name, numbered where that has another form already."""
        count = 1
        while True:
            name = f"{program.name}_{count}" if count > 1 else program.name
            if self.rules.setdefault(name, program.text) == program.text:
                return name
            count += 1


def programs_of(rules: Mapping[str, Any], steps: int, known: Programs | None = None) -> Programs:
    """The programs of runs, by label.

    Parameters
    ----------
    rules : mapping of str to Optimizer
        What is none of ours to record (a solver of scipy, a step that is not elementwise) is told in `why`.
    steps : int
        How many rates of a schedule are needed.
    known : Programs, optional
        Enter them here, beside those of others.

    Examples
    --------
    >>> from optiviz.optimizers import GD, RMSprop
    >>> found = programs_of({"a": GD(0.1), "b": RMSprop(0.1), "c": RMSprop(0.1, momentum=0.9)}, steps=9)
    >>> [run["program"] for run in found.runs.values()], found.runs["a"]["settings"]
    (['gd', 'rmsprop', 'rmsprop_2'], {'learning_rate': 0.1})
    """
    found = Programs() if known is None else known
    for label, rule in rules.items():
        try:
            program = rule_program(rule)
        except NotRecordable as fault:
            found.runs[label] = {
                "program": None,
                "settings": {},
                "folded": [],
                "rates": None,
                "why": str(fault),
            }
            continue
        found.runs[label] = {
            "program": found.enter(program),
            "settings": dict(program.settings),
            "folded": list(program.folded),
            "rates": rates_of(program, steps),
            "why": None,
        }
    return found


def program_table(
    shown: Iterable[Surface] = (),
    programs: Programs | None = None,
    *,
    all_rules: bool = False,
    all_surfaces: bool = False,
) -> dict[str, str]:
    """What a page carries to run, by name: `surface:beale`, `rule:adam`, and `index`.

    Parameters
    ----------
    shown : iterable of Surface
        Surfaces to carry; formulas are not among them.
    programs : Programs, optional
        The rules of the runs.
    all_rules : bool, default False
        All rules of the index too, so that runs may choose.
    all_surfaces : bool, default False
        All surfaces of the catalogue too.

    Examples
    --------
    >>> from optiviz.optimizers import GD
    >>> list(program_table([surfaces["beale"]], programs_of({"GD": GD()}, 1)))
    ['surface:beale', 'rule:gd', 'index']
    """
    held = {surface.name: surface for surface in shown if not is_formula(surface)}
    rules = Programs(dict(programs.rules)) if programs else Programs()
    index: dict[str, Any] = {}
    if all_surfaces:
        held = {**{name: one for name, one in surfaces.items() if name not in RECORDED_ONLY}, **held}
    if all_rules:
        made = {name: make() for name, make in OPTIMIZERS.items() if name not in RECORDED_ONLY}
        index = {
            name: {part: run[part] for part in ("program", "settings", "folded")}
            for name, run in programs_of(made, 1, rules).runs.items()
        }
    return {
        **{f"surface:{name}": program_of(surface) for name, surface in held.items()},
        **{f"rule:{name}": text for name, text in rules.rules.items()},
        "index": json.dumps(index),
    }


def programs_module(table: Mapping[str, str]) -> str:
    """The text of the module `programs.js`: `export const PROGRAMS`, and what the programs call.

    Parameters
    ----------
    table : mapping of str to str
        Name -> expression in JavaScript, as `program_table` gives them.
    """
    rows = "".join(f"{json.dumps(name)}: {text},\n" for name, text in table.items())
    return f"{IMPORTS}\nexport const PROGRAMS = {{\n{rows}}};\n"


__all__ = ["RECORDED_ONLY", "Programs", "program_table", "programs_module", "programs_of"]
