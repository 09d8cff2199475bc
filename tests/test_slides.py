"""Slides: where a clip can be stopped, and the files that lie beside it."""

import json
import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from shutil import which
from socket import gethostname

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib import __version__ as mpl_version
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from PIL import Image

import optiviz as ov
from optiviz.cli import cli
from optiviz.rendering.encode import Film
from optiviz.rendering.encode.metadata import resolved
from optiviz.rendering.encode.pdf_document import objects_of
from optiviz.rendering.encode.png import animategraphics
from optiviz.rendering.encode.size_budget import Cut
from optiviz.rendering.encode.video import chapters, ffmpeg
from optiviz.rendering.layout import fitting_type_scale
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import type_sizes
from optiviz.rendering.ticks import thin_labels
from optiviz.rendering.timeline import Moment, timeline, with_stops
from optiviz.scenefile import resolve

SMALL = {
    "size": (321, 180),
    "seconds": 1.0,
    "hold": 0.5,
    "fps": 20,
    "steps": 30,
}
SMALL |= {"opening": 0.0, "ease": "linear", "verdict": "none"}  # frames by hand
RACE = {"GD": ov.GD(0.02), "Adam": ov.Adam(0.5)}
PLAIN = ov.Scene(ov.beale, RACE, ("landscape", "loss"), "Beale", **SMALL)
SCENE = replace(PLAIN, pauses=(0, 7, 19, 30), pause=0.5)
FILE = """
title   = "Two rules"
steps   = 30
seconds = 1
hold    = 0.5
opening = 0
verdict = "none"
ease    = "linear"
size    = [321, 180]
pauses  = [7, 19]
[problem]
surface = "beale"
[runs]
GD   = { optimizer = "gd", learning_rate = 0.02 }
Lost = { optimizer = "gd", learning_rate = 9.0 }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The scene with pauses as clips: suffix -> file."""
    folder = tmp_path_factory.mktemp("made")
    suffixes = (".gif", ".webp", ".apng", ".mp4", ".webm")
    files = ov.render(SCENE, [folder / f"race{suffix}" for suffix in suffixes])
    return dict(zip(suffixes, files, strict=True))


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    """What `--slides` makes of the file: its folder, and what was said."""
    folder = tmp_path_factory.mktemp("slides")
    (folder / "two.toml").write_text(FILE)
    return folder / "deck", run("render", f"{folder}/two.toml", "--slides", "-o", f"{folder}/deck/")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(FILE)
    return tmp_path


def stream_of(body):
    return body.partition(b"stream\n")[2]


def run(*args):
    done = CliRunner().invoke(cli, args, prog_name="optiviz")
    return done.exit_code, done.stdout, done.stderr


# ---------------------------------------------------------------------------------------- pauses


def test_a_pause_has_a_frame_that_shows_its_step_and_stands():
    # 20 frames, 30 steps: frame k is at step 30 k / 19, so 7 falls between 6.3 and 7.9, and 19 is frame 12
    moments = timeline(SCENE)
    assert [(k, m.step, m.centiseconds) for k, m in enumerate(moments) if m.pause is not None] == [
        (0, 0, 55), (4, 7, 55), (12, 19, 55), (19, 30, 105),
    ]  # fmt: skip
    before = timeline(PLAIN)
    assert len(moments) == len(before) == 20
    assert sum(m.centiseconds for m in moments) == sum(m.centiseconds for m in before) + 4 * 50 == 350
    others = [k for k, m in enumerate(moments) if m.pause is None]
    assert [moments[k].time for k in others] == [before[k].time for k in others]


def test_a_pause_of_no_time_changes_the_step_alone():
    moments = timeline(replace(SCENE, pause=0))
    assert [m.centiseconds for m in moments] == [5] * 19 + [55]
    assert {0, 7, 19, 30} <= {m.step for m in moments}


