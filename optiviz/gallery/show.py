"""Builds a gallery: renders the scenes that changed, each in a process of its own, and writes the page."""

import shlex
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz._lib.fork import ChildEnded
from optiviz._lib.parallel import Progress, run_side_by_side
from optiviz.gallery.page import MARK, Card, File, page
from optiviz.gallery.sections import section_of
from optiviz.scene.quality import at_quality
from optiviz.scene.scene import Scene
from optiviz.scenefile import build_cache as cache
from optiviz.scenefile import read, resolve, shipped
from optiviz.scenefile.header import lesson
from optiviz.scenefile.source import parse_toml, read_scene_text

PAGE = "index.html"
MANIFEST = ".optiviz-gallery.json"
POSTER, TOUCHED = ".png", ".html"
PLAYED = (".gif", ".webp", ".apng", ".mp4", ".webm")  # what a page plays, the first of them that is there


@dataclass(frozen=True)
class Item:
    """A scene of a gallery.

    Parameters
    ----------
    name : str
        As it was asked for.
    path : Path
    text : str
    document : dict
        What stands in the file.
    key : str
        What its files depend on.
    record : dict or None
        What is known of its files; None when they are to be made.
    scene : Scene or None
        Made only where it is to be drawn.
    notes : tuple of str
    """

    name: str
    path: Path
    text: str
    document: dict[str, Any]
    key: str
    record: cache.Record | None
    scene: Scene | None = None
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """What its files are called."""
        return self.path.stem


@dataclass(frozen=True)
class Failed:
    """A scene that was not drawn: why, in a sentence, and the exit code for it."""

    why: str
    code: int = 1


