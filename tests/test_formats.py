"""Formats: every kind of file, read by a program that is not ours."""

import base64
import hashlib
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageFont

import optiviz as ov
from optiviz.cli import cli
from optiviz.rendering.encode import CLIPS, STILLS, VIDEOS, WRITERS, Film
from optiviz.rendering.encode.base import flattened
from optiviz.rendering.encode.gif import SAMPLES, write_gif
from optiviz.rendering.encode.size_budget import Cut, cuts
from optiviz.rendering.encode.video import ffmpeg
from optiviz.rendering.render import make, suffix_of
from optiviz.rendering.stage import Stage, set_stage

HOME = Path(ov.__file__).parents[1]
SMALL = {"size": (321, 181), "seconds": 1.0, "hold": 0.5, "fps": 20, "steps": 30}
SMALL |= {"opening": 0.0, "ease": "linear", "verdict": "none"}  # frames by hand
RACE = {"GD": ov.GD(0.02), "Momentum": ov.Momentum(0.005), "Adam": ov.Adam(0.5)}
SCENE = ov.Scene(ov.beale, RACE, ("landscape", "loss"), "Beale", **SMALL)
EXACT = (".webp", ".apng")
ANIMATED = (".gif", *EXACT)
EVERY = sorted(set(WRITERS) - {".pdfs"})  # which takes long, and is looked at in test_slides.py
ONE_FILE = sorted(set(EVERY) - {".frames", ".json"})  # a .json names those made along with it


@pytest.fixture(scope="module")
def played():
    return ov.play(SCENE)


@pytest.fixture(scope="module")
def stage(played):
    return Film(SCENE, played).stage


@pytest.fixture(scope="module")
def made(played, tmp_path_factory):
    """The scene in every format, made in one call: suffix -> file."""
    folder = tmp_path_factory.mktemp("made")
    files = ov.render(SCENE, [folder / f"race{suffix}" for suffix in EVERY], comparison=played)
    return dict(zip(EVERY, files, strict=True))


def drawn(stage, k):
    """Frame k (H, W, 3)."""
    return stage.frame(k % len(stage.moments))[..., :3].copy()


def run_colours(stage):
    return [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in stage.colors]


def pictures(file):
    """The frames of an animation as Pillow sees them (K, H, W, 3), and the milliseconds of each."""
    frames, times = [], []
    with Image.open(file) as image:
        for k in range(image.n_frames):
            image.seek(k)
            image.load()
            frames.append(np.asarray(image.convert("RGB")))
            times.append(image.info["duration"])
    return np.array(frames), np.array(times)


def decoded(file, size):
    """The frames of any clip as ffmpeg sees them, at 20 frames a second: (K, H, W, 3)."""
    command = [ffmpeg(), "-v", "error", "-i", str(file), "-vf", "fps=20", "-f", "rawvideo"]
    command += ["-pix_fmt", "rgb24", "-sws_flags", "accurate_rnd+full_chroma_int", "pipe:1"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3)


def told(file):
    """What ffmpeg says of a file."""
    return subprocess.run([ffmpeg(), "-hide_banner", "-i", str(file)], capture_output=True, text=True).stderr


def psnr(one, two):
    error = np.mean((one.astype(float) - two) ** 2)
    return 10 * np.log10(255**2 / max(error, 1e-9))


