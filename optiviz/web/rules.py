"""Update rules as JavaScript: one step in place on flat vectors, recorded from the rule's own `step`.

`rule_program(rule)` is a `RuleProgram`, whose `text` is an object expression

    { name, settings: ["learning_rate", ...], folded: [], state: ["velocity", ...],
      init(s, theta, memory),                 fills the vectors of memory (zeros as yet), which state names
      step(s, k, theta, gradient, memory),    changes theta and memory in place; k counts finished steps
      position(s, k, theta, memory, out) }    where the weights are (NAG); null where that is theta

theta, gradient, out and each of memory are Float64Array (P,). `s` has a number for each of settings, live:
sliders change them. Booleans and enumerations are folded, and so is a number that decides which rule it is
(`folded`: the momentum of RMSprop). A schedule is a table of its rates (`rates_of`): `s.rates` in JavaScript.

Recorded and not written by hand: whoever adds a rule keeps one text and gets the page's. What stands in the
way of a recording is a step that is not elementwise (other than by a sum over all coordinates, as in `Clip`):
such a rule is played from its recorded path.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from optiviz._lib.typing import rate_at
from optiviz.optimizers.wrappers import Clip, WeightDecay
from optiviz.web.recorded import Count, NotRecordable, Recorded, Trace, Writer

RATE = "learning_rate"


@dataclass(frozen=True)
class RuleProgram:
    """A rule as a page runs it.

    Parameters
    ----------
    name : str
        Of the rule's class, in small letters; the page's id of it, if no other form of the rule is there.
    text : str
        The JavaScript object; see the head of this module.
    settings : mapping of str to float
        The live settings with this rule's values; of a schedule the first rate.
    folded : tuple of str
        Settings that are numbers but decide what the rule is: changed, it is another program.
    schedule : callable or None
        Count of finished steps -> rate.
    """

    name: str
    text: str
    settings: Mapping[str, float]
    folded: tuple[str, ...]
    schedule: Any = None


def rates_of(program: RuleProgram, steps: int) -> list[float] | None:
    """The rates of steps 1, ..., `steps` by a rule's schedule; None for a rate that is one number."""
    if program.schedule is None:
        return None
    return [float(program.schedule(count)) for count in range(steps)]


def rule_program(rule: Any) -> RuleProgram:
    """The program of an optimizer, wrapped or not.

    Raises
    ------
    NotRecordable
        When its step is not elementwise.

    Examples
    --------
    >>> from optiviz.optimizers import Momentum
    >>> program = rule_program(Momentum(0.1, 0.9))
    >>> dict(program.settings), program.folded
    ({'learning_rate': 0.1, 'momentum': 0.9, 'dampening': 0.0}, ())
    """
    try:
        return traced_rule(rule)
    except NotRecordable as fault:
        raise NotRecordable(f"{type(rule).__name__}: {fault}") from None
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        raise NotRecordable(f"{type(rule).__name__} cannot be written down: {error}") from error


def traced_rule(rule: Any) -> RuleProgram:
    """See `rule_program`."""
    first, later = StepTrace.of(rule, first=True), StepTrace.of(rule, first=False)
    names = list(first.start)
    step = later.step_lines(names)
    if first.step_lines(names) != step:
        step = ["if (k === 0) {", *indented(first.step_lines(names)), "} else {", *indented(step), "}"]
    settings = first.settings
    folded = sorted((first.trace.folded | later.trace.folded) & {*settings})
    lines = [
        f"name: {json.dumps(first.name)},",
        f"settings: {json.dumps([*settings])},",
        f"folded: {json.dumps(folded)},",
        f"state: {json.dumps(names)},",
        *(method("init(s, theta, memory)", first.init_lines(names)) or ["init() {},"]),
        *method("step(s, k, theta, gradient, memory)", step),
        *position_method(first, later, names),
    ]
    text = "{\n" + "\n".join(indented(lines)) + "\n}"
    return RuleProgram(first.name, text, settings, tuple(folded), schedule_of(rule))


def position_method(first: "StepTrace", later: "StepTrace", names: list[str]) -> list[str]:
    """`position`, or null where the weights are theta."""
    body = later.position_lines(names)
    if not body:
        return ["position: null,"]
    start = first.position_lines(names)
    if start != body:
        body = ["if (k === 0) {", *indented(start or ["out.set(theta);"]), "} else {", *indented(body), "}"]
    return method("position(s, k, theta, memory, out)", body)


def method(head: str, body: list[str]) -> list[str]:
    return [f"{head} {{", *indented(body), "},"] if body else []


def indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def schedule_of(rule: Any) -> Any:
    """The schedule of a rule, or None where the rate is one number."""
    rate = getattr(rule, RATE, None)
    return rate if callable(rate) else None


