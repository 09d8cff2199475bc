"""Output paths: `outputs/NAME.gif` below the current folder, unless `-o` says otherwise."""

import os
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.completion import FORMAT_NAMES
from optiviz.cli.signals import hold_signals

DEFAULT_FOLDER = "outputs"
Command = TypeVar("Command", bound=Callable[..., Any])


def output_options(usual: str, known: str = "Formats") -> Callable[[Command], Command]:
    """The options `-o` and `-f` of a command that writes files: in the `usual` format unless they say one."""
    out = click.option(
        "-o", "--out", metavar="OUT",
        help="A file, or a folder (one that is there, or ends in /).  [outputs/]",
    )  # fmt: skip
    formats = click.option(
        "-f", "--format", "wanted", metavar="FORMATS", type=FORMAT_NAMES,
        help=f"{known}, with commas between.  [{usual}]",
    )  # fmt: skip
    return lambda command: out(formats(command))


def formats_of(wanted: str | None, out: str | None) -> list[str]:
    """The suffixes to write, from `-f gif,png`, the suffix of `-o`, or `.gif`."""
    with hold_signals():
        from optiviz._lib.registry import hint
        from optiviz.rendering.encode import WRITERS

    named = [f".{name.strip().lower().lstrip('.')}" for name in (wanted or "").split(",") if name.strip()]
    for suffix in named:
        if suffix not in WRITERS:
            known = [other.lstrip(".") for other in WRITERS]
            raise BadInput(
                f"unknown format '{suffix.lstrip('.')[:20]}'{hint(suffix.lstrip('.')[:20], known)}"
            )
    if wanted is not None and not named:
        raise click.UsageError("-f names no format, such as gif or gif,png")
    if out is None or is_folder(out):
        return list(dict.fromkeys(named)) or [".gif"]
    suffix = Path(out).suffix.lower()
    if suffix not in WRITERS:
        raise BadInput(f"{out}: unknown format '{suffix}' - known: {', '.join(WRITERS)}; a folder ends in /")
    if named and named != [suffix]:
        raise click.UsageError(f"-f {wanted} and -o {out} do not agree; a file has one format")
    return [suffix]


def spare_sources(scene: Path, outs: Iterable[Path]) -> None:
    """Refuse an output that is the scene itself or its file of data, under whatever name or link.

    Raises
    ------
    BadInput
        With the output, before anything is written.
    """
    if not scene.is_file():  # from standard input
        return
    sources = {"the scene itself": scene}
    document = tomllib.loads(scene.read_text(encoding="utf-8-sig"))
    data = document.get("problem", {}).get("data", {})
    if "csv" in data:
        sources["the data of the scene"] = scene.parent / data["csv"]
    for out in outs:
        for what, source in sources.items():
            if out.exists() and source.exists() and os.path.samefile(out, source):
                raise BadInput(f"{out}: is {what}; name another file")


def is_folder(out: str) -> bool:
    """Whether `-o` means a folder."""
    return out.endswith(("/", "\\")) or Path(out).is_dir()


def output_files(scenes: tuple[str, ...], formats: list[str], out: str | None) -> dict[str, list[Path]]:
    """The files of each scene.

    >>> [str(path) for path in output_files(("a/ravine.toml",), [".gif", ".png"], "clips/")["a/ravine.toml"]]
    ['clips/ravine.gif', 'clips/ravine.png']
    """
    if out is not None and not is_folder(out):
        if len(scenes) > 1:
            raise click.UsageError(
                f"-o {out} is one file for {len(scenes)} scenes; give a folder, ending in /"
            )
        if not Path(out).parent.is_dir():
            raise BadInput(f"{out}: there is no folder {Path(out).parent}")
        return {scenes[0]: [Path(out)]}
    folder = Path(DEFAULT_FOLDER if out is None else out)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: is a file, a folder is needed")
    stems = [Path(name).stem for name in scenes]
    twice = next((stem for k, stem in enumerate(stems) if stem in stems[:k]), None)
    if twice is not None:
        raise click.UsageError(
            f"two scenes would be written to {folder / twice}{formats[0]}; render them apart"
        )
    return {
        name: [folder / f"{stem}{suffix}" for suffix in formats]
        for name, stem in zip(scenes, stems, strict=True)
    }