@dataclass(frozen=True)
class Gallery:
    """A folder with a page and the files it shows.

    Parameters
    ----------
    folder : Path
    suffixes : tuple of str
        The formats of each scene; a PNG, the poster, is always made.
    quality : "l", "m", "h", "k" or None
        None for what each scene says.
    """

    folder: Path
    suffixes: tuple[str, ...] = (".gif",)
    quality: str | None = "l"

    @cached_property
    def manifest(self) -> cache.Manifest:
        """What was made until now, the last time included."""
        return cache.read_manifest(self.folder / MANIFEST, "gallery")

    def write_manifest(self) -> None:
        """Note what was made until now."""
        cache.write_manifest(self.folder / MANIFEST, "gallery", self.manifest)

    def check(self) -> None:
        """Refuse a folder that is none, or whose page is somebody else's."""
        if self.folder.exists() and not self.folder.is_dir():
            raise BadInput(f"{self.folder}: is a file, a folder is needed")
        place = self.folder / PAGE
        if place.exists() and MARK not in place.read_text(encoding="utf-8", errors="replace")[:1000]:
            raise BadInput(f"{place}: is not a page of a gallery, and stays as it is; name another folder")

    def item(self, name: str) -> Item:
        """A scene, and what is known of it from the last time.

        Raises
        ------
        BadInput
            When there is no such scene, or it is not TOML.
        """
        path = resolve(name)
        text = read_scene_text(path)
        if not path.stem.isprintable() or path.stem.startswith("."):
            raise BadInput(f"{path.stem!r} is no name for files on a page; rename the scene")
        if f"{path.stem}{TOUCHED}" == PAGE and TOUCHED in self.suffixes:
            raise BadInput(f"{path}: {PAGE} is the gallery itself; rename the scene")
        document = parse_toml(text, str(path))
        folder = path.resolve().parent
        suffixes = tuple(dict.fromkeys([*self.suffixes, POSTER]))
        key = cache.key_of(document, folder, self.quality, suffixes)
        record = self.manifest.records.get(path.stem)
        return Item(name, path, text, document, key, record if record and self.holds(record, key) else None)

    def readied(self, item: Item) -> Item:
        """An item that is to be drawn, with its scene.

        Raises
        ------
        BadInput
            With all that is wrong with the scene.
        """
        scene, notes = read(item.path)
        try:
            scene = scene if self.quality is None else at_quality(scene, self.quality)
        except BadInput as error:
            raise BadInput(f"{item.path}: {error}") from None
        return replace(item, scene=scene, notes=tuple(notes))

    def holds(self, record: cache.Record, key: str) -> bool:
        """Whether a record is of just these files, and they are there."""
        size = record.get("size")
        return (
            record.get("key") == key
            and isinstance(record.get("alt"), str)
            and isinstance(size, list)
            and len(size) == 2
            and all(isinstance(length, int) for length in size)
            and all(cache.is_ours(self.folder, name, noted) for name, noted in record["files"].items())
        )

    def draw(
        self, items: Sequence[Item], progress: Progress, processes: int | None = None
    ) -> Generator[tuple[Item, Item | Failed]]:
        """Make the files of items that have no record; each item as it is done, with its record, or why not.

        What is done is noted at once: whoever is interrupted goes on there the next time. `progress` is told
        (frames done, frames in all), of all scenes together.
        """
        from optiviz.rendering.timeline import timeline

        if not items:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        frames = [len(timeline(item.scene)) for item in items if item.scene]
        done = [0] * len(items)

        def tell(k: int, frame: int, total: int) -> None:
            done[k] = max(done[k], frame)  # the stills come after the clip
            progress(sum(done), sum(frames))

        def work(k: int, tell: Progress, share: int | None) -> dict[str, Any]:
            return self.made(items[k], tell, share)

        with closing(run_side_by_side(work, len(items), processes, tell)) as news:
            for k, became in news:
                if isinstance(became, ChildEnded):
                    yield items[k], Failed(f"not rendered: {became.reason}")
                elif "record" in became:
                    self.manifest.put(items[k].stem, became["record"])
                    self.write_manifest()
                    said = (*items[k].notes, *became["notes"])
                    yield items[k], replace(items[k], record=became["record"], notes=said)
                else:
                    yield items[k], Failed(became["fault"], became["code"])
                tell(k, frames[k], frames[k])

    def made(self, item: Item, progress: Progress, processes: int | None) -> dict[str, Any]:
        """Draw a scene: what is to be noted of its files, or why there are none."""
        from optiviz.rendering.alttext import alt_text
        from optiviz.rendering.render import make
        from optiviz.scene.play import play

        scene = item.scene
        assert scene is not None
        try:
            comparison = play(scene)
            targets = [self.folder / f"{item.stem}{suffix}" for suffix in self.suffixes if suffix != POSTER]
            poster = self.folder / f"{item.stem}{POSTER}"
            files = make(scene, targets, comparison, processes=processes, progress=progress, posters=[poster])
            return {
                "record": {
                    "key": item.key,
                    "alt": alt_text(scene, comparison),
                    "size": list(scene.size),
                    "files": {file.path.name: cache.file_record(file.path) for file in files},
                },
                "notes": [note for file in files for note in file.notes],
            }
        except BadInput as error:
            return {"fault": str(error), "code": 2}
        except MemoryError:
            return {"fault": "not rendered: not enough memory", "code": 1}
        except OSError as error:
            return {"fault": f"not rendered: {error.strerror or error}", "code": 1}
        except Exception as error:  # of one scene; the others are to be made
            said = " ".join(f"{type(error).__name__}: {error}".split())
            return {"fault": f"not rendered, by a mistake of ours: {said}", "code": 1}

    def hang(self, items: Sequence[Item], title: str, failed: Sequence[str] = ()) -> Path:
        """Write the page of items, which all have a record, note what was made, and clear away what is left.

        Files of the scenes in `failed`, by their stems, stay for the next time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        shown = {item.stem: item.record for item in items}
        for stem in {**self.manifest.records, **shown}:
            if stem not in failed:
                self.manifest.put(stem, shown.get(stem))
        self.write_manifest()  # first noted, then cleared: none is forgotten
        with replacing(self.folder / PAGE) as file:
            file.write_text(page(list(map(card, items)), title), encoding="utf-8", newline="\n")
        self.manifest.clear(self.folder)
        self.write_manifest()
        return self.folder / PAGE


def card(item: Item) -> Card:
    """The card of a scene."""
    assert item.record is not None
    files = item.record["files"]
    played = next((f"{item.stem}{suffix}" for suffix in PLAYED if f"{item.stem}{suffix}" in files), "")
    ours = shipped().get(item.stem) == item.path
    width, height = item.record["size"]
    return Card(
        name=item.stem,
        title=str(item.document.get("title") or item.stem),
        lesson=[*lesson(item.text), *note_paragraphs(str(item.document.get("notes") or ""))],
        alt=item.record["alt"],
        source=item.text,
        poster=f"{item.stem}{POSTER}",
        clip=played,
        touched=f"{item.stem}{TOUCHED}" if f"{item.stem}{TOUCHED}" in files else "",
        size=(width, height),
        files=[File(Path(name).suffix, name, noted["bytes"]) for name, noted in files.items()],
        command=shlex.join(["optiviz", "render", item.name]),
        section=section_of(item.stem) if ours else "",
    )


def note_paragraphs(notes: str) -> list[str]:
    """The notes of a scene, a paragraph each.

    >>> note_paragraphs("Tell the class\\nthis.\\n\\nAnd that.\\n")
    ['Tell the class this.', 'And that.']
    """
    return [" ".join(part.split()) for part in notes.split("\n\n") if part.strip()]