def test_the_index_is_whole():
    assert set(WRITERS) > CLIPS | STILLS and not CLIPS & STILLS and {".mp4", ".webm"} == VIDEOS
    assert all(writer.__doc__ for writer in WRITERS.values())
    assert [suffix_of(n) for n in ("a.GIF", "b/%04d.png", "%d.png", "50%.png", "50%d.gif", "x.frames")] == [
        ".gif", ".frames", ".frames", ".png", ".gif", ".frames",
    ]  # fmt: skip
    assert [suffix_of(n) for n in ("x.pdfs", "b/%04d.pdf", "50%.pdf", "a%d.svg")] == [
        ".pdfs", ".pdfs", ".pdf", ".svg",
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------- animations


@pytest.mark.parametrize("suffix", ANIMATED)
def test_animations_keep_size_time_and_loop(made, suffix):
    with Image.open(made[suffix]) as image:
        assert image.format == {".gif": "GIF", ".webp": "WEBP", ".apng": "PNG"}[suffix]
        assert (image.size, image.info["loop"]) == ((321, 181), 0)
    frames, times = pictures(made[suffix])
    assert times.sum() == 1500 and 10 < len(frames) <= 20
    assert set(times[:-1] % 50) == {0} and times[-1] >= 550


@pytest.mark.parametrize("suffix", EXACT)
def test_lossless_animations_are_the_frames_to_the_bit(made, stage, suffix):
    frames, times = pictures(made[suffix])
    starts = np.concatenate([[0], np.cumsum(times)])[:-1]
    for k in range(20):
        seen = frames[np.searchsorted(starts, 50 * k, side="right") - 1]
        np.testing.assert_array_equal(seen, drawn(stage, k))


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_a_second_decoder_sees_the_same(made, stage, suffix):
    frames = decoded(made[suffix], (321, 181))
    for k in (0, 7, 19):
        if suffix == ".gif":
            assert psnr(frames[k], drawn(stage, k)) > 40
        else:
            np.testing.assert_array_equal(frames[k], drawn(stage, k))


@pytest.mark.parametrize("suffix", [".gif", ".png", *EXACT])
def test_colours_of_runs_and_theme_are_exact(made, stage, suffix):
    last = drawn(stage, -1)
    seen = pictures(made[suffix])[0][-1] if suffix in ANIMATED else np.asarray(Image.open(made[suffix]))
    for color in run_colours(stage):
        where = (last == color).all(axis=-1)
        assert (seen[where] == color).all()
    assert sum((last == color).all(axis=-1).any() for color in run_colours(stage)) >= 5


def test_a_clip_may_play_once(played, tmp_path):
    once = replace(SCENE, loop=False, seconds=0.2)
    gif, webp, apng = ov.render(once, [tmp_path / f"a{suffix}" for suffix in ANIMATED], comparison=played)
    assert b"NETSCAPE" not in gif.read_bytes()
    with Image.open(gif) as image:
        assert "loop" not in image.info
    for file in (webp, apng):
        with Image.open(file) as image:
            assert image.info["loop"] == 1


def test_loop_stands_in_the_scene_file(tmp_path):
    text = (HOME / "scenes" / "momentum.toml").read_text()
    file = tmp_path / "once.toml"
    file.write_text("loop = false\n" + text)
    assert not ov.load(file).loop and ov.Scene(ov.beale, RACE).loop


def test_a_clear_ground_stays_clear_where_it_can(played, tmp_path):
    clear = replace(SCENE, theme="transparent", seconds=0.5)
    files = ov.render(
        clear, [tmp_path / f"a{suffix}" for suffix in (*ANIMATED, ".png", ".mp4")], comparison=played
    )
    gif, webp, apng, png, _ = files
    stage = Film(clear, played).stage
    for file, k in ((webp, 0), (apng, 0), (webp, -1), (apng, -1), (png, -1)):
        with Image.open(file) as image:
            image.seek(image.n_frames - 1 if k and file != png else 0)
            seen = np.asarray(image.convert("RGBA"))
        expected = stage.frame(k % len(stage.moments))
        assert seen[2, 2, 3] == 0
        np.testing.assert_array_equal(seen[..., 3], expected[..., 3])
        solid = expected[..., 3] == 255
        np.testing.assert_array_equal(seen[solid], expected[solid])
    last = flattened(stage, stage.frame(len(stage.moments) - 1))[..., :3]
    assert psnr(pictures(gif)[0][-1], last) > 40 and (last[2, 2] == 255).all()


def test_a_webp_is_a_riff_of_its_length(made):
    data = made[".webp"].read_bytes()
    assert data[:4] == b"RIFF" and struct.unpack_from("<I", data, 4)[0] == len(data) - 8


# -------------------------------------------------------------------------------------------- videos


@pytest.mark.parametrize("suffix, codec", [(".mp4", "h264"), (".webm", "vp9")])
def test_videos_keep_time_and_picture_and_are_even(made, stage, suffix, codec):
    said = told(made[suffix])
    assert f"Video: {codec}" in said and "yuv420p(tv, bt709" in said and "322x182" in said
    assert "Duration: 00:00:01.50" in said and "20 fps" in said
    frames = decoded(made[suffix], (322, 182))
    assert len(frames) == 30
    for k, seen in ((0, frames[0]), (10, frames[10]), (19, frames[19]), (19, frames[29])):
        assert psnr(seen[:181, :321], drawn(stage, k)) > 30, k
    rim = np.concatenate([frames[-1][181], frames[-1][:, 321]])
    assert np.abs(rim[:100].astype(int) - 255).max() <= 3  # the ground goes on
    assert np.abs(np.mean(frames[0][:8, 120:200].astype(int), axis=(0, 1)) - 255).max() <= 2  # white is white


def test_an_mp4_starts_at_once(made):
    data = made[".mp4"].read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert b"Lavf" not in data  # no version, no date


def test_an_even_scene_stays_as_it_is(played, tmp_path):
    file = ov.render(replace(SCENE, size=(320, 180), fps=12.5), tmp_path / "a.mp4", comparison=played)
    said = told(file)
    assert "320x180" in said and "12.50 fps" in said
    # 12 frames of 0.08 s and a hold of 0.5 s: 1.46 s, to the frame 1.44
    assert "Duration: 00:00:01.44" in said


def test_the_bundled_ffmpeg_goes_first_and_without_any_there_is_a_sentence(monkeypatch, tmp_path):
    assert "imageio_ffmpeg" in ffmpeg()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    tool = tmp_path / "ffmpeg"
    tool.write_text("#!/bin/sh\necho the disk is on fire >&2\nexit 3\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg() == str(tool)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("optiviz.rendering.render.play", lambda scene: 1 / 0)  # told before any work
    for suffix in VIDEOS:
        with pytest.raises(ov.BadInput, match=r"a video needs ffmpeg: .*pip install imageio-ffmpeg"):
            ov.render(SCENE, tmp_path / f"a{suffix}")
    assert os.listdir(tmp_path) == ["ffmpeg"]


def test_a_failing_ffmpeg_is_a_sentence_and_leaves_nothing(played, monkeypatch, tmp_path):
    tool = tmp_path / "ffmpeg"
    tool.write_text("#!/bin/sh\necho the disk is on fire >&2\nexit 3\n")
    tool.chmod(0o755)
    monkeypatch.setattr("optiviz.rendering.encode.video.ffmpeg", lambda: str(tool))
    with pytest.raises(OSError, match="ffmpeg ended with code 3: the disk is on fire"):
        ov.render(SCENE, tmp_path / "a.mp4", comparison=played)
    assert os.listdir(tmp_path) == ["ffmpeg"]


# -------------------------------------------------------------------------------------------- stills


def test_svg_is_lines_and_letters(made, stage, played):
    root = ElementTree.parse(made[".svg"]).getroot()
    assert root.tag.endswith("}svg") and root.get("viewBox") == "0 0 231.12 130.32"
    letters = ["".join(part.itertext()) for part in root.iter() if part.tag.endswith("}text")]
    assert {"Level lines", "step:", "30", "GD", "Momentum", "Adam"} <= set(letters)
    assert not re.search(r"\d{4}-\d\d-\d\d", made[".svg"].read_text())
    # the path of a run, vertex by vertex, in points from the top
    axes = stage.figure.axes[0]
    pixels = axes.transData.transform(played.trajectories["Adam"].path)
    wanted = np.column_stack([pixels[:, 0], 181 - pixels[:, 1]]) * 0.72
    lines = [
        part for part in root.iter() if part.tag.endswith("}path") and "#9d0866" in part.get("style", "")
    ]
    found = [np.array(re.findall(r"[ML] (\S+) (\S+)", part.get("d")), dtype=float) for part in lines]
    assert any(len(f) and np.abs(f[-1] - wanted[-1]).max() < 0.01 for f in found if len(f) > 5)


def test_the_finer_stage_is_set_once_for_all_pages(played, monkeypatch, tmp_path):
    scene = replace(SCENE, panels=(ov.Panel("landscape3d"),), size=(320, 240))
    film, sizes = Film(scene, played), []

    def counted(scene, *args):
        sizes.append(scene.size)
        return set_stage(scene, *args)

    monkeypatch.setattr("optiviz.rendering.encode.base.set_stage", counted)
    for k, one in enumerate([film, film.of(film.moments[3]), film.of(film.moments[9])]):
        with WRITERS[".pdf"](tmp_path / f"{k}.pdf", one) as take:
            take(0, one.stage.frame(0))
    assert sizes == [(320, 240), (640, 480)]


def test_parts_of_a_caption_stand_one_space_apart_in_lines(tmp_path):
    """Where a font of Agg's whole pixels and one of outlines differ, a long part would reach the next."""
    text = "Same place, same speed, and what the slope adds; GD asks at the ring."
    scene = replace(SCENE, captions=({"at": 3, "text": text},), size=(1280, 720))
    root = ElementTree.parse(ov.still(scene, tmp_path / "a.svg", at=4)).getroot()
    every = [part for part in root.iter() if part.tag.endswith("}text")]
    one = next(part for part in every if "".join(part.itertext()).startswith("Same"))
    two = next(part for part in every if part.text == "GD" and part.get("y") == one.get("y"))
    lato = ImageFont.truetype(HOME / "optiviz/rendering/fonts/Lato-Regular.ttf", 2700)
    gap = float(two.get("x")) - float(one.get("x")) - lato.getlength(one.text) / 100 * 0.72  # points
    assert gap == pytest.approx(lato.getlength(" ") / 100 * 0.72, abs=0.5)


def test_pdf_has_one_page_of_the_size_of_the_frame(made):
    data = made[".pdf"].read_bytes()
    assert data.startswith(b"%PDF-1.7") and data.rstrip().endswith(b"%%EOF")
    assert b"/MediaBox [ 0 0 231.12 130.32 ]" in data and b"/Count 1" in data
    assert b"/FontFile2" in data and b"CreationDate" not in data


def test_the_figure_is_as_before_when_a_vector_file_was_written(played, tmp_path):
    film = Film(SCENE, played)
    before = film.stage.frame(19).copy()
    for suffix in (".pdf", ".svg"):
        with WRITERS[suffix](tmp_path / f"a{suffix}", film) as take:
            take(19, before)
    assert len(film.stage.figure.axes) == 2 and not film.stage.figure.patches
    film.stage.frame(0)
    np.testing.assert_array_equal(film.stage.frame(19), before)


def test_three_dimensions_become_an_image_in_a_vector_file(played, tmp_path):
    for orbit in (0.0, 90.0):
        panel = ov.Panel("landscape3d", {"orbit": orbit})
        scene = replace(SCENE, panels=(panel,), size=(320, 240))
        file = ov.still(scene, tmp_path / "a.svg", at=12)
        root = ElementTree.parse(file).getroot()
        (image,) = (part for part in root.iter() if part.tag.endswith("}image"))
        png = base64.b64decode(image.get("{http://www.w3.org/1999/xlink}href").partition(",")[2])
        with Image.open(io.BytesIO(png)) as picture:
            wide = picture.size[0]
        scale = re.match(r"(?:matrix|scale)\((\S+?)[ ,)]", image.get("transform", "scale(1)"))
        points = float(image.get("width")) * float(scale[1])  # 72 an inch
        assert wide / points * 72 == pytest.approx(200, abs=1)
        letters = ["".join(part.itertext()) for part in root.iter() if part.tag.endswith("}text")]
        assert "12" in letters


def test_still_in_several_formats(tmp_path):
    files = ov.still(SCENE, [tmp_path / f"a{suffix}" for suffix in (".png", ".pdf", ".svg")], at=3)
    assert [file.suffix for file in files] == [".png", ".pdf", ".svg"]
    assert all(file.stat().st_size > 1000 for file in files)


# ---------------------------------------------------------------------------------- frames, numbers


def test_a_frame_sequence_is_all_frames(made, stage):
    files = sorted(made[".frames"].iterdir())
    assert [file.name for file in files] == [f"{k:04d}.png" for k in range(20)]
    for k, file in enumerate(files):
        np.testing.assert_array_equal(np.asarray(Image.open(file)), drawn(stage, k))


def test_a_pattern_names_the_frames(played, tmp_path):
    scene = replace(SCENE, seconds=0.3)
    ov.render(scene, tmp_path / "shots" / "s%d.png", comparison=played)
    assert sorted(os.listdir(tmp_path / "shots")) == [f"s{k}.png" for k in range(6)]
    (tmp_path / "shots" / "mine.png").write_text("mine")
    shorter = make(replace(SCENE, seconds=0.2), [tmp_path / "shots" / "s%d.png"], played)
    assert shorter[0].notes == ("2 frames of an earlier clip are still there, s4.png and on",)
    assert len(os.listdir(tmp_path / "shots")) == 7
    with pytest.raises(ov.BadInput, match="there is no folder"):
        ov.render(scene, tmp_path / "no" / "shots" / "%d.png", comparison=played)
    (tmp_path / "file.frames").write_text("")
    with pytest.raises(ov.BadInput, match="is a file, a folder is needed"):
        ov.render(scene, tmp_path / "file.frames", comparison=played)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ov.render(scene, tmp_path / "new.frames", comparison=played, progress=interrupt)
    assert sorted(os.listdir(tmp_path)) == ["file.frames", "shots"]


def test_npz_is_the_data_and_draws_nothing(made, played, tmp_path, monkeypatch):
    read = ov.load_trajectories(made[".npz"])
    assert list(read) == list(RACE)
    for label, run in played.trajectories.items():
        np.testing.assert_array_equal(read[label].path, run.path)
        np.testing.assert_array_equal(read[label].losses, run.losses)
    monkeypatch.setattr(Film, "stage", property(lambda film: 1 / 0))
    assert ov.render(SCENE, tmp_path / "a.npz").read_bytes() == made[".npz"].read_bytes()


# ------------------------------------------------------------------------------- several, the same


def test_formats_share_the_frames(played, tmp_path, monkeypatch):
    asked = []
    frame = Stage.frame
    monkeypatch.setattr(Stage, "frame", lambda stage, k: (asked.append(k), frame(stage, k))[1])
    told = []
    suffixes = (".mp4", ".webp", ".apng", ".frames", ".png", ".svg")
    ov.render(
        SCENE, [tmp_path / f"a{suffix}" for suffix in suffixes], comparison=played,
        progress=lambda *now: told.append(now),
    )  # fmt: skip
    assert asked == list(range(20)) and told == [(k, 20) for k in range(1, 21)]
    asked.clear()
    ov.render(SCENE, [tmp_path / "b.gif", tmp_path / "b.apng"], comparison=played)
    assert asked[SAMPLES:] == list(range(20))  # a GIF looks ahead once, for its palette
    asked.clear()
    ov.render(SCENE, tmp_path / "c.png", comparison=played)
    assert asked == [19]


def test_alone_in_another_process_a_file_has_the_bytes_of_one_among_others(made, tmp_path):
    code = (
        "import sys, optiviz as ov\nsys.path.insert(0, sys.argv[1])\n"
        "from test_formats import SCENE, ONE_FILE\n"
        "played = ov.play(SCENE)\n"
        "for suffix in ONE_FILE:\n    ov.render(SCENE, 'race' + suffix, comparison=played)\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": str(HOME)}
    subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)], cwd=tmp_path, env=environment, check=True
    )
    for suffix in ONE_FILE:
        assert (tmp_path / f"race{suffix}").read_bytes() == made[suffix].read_bytes(), suffix


