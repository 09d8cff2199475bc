"""Look at one clip: is the file what the renderer drew, and where does the time go.

python benchmarks/look.py quality SCENE CLIP     SSIM and PSNR of a GIF, a check by ffmpeg; as JSON
python benchmarks/look.py ssim SCENE CLIP        the first of these alone
python benchmarks/look.py stages SCENE OUT       processor seconds of each stage of a rendering; as JSON
python benchmarks/look.py frames SCENE FOLDER    every frame as a PNG, for other encoders
"""

import json
import os
import subprocess
import sys
from shutil import which

EVERY = 10  # frames between two that are compared


def set_up(scene_file):
    """The scene, played."""
    import optiviz as ov
    from optiviz.rendering.encode import Film

    scene = ov.load(scene_file)
    return Film(scene, ov.play(scene))


def ssim(scene_file, clip):
    return quality(scene_file, clip, why="not asked for", check=False)


def quality(scene_file, clip, why=None, check=True):
    import numpy as np
    from redraw import redraw
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    film = set_up(scene_file)
    stage = film.stage
    shots = decoded(clip, [sum(m.centiseconds for m in stage.moments[:k]) for k in range(len(stage.moments))])
    found = {"ssim": [], "psnr": [], "redraw": []}
    for k, (moment, shot) in enumerate(zip(stage.moments, shots, strict=True)):
        if k % EVERY:
            continue
        frame = np.array(stage.frame(k))[..., :3]
        found["ssim"].append(structural_similarity(shot, frame, channel_axis=2))
        found["psnr"].append(
            min(peak_signal_noise_ratio(frame, shot), 99.0) if (shot != frame).any() else 99.0
        )
        if why is None:
            full = redraw(film, moment)[..., :3]
            found["redraw"].append(structural_similarity(full, frame, channel_axis=2))
    return {
        "ssim": min(found["ssim"]),
        "psnr": float(np.mean(found["psnr"])),
        "redraw": min(found["redraw"]) if why is None else None,
        "why": why,
        "ffmpeg": ffmpeg_agrees(clip) if check else None,
    }


def decoded(clip, times):
    """(height, width, 3) pixels that Pillow shows at each of `times`, in hundredths of a second."""
    import numpy as np
    from PIL import Image

    with Image.open(clip) as image:
        number, until, shot = -1, 0, None
        for now in times:
            while shot is None or (now >= until and number + 1 < image.n_frames):
                number += 1
                image.seek(number)
                shot = np.array(image.convert("RGB"))
                until += image.info["duration"] // 10
            yield shot


def ffmpeg_agrees(clip):
    """Whether ffmpeg decodes the very pixels that Pillow does; None without ffmpeg."""
    import numpy as np
    from PIL import Image, ImageSequence

    if which("ffmpeg") is None:
        return None
    command = ["ffmpeg", "-v", "error", "-i", clip, "-vsync", "0", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child, Image.open(clip) as image:
        size = image.width * image.height * 3
        same = all(
            child.stdout.read(size) == np.array(shot.convert("RGB")).tobytes()
            for shot in ImageSequence.Iterator(image)
        )
        same = same and not child.stdout.read(1)
        child.kill()
    return same


def stages(scene_file, out):
    """Processor seconds; what is left of a whole rendering after drawing is the encoder's."""
    marks = [busy()]
    import optiviz as ov
    from optiviz.rendering.render import render
    from optiviz.rendering.stage import set_stage

    marks.append(busy())
    scene = ov.load(scene_file)
    comparison = ov.play(scene)
    marks.append(busy())
    stage = set_stage(scene, comparison)
    marks.append(busy())
    for k in range(len(stage.moments)):
        stage.frame(k)
    marks.append(busy())
    render(scene, out, comparison=comparison, **one_process(render))
    marks.append(busy())
    imported, played, static, frames, whole = (b - a for a, b in zip(marks, marks[1:], strict=False))
    rest = max(0.0, whole - static - frames)
    return {"import": imported, "load, play": played, "static": static, "frames": frames, "encode": rest}


def busy():
    """Processor seconds so far, those of child processes included."""
    return sum(os.times()[:4])


def one_process(render):
    """The argument that keeps `render` to one process, if it has one."""
    from inspect import signature

    return {"jobs": 1} if "jobs" in signature(render).parameters else {}


def frames(scene_file, folder):
    from PIL import Image

    film = set_up(scene_file)
    scene, stage = film.scene, film.stage
    for k in range(len(stage.moments)):
        Image.fromarray(stage.frame(k)[..., :3]).save(f"{folder}/{k:05d}.png", compress_level=1)
    return {"frames": len(stage.moments), "fps": scene.fps, "size": scene.size}


if __name__ == "__main__":
    what = {"quality": quality, "ssim": ssim, "stages": stages, "frames": frames}[sys.argv[1]]
    print(json.dumps(what(*sys.argv[2:])))