@pytest.mark.parametrize("ease", ["arc", "linear", "in", "out", "in-out"])
@pytest.mark.parametrize("steps, stops", [(8, (1, 2, 3, 7)), (1000, (500, 501, 502, 999)), (1000, (1, 2, 3))])
def test_steps_never_go_back_however_close_the_pauses_are(ease, steps, stops):
    scene = replace(PLAIN, steps=steps, ease=ease, seconds=0.5, pauses=stops)
    shown = [m.step for m in timeline(scene)]
    assert shown[0] == 0 and shown[-1] == steps and shown == sorted(shown)
    assert tuple(m.step for m in timeline(scene) if m.pause is not None) == stops


def test_as_many_pauses_as_frames():
    moments = [Moment(step, step / 100, 10) for step in (0, 1, 50, 51, 100)]
    found = with_stops(moments, {97: 97, 98: 98, 99: 99}, 5)
    assert [m.step for m in found] == [0, 97, 98, 99, 100]


def test_epochs_are_paused_at_their_last_step():
    data = ov.DATASETS["line"](slope=2.0, intercept=1.0, noise=0.3, n=50)
    runs = {"SGD": ov.Run(ov.GD(0.05), batch_size=5), "all": ov.GD(0.05)}
    scene = ov.Scene(ov.Fit(data), runs, ("loss",), **{**SMALL, "steps": 100}, epochs=6, pauses=[4, 2, 4])
    assert scene.pauses == (2, 4) and scene.paused_steps == {2: 20, 4: 40}  # 10 steps of 5 rows an epoch
    assert [(m.pause, m.step) for m in timeline(scene) if m.pause is not None] == [(2, 20), (4, 40)]
    assert "title=epoch 4\n" in chapters(Film(scene, ov.play(scene)).stage, 5)


UHD = (3840, 2160)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"pauses": (31,)}, "pauses: there is no step 31: this scene goes from 0 to 30"),
        ({"pauses": (-1,)}, "pauses: there is no step -1: this scene goes from 0 to 30"),
        ({"pauses": (2.5,)}, "pauses: must be whole numbers, got 2.5"),
        ({"pause": 61}, "pause: must be from 0 to 60, got 61"),
        (
            {"pauses": range(1, 30)},
            "pauses: 29 pauses between start and end need 31 frames, this clip has 20; give it more seconds",
        ),
        (
            {"steps": 999, "seconds": 60, "pauses": range(101)},
            "pauses: a scene has at most 100 pauses, this one has 101",
        ),
        (
            {"pause": 60},
            "pause: 4 pauses of 60 s are 4,800 more frames of a video, beside the 20 that move; "
            "the limit is 3,000 in all",
        ),
        (  # 4 gigapixels of 3840 x 2160 are 482 frames
            {"pause": 10, "size": UHD},
            "pause: 4 pauses of 10 s are 800 more frames of a video, beside the 20 that move; "
            "the limit is 482 in all",
        ),
    ],
)
def test_pauses_that_cannot_be(wrong, message):
    with pytest.raises(ov.BadInput) as refused:
        replace(SCENE, **wrong)
    assert f"{refused.value.field}: {refused.value.message}" == message


def test_pauses_of_a_file_are_refused_with_their_line(folder):
    text = FILE.replace("[7, 19]", "[7, 31]")
    (folder / "bad.toml").write_text(text)
    with pytest.raises(ov.BadInput) as refused:
        ov.load("bad.toml")
    assert str(refused.value) == "bad.toml:10: pauses: there is no step 31: this scene goes from 0 to 30"
    (folder / "bad.toml").write_text(text.replace("[7, 31]", "[7.5]"))
    with pytest.raises(ov.BadInput, match=r"^bad.toml:10: pauses\[1\]: must be a whole number, got 7.5$"):
        ov.load("bad.toml")


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_a_second_decoder_sees_the_pauses_stand(made, suffix):
    with Image.open(made[suffix]) as image:
        times = []
        for k in range(image.n_frames):
            image.seek(k)
            image.load()
            times.append(image.info["duration"])
    assert sum(times) == 3500
    assert [time for time in times if time > 100] == [550, 550, 550, 1050]