def test_a_failure_leaves_every_old_file(played, tmp_path):
    files = [tmp_path / f"a{suffix}" for suffix in ONE_FILE]
    for file in files:
        file.write_bytes(b"old")

    def interrupt(done, total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ov.render(SCENE, files, comparison=played, progress=interrupt)
    assert sorted(tmp_path.iterdir()) == files and all(file.read_bytes() == b"old" for file in files)
    with pytest.raises(ov.BadInput, match="the same file twice"):
        ov.render(SCENE, [files[0], files[0]], comparison=played)


# -------------------------------------------------------------------------------------------- max-kb


def test_cuts_come_in_the_order_promised(played):
    ladder = list(cuts(Film(replace(SCENE, size=(640, 360)), played)))
    assert ladder[:4] == [Cut(128), Cut(64), Cut(64, 2), Cut(64, 2, 0.75)]
    assert ladder[-1] == Cut(64, 2, 0.75**3)
    film = Film(SCENE, played)
    halved = Cut(64, 2).stage(film)
    assert [m.step for m in halved.moments] == [m.step for m in film.stage.moments[::2]] + [30]
    assert sum(m.centiseconds for m in halved.moments) == 150
    assert Cut(64, 2, 0.75).size(film) == (240, 136)


WIDE = replace(SCENE, size=(480, 270))


@pytest.fixture(scope="module")
def ladder(played, tmp_path_factory):
    """What a GIF weighs after each cut, in kB."""
    file = tmp_path_factory.mktemp("ladder") / "a.gif"
    film, sizes = Film(WIDE, played), {}
    for cut in [Cut(), *cuts(film)]:
        write_gif(file, cut.stage(film), lambda done, total: None, 1, cut.colors)
        sizes[cut] = file.stat().st_size / 1000
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
    return sizes


@pytest.mark.parametrize(
    "cut, words",
    [
        (Cut(), None),
        (Cut(128), "128 colours instead of 255"),
        (Cut(64, 2), "64 colours instead of 255, 10 frames a second instead of 20"),
        (
            Cut(64, 2, 0.75),
            "64 colours instead of 255, 10 frames a second instead of 20, "
            "360 x 202 pixels instead of 480 x 270",
        ),
    ],
)
def test_a_budget_is_met_and_what_it_cost_is_told(played, ladder, tmp_path, cut, words):
    budget = np.ceil(10 * ladder[cut]) / 10
    one = make(WIDE, [tmp_path / "a.gif"], played, max_kb=budget)[0]
    assert one.path.stat().st_size == 1000 * ladder[cut] <= 1000 * budget
    frames, times = pictures(one.path)
    assert times.sum() == 1500 and len(frames) <= one.frames == (11 if cut.every == 2 else 20)
    if words is None:
        assert one.notes == ()
        return
    was = f"was {ladder[Cut()]:.0f} kB instead of at most {budget:g}"
    assert one.notes == (f"{was}, and so has {words}",)
    left = cut.stage(Film(WIDE, played))
    last = drawn(left, -1)
    for color in run_colours(left):  # to the last cut
        assert (frames[-1][(last == color).all(axis=-1)] == color).all()


def test_a_budget_that_cannot_be_met_is_refused(played, ladder, tmp_path):
    with pytest.raises(
        ov.BadInput, match=r"2 kB are too few for this clip: with 64 colours .* still has about"
    ):
        ov.render(SCENE, tmp_path / "a.gif", comparison=played, max_kb=2)
    for file, most in (("a.mp4", 200), ("a.gif", 0)):
        with pytest.raises(ov.BadInput, match="only a GIF can keep to one"):
            ov.render(SCENE, tmp_path / file, comparison=played, max_kb=most)
    assert not os.listdir(tmp_path)
    with pytest.warns(UserWarning, match="a.gif: was .* colours instead of 255"):
        ov.render(WIDE, tmp_path / "a.gif", comparison=played, max_kb=ladder[Cut(128)])


# ------------------------------------------------------------------------------------- command line

TINY = """\
title = "Tiny"
panels = ["loss"]
steps = 5
seconds = 0.5
hold = 0
fps = 10
size = [320, 180]
[problem]
surface = "sphere"
[runs]
GD = { optimizer = "gd" }
"""


def command(*args):
    result = CliRunner().invoke(cli, args, prog_name="optiviz")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    return tmp_path


def test_the_command_makes_several_formats_at_once(folder):
    code, out, err = command("render", "tiny.toml", "-f", "gif,mp4,png,png-frames")
    assert (code, out.split()) == (
        0,
        ["outputs/tiny.gif", "outputs/tiny.mp4", "outputs/tiny.png", "outputs/tiny.frames"],
    )
    assert err.splitlines()[0] == "outputs/tiny.gif: 5 frames of 320 x 180"
    assert command("render", "tiny.toml", "--quiet", "-o", "shots/%03d.png")[:2] == (0, "shots/%03d.png\n")
    assert sorted(os.listdir("shots")) == [f"{k:03d}.png" for k in range(5)]
    code, out, _ = command("render", "tiny.toml", "--json", "-o", "b.frames")
    record = json.loads(out)
    data = b"".join(path.read_bytes() for path in sorted((folder / "b.frames").iterdir()))
    assert (record["frames"], record["bytes"]) == (5, len(data))
    assert record["sha256"] == hashlib.sha256(data).hexdigest()
    assert command("render", "tiny.toml", "--quiet", "-o", "b.frames")[0] == 0  # once more, into the same
    assert command("frame", "tiny.toml", "-f", "pdf,svg")[1].split() == [
        "outputs/tiny.pdf",
        "outputs/tiny.svg",
    ]
    assert command("frame", "tiny.toml", "-o", "a.svg")[1] == "a.svg\n"


def test_the_command_keeps_to_a_size_and_says_what_it_cost(folder):
    one = command("render", "tiny.toml", "--quiet", "-j", "2")
    assert one[0] == 0
    size = (folder / "outputs/tiny.gif").stat().st_size / 1000
    code, out, err = command("render", "tiny.toml", "--max-kb", f"{0.9 * size:.3f}")
    assert (code, out) == (0, "outputs/tiny.gif\n")
    assert re.search(r"outputs/tiny.gif: note: was \d+ kB instead of at most .* colours", err)
    code, _, err = command("render", "tiny.toml", "--max-kb", "1")
    assert code == 2 and err.splitlines()[-1].startswith("tiny.toml: 1 kB are too few for this clip")
    assert command("render", "tiny.toml", "--max-kb", "9", "-f", "mp4")[0] == 2


def at_work_in(folder):
    """The processes that name a folder: ours, and any ffmpeg that writes there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes() + os.fsencode(os.readlink(entry / "cwd"))
            if os.fsencode(folder) in words and int(entry.name) != os.getpid():
                found.append(words)
    return found


@pytest.mark.parametrize(
    "args", [["-f", "gif", "-j", "2"], ["-f", "mp4"], ["-f", "gif,webm,frames"]], ids=str
)
def test_ctrl_c_leaves_nothing_behind(folder, args):
    text = TINY.replace("seconds = 0.5", "seconds = 250")
    (folder / "long.toml").write_text(text.replace('"loss"', '{ panel = "landscape3d", orbit = 90 }'))
    child = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "optiviz", "render", "long.toml", *args],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(HOME)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 20
        seen = 0  # how often there was more than the command: a second drawer, an ffmpeg
        while seen < 10 and child.poll() is None and time.monotonic() < until:
            seen = seen + 1 if len(at_work_in(folder)) > 1 else 0
            time.sleep(0.05)
        assert seen == 10
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to the drawers also
        out, err = child.communicate(timeout=20)
    finally:
        child.kill()
        child.communicate()
    assert (child.returncode, out) == (130, "") and err.endswith("stopped\n")
    assert {path.name for path in folder.rglob("*")} == {"tiny.toml", "long.toml", "outputs"}
    assert not at_work_in(folder)
