"""What a scene says: its keys are read, and each fault is told with its place."""

import pytest

import optiviz as ov
from optiviz.scene.words import Ask, Caption, Field, Mark, field_of
from optiviz.scenefile import SceneFault, load

pytestmark = pytest.mark.usefixtures("no_system_fonts")

HEAD = """
panels = ["fit", "landscape", "loss"]
steps = 60
{said}
[problem]
data  = {{ kind = "line", slope = 2.0, intercept = 1.0, noise = 0.3, n = 50 }}
start = [-1.0, -1.5]
[runs]
"Momentum 0.5" = {{ optimizer = "momentum", learning_rate = 0.05, momentum = 0.5 }}
"NAG 0.9"      = {{ optimizer = "nag", learning_rate = 0.05, momentum = 0.9 }}
"""


def scene(tmp_path, said):
    file = tmp_path / "scene.toml"
    file.write_text(HEAD.format(said=said), encoding="utf-8")
    return load(file)


def test_what_is_said_is_read(tmp_path):
    found = scene(
        tmp_path,
        """captions = [
  { at = 0, text = "Go." },
  { at = "turn:NAG 0.9", text = "Back at w = {w:NAG 0.9@turn!2}.", rest = 1.2 },
]
marks = [{ panel = "landscape", at = [0, 1], text = "here" }, { panel = "loss", line = 0.5, text = "half" },
         { panel = "landscape", run = "NAG 0.9", step = "turn", text = "turn" }]
verdict = "Home at {home:NAG 0.9}"
ask = { at = 8, question = "Who is first?" }
poster = "home:NAG 0.9"
author = "A. Nonym"
notes = "Tell the class."
""",
    )
    assert found.captions == (
        Caption(0, "Go."),
        Caption("turn:NAG 0.9", "Back at w = {w:NAG 0.9@turn!2}.", 1.2),
    )
    assert found.marks[0] == Mark("landscape", "here", (0.0, 1.0)) and found.marks[1].line == 0.5
    assert found.ask == Ask(8, "Who is first?", 3.0) and found.poster == "home:NAG 0.9"
    assert (found.verdict, found.author, found.notes) == (
        "Home at {home:NAG 0.9}", "A. Nonym", "Tell the class.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('captions = [{ at = 99, text = "a" }]', "captions[1].at: there is no step 99"),
        ('captions = [{ at = "hom:NAG 0.9", text = "a" }]', "'hom:NAG 0.9' - did you mean 'home'"),
        ('captions = [{ at = "home:NAG", text = "a" }]', "unknown run 'NAG' - did you mean 'NAG 0.9'?"),
        ('captions = [{ at = 0, text = "{los:NAG 0.9}" }]', "'{los:NAG 0.9}' - did you mean 'loss'?"),
        ('captions = [{ at = 0, text = "{loss}" }]', "unknown field '{loss}'"),
        ('captions = [{ at = 0, text = "{w:NAG 0.9@tun}" }]', "unknown event 'tun' - did you mean 'turn'?"),
        ('captions = [{ at = 0, text = "a", rests = 1 }]', "unknown setting 'rests' - did you mean 'rest'?"),
        ('captions = [{ at = 0, text = "a", rest = -1 }]', "captions[1].rest: must be at least 0, got -1"),
        (f'captions = [{{ at = 0, text = "{"word " * 30}" }}]', "150 characters are too long for its line"),
        ('verdict = "home {"', "verdict: a lone brace"),
        ('verdict = "\\u6700"', "verdict: no installed font has '最'"),
        ('marks = [{ panel = "landscap", at = [0, 0] }]', "no panel 'landscap' - did you mean 'landscape'?"),
        ('marks = [{ panel = "loss" }]', "a mark has one of at = [x, y], line = y, or step"),
        ('marks = [{ panel = "loss", line = 1, ring = false }]', "marks[1].ring: a name of a region"),
        ('marks = [{ panel = "loss", step = 3 }]', "marks[1].step: marks a run at a step"),
        ('marks = [{ panel = "loss", run = "NAG", step = 3 }]', "marks[1].run: unknown run 'NAG'"),
        ('marks = [{ panel = "loss", run = "NAG 0.9", step = 99 }]', "marks[1].step: there is no step 99"),
        ('ask = { at = 61, question = "a" }', "ask.at: there is no step 61"),
        ('ask = { at = 6, question = "a", seconds = 99 }', "ask.seconds: must be at most 60, got 99"),
        ("poster = 61", "poster: there is no step 61"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_line(tmp_path, said, fault):
    with pytest.raises(SceneFault) as error:
        scene(tmp_path, said)
    (line,) = str(error.value).splitlines()
    assert "scene.toml:4: " in line and fault in line


def test_labels_may_hold_the_signs_of_a_field():
    assert field_of("loss:a@b!2", ["a@b!2"]) == Field("loss", "a@b!2")
    assert field_of("loss:a@b!2", ["a@b"]) == Field("loss", "a@b", "", 2)
    assert field_of("loss:a@b!2", ["a"]) == Field("loss", "a", "b", 2)


def test_from_python_too():
    bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    with pytest.raises(ov.BadInput, match=r"captions.0.at: there is no step 7"):
        ov.Scene(bowl, {"GD": ov.GD()}, steps=5, captions=(Caption(7, "late"),))