@pytest.mark.skipif(which("ffprobe") is None, reason="ffprobe is a program of its own")
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_video_has_a_chapter_for_each_pause(made, suffix):
    command = ["ffprobe", "-v", "error", "-show_chapters", "-show_entries", "format=duration", "-of", "json"]
    done = subprocess.run([*command, made[suffix]], capture_output=True, check=True, text=True)
    told = json.loads(done.stdout)
    found = [(float(c["start_time"]), c["tags"]["title"]) for c in told["chapters"]]
    # frames 0, 4, 12, 19 of 0.05 s each, and the 0.5 s of every pause before them
    assert found == [(0.0, "step 0"), (0.7, "step 7"), (1.6, "step 19"), (2.45, "step 30")]
    assert (
        float(told["format"]["duration"]) == pytest.approx(3.5)
        and told["chapters"][-1]["end_time"][:3] == "3.5"
    )
    assert done.stderr == ""


def test_a_jump_to_a_chapter_shows_its_step(made):
    stage = Film(SCENE, ov.play(SCENE)).stage
    for second, k in ((0.7, 4), (1.6, 12)):
        command = [ffmpeg(), "-v", "error", "-ss", f"{second + 0.2}", "-i", made[".mp4"], "-frames:v", "1"]
        command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
        seen = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
        seen = seen.reshape(180, 322, 3)[:, :321].astype(float)
        apart = [np.mean((stage.frame(n)[..., :3] - seen) ** 2) for n in (k - 2, k, k + 2)]
        assert np.argmin(apart) == 1 and apart[1] < 30


def test_without_pauses_there_are_no_chapters():
    plain = chapters(Film(PLAIN, ov.play(PLAIN)).stage, 5)
    assert plain.startswith(";FFMETADATA1\ntitle=Beale\n") and "[CHAPTER]" not in plain
    late = replace(PLAIN, pauses=(30,))
    assert chapters(Film(late, ov.play(late)).stage, 5).count("[CHAPTER]") == 2  # the start, and the pause


def test_a_smaller_clip_keeps_its_pauses():
    film = Film(replace(SCENE, pauses=(5, 8)), ov.play(SCENE))
    moments = Cut(every=4).stage(film).moments
    assert [m.pause for m in moments if m.pause is not None] == [5, 8]
    assert sum(m.centiseconds for m in moments) == sum(m.centiseconds for m in film.stage.moments)


def test_frame_writes_a_still_of_each_pause(folder):
    assert run("frame", "two.toml", "--at", "pauses") == (0, "outputs/two-007.png\noutputs/two-019.png\n", "")
    assert run("frame", "two.toml", "--at", "7", "-o", "seven.png")[0] == 0
    assert (folder / "seven.png").read_bytes() == (folder / "outputs/two-007.png").read_bytes()
    assert ov.still(ov.load("two.toml"), "a.svg", at="pauses") == [Path("a-007.svg"), Path("a-019.svg")]
    (folder / "none.toml").write_text(FILE.replace("pauses", "# "))
    assert run("frame", "none.toml", "--at", "pauses") == (
        2, "", "outputs/none.png: this scene has no pauses, such as pauses = [10, 25]\n",
    )  # fmt: skip
    with pytest.raises(ov.BadInput, match=r"^a.gif: a pause is a still: .pdf, .png, .svg$"):
        ov.still(SCENE, "a.gif", at="pauses")


# ---------------------------------------------------------------------------------------- slides

SLIDES = ["two.gif", "two.mp4", "two.png", "two.pdf", "two.txt", "two.json", "two-007.png", "two-019.png"]


