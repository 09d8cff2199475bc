"""optiviz watch"""

from time import monotonic

import click

from optiviz.cli.outputs import formats_of, output_files, output_options
from optiviz.cli.quality import quality_option
from optiviz.cli.results import as_json, result_options
from optiviz.cli.scenes import (
    clip_size,
    faults_with_lines,
    print_json,
    read_scene,
    ready_to_draw,
    scene_argument,
)
from optiviz.cli.signals import exit_if_signalled

EPILOG = """\b
Examples:
  optiviz watch ravine.toml                 outputs/ravine.gif, anew each time the file is saved
  optiviz watch ravine.toml -qm -f gif,png

\b
The data file that a scene reads is watched, too. Ctrl-C ends it.
"""


@click.command("watch", epilog=EPILOG)
@scene_argument
@output_options("gif")
@quality_option("l")
@result_options
def watch_command(scene: str, out: str | None, wanted: str | None, quality: str) -> None:
    """Render a scene each time it is saved.

    A line tells what was made and how long it took; a scene with faults tells them, and the watch goes on.
    """
    ready_to_draw()
    from optiviz.cli.watch_files import Watch, rebuild_on_change
    from optiviz.rendering.render import make
    from optiviz.scenefile import resolve

    path = resolve(scene)
    targets = output_files((str(path),), formats_of(wanted, out), out)[str(path)]
    watch = Watch(path)

    def progress(done: int, total: int) -> None:
        exit_if_signalled()
        watch.check()

    def render() -> None:
        exit_if_signalled()
        began = monotonic()
        _, content, _ = read_scene(str(path), quality)
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
        with faults_with_lines(path):
            files = make(content, targets, progress=progress)
        size = clip_size(content)
        told = f"{size['frames']} frames of {content.size[0]} x {content.size[1]}"
        if as_json():
            for file in files:
                print_json(
                    {"scene": scene, "path": str(file.path), "frames": file.frames, "seconds": file.seconds}
                )
            return
        names = ", ".join(str(file.path) for file in files)
        click.echo(f"{names}: {told} in {monotonic() - began:.1f} s")

    try:
        rebuild_on_change(watch, render, lambda error: click.echo(str(error), err=True))
    except KeyboardInterrupt:
        click.echo("watch ended", err=True)