@dataclass
class StepTrace:
    """What a rule does in its first step, or in any later one, on a trace."""

    name: str
    trace: Trace
    settings: dict[str, float]
    start: dict[str, Any]  # the state before the first step, without its count
    theta: Any
    state: dict[str, Any]
    position: Any  # None where it is theta
    first: bool

    @staticmethod
    def of(rule: Any, first: bool) -> "StepTrace":
        trace, settings = Trace(), dict[str, float]()
        twin = live(rule, trace, settings)
        theta, gradient = trace.each("theta[i]"), trace.each("gradient[i]")
        start = {name: part for name, part in twin.init(theta).items() if name != "count"}
        before = {name: trace.each(f"{name}[i]") for name in start}
        count = Count(trace, first)
        moved, after = twin.step(theta, gradient, {**before, "count": count})
        where = position_of_twin(twin, theta, {**before, "count": count})
        if not isinstance(moved, Recorded) or any(name not in after for name in start):
            raise NotRecordable("its step is not elementwise")
        inner = rule
        while isinstance(inner, Clip | WeightDecay):
            inner = inner.optimizer
        name = type(inner).__name__.lower()
        return StepTrace(name, trace, settings, start, moved, after, where, first)

    def lines(self, roots: Mapping[str, Any], names: list[str]) -> list[str]:
        """A loop over the coordinates that assigns `roots`, sums before it where it needs some."""
        writer = Writer(self.trace)
        places = {target: self.trace.place(value) for target, value in roots.items()}
        used = writer.needed(places.values())
        sums = [at for at in used if self.trace.nodes[at][0] == "sum"]
        body: list[str] = []
        for at in sums:
            (part,) = self.trace.nodes[at][1:]
            body += self.hoisted(writer, [part])
            inside = Writer(self.trace, dict(writer.names))
            lines = inside.statements([part])
            total = f"sum{len(writer.names)}"
            body += [f"let {total} = 0;", *loop([*lines, f"{total} += {inside.number(part)};"])]
            writer.names[at] = total
        body += self.hoisted(writer, list(places.values()))
        inside = Writer(self.trace, dict(writer.names))
        kept = [at for at in inside.needed(places.values()) if self.trace.nodes[at][0] == "each"]
        lines = inside.statements(places.values(), kept)
        lines += [f"{target} = {inside.number(at)};" for target, at in places.items()]
        body += loop(lines)
        return [*self.heads("\n".join(body), names), *body]

    def hoisted(self, writer: Writer, roots: list[int]) -> list[str]:
        """Declarations of what is the same for all coordinates and is needed inside of a loop."""
        used = writer.needed(roots)
        outside = {at for at in used if not writer.is_each(at)}
        border = [at for at in roots if at in outside] + [
            part for at in used if at not in outside and at not in writer.names
            for part in writer.parts(at) if part in outside
        ]  # fmt: skip
        return writer.statements(border, [at for at in border if writer.parts(at)])

    def heads(self, body: str, names: list[str]) -> list[str]:
        """The variables that a body reads, taken out of `s` and `memory`."""
        words = {word for word in "".join(c if c.isalnum() or c == "_" else " " for c in body).split()}
        lines = []
        if read := [name for name in self.settings if name in words]:
            lines.append(f"const {{ {', '.join(read)} }} = s;")
        if any(name in words for name in names):
            lines.append(f"const [{', '.join(names)}] = memory;")
        return lines

    def init_lines(self, names: list[str]) -> list[str]:
        filled = {name: value for name, value in self.start.items() if type(value) is not float or value}
        return self.lines({f"{name}[i]": value for name, value in filled.items()}, names) if filled else []

    def step_lines(self, names: list[str]) -> list[str]:
        roots = {"theta[i]": self.theta, **{f"{name}[i]": self.state[name] for name in names}}
        return self.lines(roots, names)

    def position_lines(self, names: list[str]) -> list[str]:
        return [] if self.position is None else self.lines({"out[i]": self.position}, names)


def loop(lines: list[str]) -> list[str]:
    return ["for (let i = 0; i < theta.length; i += 1) {", *indented(lines), "}"]


def live(part: Any, trace: Trace, settings: dict[str, float]) -> Any:
    """The same rule with recorded numbers for its settings, which are entered in `settings` by name.

    It is not made by its `__init__`, which would hold them to what a user may give; they were held to that.
    """
    if not is_dataclass(part):
        return part
    twin = object.__new__(type(part))
    own = {field.name: getattr(part, field.name) for field in fields(part)}
    for name, value in sorted(own.items(), key=lambda item: item[0] != "optimizer"):
        if name == "optimizer":
            value = live(value, trace, settings)
        elif name == RATE:
            settings[RATE] = float(rate_at(value, 0))
            value = lambda count: trace.apply("rateAt", trace.name("s"), count)
        elif isinstance(value, int | float | np.floating) and not isinstance(value, bool):
            name_here = f"{type(part).__name__.lower()}_{name}" if name in settings else name
            settings[name_here] = float(value)
            value = trace.setting(name_here, float(value))
        elif isinstance(value, np.ndarray):
            raise NotRecordable(f"has {name} for {len(value)} runs at once")
        object.__setattr__(twin, name, value)
    return twin


def position_of_twin(twin: Any, theta: Any, state: Any) -> Any:
    """What a rule that looks ahead gives as its position; None for one that does not."""
    while isinstance(twin, Clip | WeightDecay):
        twin = twin.optimizer
    position = getattr(twin, "position", None)
    where = theta if position is None else position(theta, state)
    return None if where is theta else where


__all__ = ["RuleProgram", "rates_of", "rule_program"]