def test_slides_are_all_files_that_a_slide_may_need(deck, folder):
    made, (code, out, _) = deck
    assert (code, out.splitlines()) == (0, [f"{made}/{name}" for name in SLIDES])
    assert sorted(SLIDES) == sorted(path.name for path in made.iterdir())
    with Image.open(made / "two.png") as poster, Image.open(made / "two-019.png") as pause:
        assert poster.size == pause.size == (321, 180) and poster.tobytes() != pause.tobytes()
    scene = ov.load("two.toml")
    still, alone = ov.still(scene, "alone.png", at=19), ov.render(scene, "alone.gif")
    assert still.read_bytes() == (made / "two-019.png").read_bytes()
    assert alone.read_bytes() == (made / "two.gif").read_bytes()  # what is made along with it changes nothing
    assert (made / "two.txt").read_text() == ov.alt_text(scene, ov.play(scene)) + "\n"


def test_the_sidecar_tells_what_was_rendered(deck, folder):
    made, _ = deck
    text = (made / "two.json").read_text()
    told, comparison = json.loads(text), ov.play(ov.load("two.toml"))
    gd, lost = (comparison.trajectories[label] for label in ("GD", "Lost"))
    assert told["runs"]["GD"] == {
        "status": "finished", "stopped_at": None, "steps": 30, "parameters": 2, "final_loss": gd.losses[-1],
    }  # fmt: skip
    assert told["runs"]["Lost"]["status"] == "diverged"
    assert told["runs"]["Lost"]["stopped_at"] == lost.stopped_at == told["runs"]["Lost"]["steps"] + 1
    assert told["pauses"] == [  # 0.05 s a frame; the second one comes after 12 frames and a pause of 1 s
        {"step": 7, "frame": 4, "seconds": 0.2}, {"step": 19, "frame": 12, "seconds": 1.6},
    ]  # fmt: skip
    assert (told["frames"], told["seconds"]) == (20, 3.5)
    assert sorted(file["name"] for file in told["files"]) == sorted(SLIDES)
    assert told["files"][0] == {"name": "two.gif", "frames": 20, "seconds": 3.5, "notes": []}
    assert told["alt"] + "\n" == (made / "two.txt").read_text()
    assert told["scene"]["runs"]["GD"]["optimizer"] == {"is": "GD", "learning_rate": 0.02}
    assert told["scene"]["objective"]["start"] == [1.0, 1.5] and told["scene"]["size"] == [321, 180]
    assert told["versions"]["numpy"] == np.__version__ and told["versions"]["matplotlib"] == mpl_version
    assert told["animategraphics"] == []
    # no clock, no path, no host: another folder gives the same bytes
    (folder / "far" / "away").mkdir(parents=True)
    run("render", str(folder / "two.toml"), "--slides", "-o", f"{folder}/far/away/")
    assert (folder / "far/away/two.json").read_text() == text
    assert str(made.parent) not in text and gethostname() not in text and "far" not in text


