"""What a scene says wrongly is told by `check` in one sentence with its line, and the seconds of a clip."""

import json

import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz.cli import cli
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import timeline

SCENE = """title = "A bowl"
panels = ["landscape", "loss"]
steps = 20
{line}
[problem]
formula = "x**2 + 4*y**2"
xlim = [-4, 4]
ylim = [-3, 3]
start = [3, 1]
minima = [[0, 0]]
[runs]
GD = {{ optimizer = "gd", learning_rate = 0.1 }}
"""


def check(tmp_path, line, *flags):
    file = tmp_path / "scene.toml"
    file.write_text(SCENE.format(line=line))
    return CliRunner().invoke(cli, ["check", str(file), *flags])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('captions = [{ at = 21, text = "late" }]',
         "4: captions[1].at: there is no step 21: this scene goes from 0 to 20"),
        ('captions = [{ at = "diverges:GD", text = "gone" }]',
         "4: captions[1].at: 'diverges:GD' never happens in 20 steps"),
        ('captions = [{ at = "home:SGD", text = "first" }]',
         "4: captions[1].at: unknown run 'SGD' - did you mean 'GD'?"),
        ('captions = [{ at = 3, text = "{hme:GD}" }]',
         "4: captions[1].text: unknown field '{hme:GD}' - did you mean 'home'?"),
        (f'captions = [{{ at = 3, text = "{"word " * 30}end" }}]',
         "4: captions[1].text: 153 characters are too long for its line, about 90 fit"),
        ('marks = [{ panel = "landscape", at = [9.0, 0.0], text = "far" }]',
         "4: marks[1].at: (9, 0) is outside of 'landscape'"),
        ('marks = [{ panel = "lanscape", at = [0.0, 0.0] }]',
         "4: marks[1].panel: this scene has no panel 'lanscape' - did you mean 'landscape'?"),
        ('marks = [{ panel = "loss", run = "GT", step = 3 }]',
         "4: marks[1].run: unknown run 'GT'"),
        ('verdict = "{loss:GD@turn}"', "4: verdict: 'turn:GD' never happens in 20 steps"),
        ('ask = { at = 40, question = "Who?" }',
         "4: ask.at: there is no step 40: this scene goes from 0 to 20"),
        ('poster = "home:Adam"', "4: poster: unknown run 'Adam'"),
    ],
)  # fmt: skip
def test_one_located_sentence(tmp_path, line, fault):
    told = check(tmp_path, line)
    assert told.exit_code == 2
    lines = told.output.strip().splitlines()
    assert f"scene.toml:{fault}" in lines[0]
    assert (
        len([one for one in lines if "scene.toml" in one]) <= 2
    )  # the mark of a run that is not there has two


def test_the_seconds_are_those_of_the_clip_with_all_its_rests(tmp_path):
    words = 'captions = [{ at = 0, text = "Ten words that take longer to read than this clip lasts." }]'
    line = f'{words}\nseconds = 1\nask = {{ at = 5, question = "Where does it end?", seconds = 4 }}'
    told = json.loads(check(tmp_path, line, "--json").output)
    scene = ov.load(tmp_path / "scene.toml")
    stage = set_stage(scene, ov.play(scene))
    assert told["seconds"] == sum(one.centiseconds for one in stage.moments) / 100
    bare = sum(one.centiseconds for one in timeline(scene)) / 100
    assert bare == pytest.approx(1.2 + 1.0 + 2.5) and told["seconds"] >= bare + 4  # the question stands


def test_runs_that_take_long_are_not_run(tmp_path):
    file = tmp_path / "scene.toml"
    file.write_text(SCENE.format(line="").replace("steps = 20", "steps = 900_000"))
    told = CliRunner().invoke(cli, ["check", str(file)])
    assert told.exit_code == 0 and "900000 steps" in told.output


@pytest.mark.parametrize("command", [["render", "-o", "a.gif"], ["frame", "-o", "a.png"]])
def test_what_only_the_runs_show_is_told_with_its_line_by_all_that_draw(tmp_path, command):
    file = tmp_path / "scene.toml"
    file.write_text(SCENE.format(line='marks = [{ panel = "landscape", at = [9.0, 0.0], text = "far" }]'))
    with_out = [*command[:-1], str(tmp_path / command[-1])]
    found = CliRunner().invoke(cli, [with_out[0], str(file), *with_out[1:]])
    assert found.exit_code == 2 and not (tmp_path / command[-1]).exists()
    assert f"{file}:4: marks[1].at: (9, 0) is outside of 'landscape'" in found.output
    assert found.output.count(str(file)) == 1