def test_a_sidecar_of_files_elsewhere_tells_names_alone(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    ov.render(PLAIN, [tmp_path / "a/x.png", tmp_path / "b/x.json"])
    told = json.loads((tmp_path / "b/x.json").read_text())
    assert [file["name"] for file in told["files"]] == ["x.png", "x.json"]


def test_the_sidecar_knows_what_a_limit_cost(folder):
    assert run("render", "two.toml", "--sidecar", "--max-kb", "17", "-o", "small.gif")[0] == 0
    told = json.loads((folder / "small.json").read_text())
    assert (
        told["files"][0]["name"] == "small.gif" and "colours instead of 255" in told["files"][0]["notes"][0]
    )
    assert (folder / "small.txt").exists()


def test_slides_without_ffmpeg(folder, monkeypatch):
    monkeypatch.setattr("optiviz.rendering.encode.video.which", lambda name: None)
    monkeypatch.setattr("optiviz.rendering.encode.video.import_module", missing)
    code, out, err = run("render", "two.toml", "--slides", "-o", "deck/")
    assert (code, out.splitlines()) == (0, [f"deck/{name}" for name in SLIDES if name != "two.mp4"])
    assert err.startswith("note: no ffmpeg was found, so there is no mp4\n")


def missing(name):
    raise ImportError(name)


def test_slides_go_to_a_folder(folder):
    code, _, err = run("render", "two.toml", "--slides", "-o", "a.gif")
    assert code == 2 and err.endswith("--slides makes several files; -o a.gif is no folder - one ends in /\n")


@pytest.mark.parametrize(
    "out, base, first, last",
    [("deck/", "deck/two.frames/", "0000", "0019"), ("shots/a-%02d.png", "shots/a-", "00", "19"),
     ("%d.png", "", "0", "19")],
)  # fmt: skip
def test_the_line_for_beamer_names_files_that_are_there(folder, out, base, first, last):
    code, _, err = run("render", "two.toml", "-f", "frames" if out == "deck/" else "png", "-o", out)
    line = err.splitlines()[-1].partition(": for Beamer: ")[2]
    parts = re.fullmatch(r"\\animategraphics\[controls,loop,width=\\linewidth\]" + 4 * r"\{(.*?)\}", line)
    assert code == 0 and parts.groups() == ("20", base, first, last)
    numbers = [f"{k:0{len(first)}d}" for k in range(int(first), int(last) + 1)]
    assert all((folder / f"{base}{number}.png").exists() for number in numbers) and len(numbers) == 20


def test_the_sidecar_of_frames_has_the_line_for_beamer(folder):
    assert run("render", "two.toml", "--quiet", "--sidecar", "-o", "deck/shots/%02d.png") == (
        0, "deck/shots/%02d.png\ndeck/shots.txt\ndeck/shots.json\n", "",
    )  # fmt: skip
    (line,) = json.loads((folder / "deck/shots.json").read_text())["animategraphics"]
    assert line == r"\animategraphics[controls,loop,width=\linewidth]{20}{shots/}{00}{19}"
    once = replace(PLAIN, loop=False, fps=33.3)
    line = r"\animategraphics[controls,width=\linewidth]{33.3333}{a}{00}{32}"
    assert animategraphics(Path("a%02d.png"), 33, once) == line
    assert animategraphics(Path("a%02d_b.png"), 33, once) == animategraphics(Path("a.png"), 1, once) == ""


def test_every_frame_in_lines_and_letters(folder):
    (folder / "short.toml").write_text(
        FILE.replace("seconds = 1", "seconds = 0.15").replace("[7, 19]", "[7]")
    )
    code, out, err = run("render", "short.toml", "-f", "pdfs,pdf", "--sidecar", "-o", "deck/")
    assert code == 0 and out.splitlines()[0] == "deck/short.pdfs"
    assert "{20}{deck/short.pdfs/}{0000}{0002}" in err
    frames = sorted((folder / "deck/short.pdfs").iterdir())
    assert [frame.name for frame in frames] == ["0000.pdf", "0001.pdf", "0002.pdf"]
    pages = [frame.read_bytes() for frame in frames]
    assert all(page.startswith(b"%PDF") and page.count(b"/Type /Page ") == 1 for page in pages)
    assert len(set(pages)) == 3
    last, tagged = objects_of(pages[-1]), objects_of((folder / "deck/short.pdf").read_bytes())
    drawn = {stream_of(body) for body in last.values()} - {b""}
    assert drawn and drawn <= {stream_of(body) for body in tagged.values()}
    told = json.loads((folder / "deck/short.json").read_text())
    assert told["files"][0] == {"name": "short.pdfs/", "frames": 3, "seconds": 1.65, "notes": []}
    assert run("render", "short.toml", "-f", "png", "-o", "one/%02d.pdf")[2].endswith(
        "-f png and -o one/%02d.pdf do not agree; these are frames as PDF\n"
    )


def test_scenes_of_every_kind_can_be_told():
    for name in ("momentum", "race_beale", "xor", "cars", "activations", "capacity"):
        told = json.dumps(resolved(ov.load(resolve(name))), allow_nan=False)
        assert len(told) < 40_000 and "0x" not in told, name  # no address of an object
    assert resolved(np.array([np.nan, 1.0])) == ["nan", 1.0]


# ---------------------------------------------------------------------------------------- type


def texts_of(stage):
    """Every text of the figure that is seen."""
    for axes in stage.figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True):
                if min(limits) <= place <= max(limits):
                    yield label
            yield axis.label
    yield from stage.figure.texts


@pytest.mark.parametrize("scale", [1.3, 1.6])
@pytest.mark.parametrize("name", ["momentum", "race_beale", "losses", "local_minimum", "sparse_features"])
def test_large_type_neither_meets_nor_leaves_the_frame(name, scale):
    scene = ov.load(resolve(name))
    scene = replace(scene, size=(1024, 768), scale_text=scale, seconds=0.5)
    stage = set_stage(scene, ov.play(scene))
    boxes = []
    for text in texts_of(stage):
        if text.get_text().strip() and text.get_visible():
            assert text.get_fontsize() * 100 / 72 >= 0.033 * 768, text
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 1024 and box.y1 <= 768, text
            boxes.append((text, box.shrunk(0.95, 0.7)))
    assert len(boxes) > 15
    for k, (text, box) in enumerate(boxes):
        for other, beside in boxes[:k]:
            assert not box.overlaps(beside), (text, other)


def test_type_is_as_large_as_there_is_room_for():
    # two panels of 7.5 heights of type below each other, header and foot of 138 / 24, a gap of 16 / 24:
    # 720 / 24 / (15 + 5.75 + 0.67) = 1.40
    stage = [ov.Panel(name) for name in ("fit", "landscape", "loss")]
    assert fitting_type_scale(3.0, stage, ["GD"], (1280, 720)) == 1.4
    assert fitting_type_scale(1.3, stage, ["GD"], (1280, 720)) == 1.3
    six = [ov.Panel("curve")] * 6
    assert [fitting_type_scale(scale, six, [], (320, 180)) for scale in (0.5, 1.0, 2.0)] == [0.5, 1.0, 1.4]
    assert type_sizes(1000, 1.5) == pytest.approx({"title": 75, "heading": 54.1667, "text": 50}, rel=1e-4)
    scene = replace(PLAIN, scale_text=1.2)
    stages = [set_stage(s, ov.play(PLAIN)) for s in (PLAIN, scene)]
    labels = [next(text for text in stage.figure.texts if text.get_text() == "GD") for stage in stages]
    assert labels[1].get_fontsize() == pytest.approx(1.2 * labels[0].get_fontsize())


def test_smaller_type_than_asked_for_is_told(folder):
    (folder / "large.toml").write_text("scale_text = 2.5\n" + FILE)
    code, _, err = run("check", "large.toml")
    assert code == 0
    # header and foot of 138, a key of 2 x 62, a gap of 16, 7.5 heights of type are 180: 720 / 458 = 1.57
    assert err == (
        "large.toml: note: scale_text 2.5 becomes 1.55: 2 panels in 321 x 180 have no room for larger type\n"
    )
    (folder / "large.toml").write_text("scale_text = 1.2\n" + FILE)
    assert run("check", "large.toml")[2] == ""


def test_labels_that_would_meet_are_left_out():
    figure = Figure(figsize=(4, 3), dpi=100)
    FigureCanvasAgg(figure)
    narrow, wide = figure.add_axes((0.1, 0.5, 0.2, 0.4)), figure.add_axes((0.1, 0.1, 0.8, 0.2))
    for axes in (narrow, wide):
        axes.set(xlim=(-100, 300))
        axes.xaxis.set_major_locator(MultipleLocator(50))
    thin_labels(figure.axes, 10.0)
    assert list(wide.get_xticks()[1:-1]) == list(range(-100, 301, 50))
    left = list(narrow.get_xticks())
    assert 2 <= len(left) < 9 and 0 in left
    boxes = [label.get_window_extent() for label in narrow.get_xticklabels()]
    assert all(a.x1 + 3 <= b.x0 for a, b in pairwise(boxes))
    narrow.set(xlim=(300, -100))  # the other way round
    narrow.xaxis.set_major_locator(MultipleLocator(50))
    thin_labels(figure.axes, 10.0)
    assert len(narrow.get_xticks()) == len(left) and 0 in narrow.get_xticks()
