"""Clips of a lecture: drawn side by side where they changed, and kept in a folder for the next time."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.fork import ChildEnded, picklable
from optiviz._lib.parallel import Progress, run_side_by_side
from optiviz.deck.declaration import Deck, DeckScene
from optiviz.rendering.encode import STILLS
from optiviz.rendering.render import make, stills_of_pauses
from optiviz.rendering.timeline import timeline
from optiviz.scene.quality import at_quality
from optiviz.scene.scene import Scene
from optiviz.scenefile import Change, build_cache, changed, parse_toml, read
from optiviz.scenefile.header import lesson
from optiviz.scenefile.source import read_scene_text

MANIFEST = ".optiviz-clips.json"
KEPT = 10  # letters of a key that tell files of one scene apart


@dataclass(frozen=True)
class Planned:
    """A scene of a lecture as it will be drawn: with the settings of the deck, its quality, and its notes.

    `key` stands for all that its clip depends on.
    """

    entry: DeckScene
    scene: Scene
    notes: tuple[str, ...]
    key: str
    quality: str = ""

    @property
    def stem(self) -> str:
        """What its files are called: scenes that are drawn alike have the same."""
        return f"{self.entry.path.stem}-{self.key[:KEPT]}"


def plan_deck(deck: Deck, quality: str | None = None) -> list[Planned]:
    """The scenes of a lecture, as they will be drawn.

    Raises
    ------
    BadInput
        With the faults of all of them.
    """
    common = {"size": None if deck.size is None else list(deck.size), "theme": deck.theme}
    changes = [Change((key,), value, f"{deck.path}: {key}") for key, value in common.items() if value]
    found, wrong = [], []
    for entry in deck.scenes:
        try:
            found.append(planned(entry, [*changes, *entry.changes], quality))
        except BadInput as error:
            wrong.append(str(error))
    if wrong:
        raise BadInput("\n".join(dict.fromkeys(wrong)))
    return found


def planned(entry: DeckScene, changes: Sequence[Change], quality: str | None) -> Planned:
    """A scene of a lecture with its changes; the notes of one that has none are the comment on its top."""
    scene, notes = read(entry.path, changes)
    text = read_scene_text(entry.path)
    if not scene.notes:
        scene = replace(scene, notes="\n".join(lesson(text)))
    document = parse_toml(text, str(entry.path))
    changed(document, changes)
    key = build_cache.key_of(document, entry.path.resolve().parent, quality)
    scene = scene if quality is None else at_quality(scene, quality)
    return Planned(entry, scene, tuple(notes), key, quality or "")


@dataclass(frozen=True)
class Clips:
    """A folder of clips.

    Parameters
    ----------
    folder : Path
    kinds : sequence of str
        The suffixes of the files that each scene becomes; a still shows the telling moment of the scene.
    """

    folder: Path
    kinds: Sequence[str]

    @cached_property
    def manifest(self) -> build_cache.Manifest:
        """What was made until now, the last time included."""
        return build_cache.read_manifest(self.folder / MANIFEST, "clips")

    def held(self, one: Planned) -> dict[str, Any]:
        """The files of a scene that are there already, as they were noted."""
        record = self.manifest.records.get(one.stem)
        if record is None or record.get("key") != one.key:
            return {}
        files = record["files"].items()
        return {name: noted for name, noted in files if build_cache.is_ours(self.folder, name, noted)}

    def missing(self, one: Planned) -> list[Path]:
        """The files of a scene that are to be made, those of its pauses with the still they stand beside."""
        held = self.held(one)
        paths = [self.path(one, kind) for kind in self.kinds]
        return [
            path for path in paths if not {path.name, *[s.name for s in self.stops(one, path)]} <= {*held}
        ]

    def path(self, one: Planned, kind: str) -> Path:
        """The file of a scene."""
        return self.folder / f"{one.stem}{kind}"

    def stops(self, one: Planned, path: Path) -> Mapping[Path, int]:
        """The stills of the pauses of a scene, beside one of its stills."""
        return stills_of_pauses(one.scene, path) if path.suffix in STILLS and one.scene.pauses else {}

    def stale(self, planned: Sequence[Planned]) -> list[Planned]:
        """The scenes that are to be drawn, each once."""
        each = {one.stem: one for one in planned}
        return [one for one in each.values() if self.missing(one)]

    def draw(
        self,
        planned: Sequence[Planned],
        *,
        processes: int | None = None,
        progress: Progress = lambda done, total: None,
    ) -> None:
        """Draw what is missing of the scenes of a lecture; clips of the same quality it has not are removed.

        What is done is noted at once: whoever is interrupted goes on there the next time.

        Raises
        ------
        BadInput
            With all that is wrong with scenes; those that are good are there nevertheless.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        stale = self.stale(planned)
        frames = [len(timeline(one.scene)) for one in stale]
        done = [0] * len(stale)

        def tell(k: int, frame: int, total: int) -> None:
            done[k] = min(max(done[k], frame), frames[k])
            progress(sum(done), sum(frames))

        def work(k: int, tell: Progress, share: int | None) -> dict[str, Any] | Exception:
            return self.drawn(stale[k], tell, share)

        refused: list[str] = []
        with closing(run_side_by_side(work, len(stale), processes, tell)) as news:
            for k, became in news:
                if isinstance(became, ChildEnded):
                    became = OSError(f"{stale[k].entry.path}: not rendered: {became.reason}")
                if isinstance(became, BadInput):
                    refused.append(str(became))
                elif isinstance(became, Exception):
                    raise became
                else:
                    self.note(stale[k], became)
                    tell(k, frames[k], frames[k])
        if refused:
            raise BadInput("\n".join(sorted(refused)))
        self.tidy(planned)

    def drawn(self, one: Planned, progress: Progress, processes: int | None) -> dict[str, Any] | Exception:
        """Draw what is missing of a scene, and its pauses: what is to be noted of it, or what went wrong."""
        missing = self.missing(one)
        stills = [path for path in missing if path.suffix in STILLS]
        stops = {stop: at for path in stills for stop, at in self.stops(one, path).items()}
        others = [path for path in missing if path not in stills]
        try:
            files = make(
                one.scene, others, processes=processes, progress=progress, stops=stops, posters=stills
            )
            return {file.path.name: build_cache.file_record(file.path) for file in files}
        except BadInput as error:
            return BadInput(f"{one.entry.path}: {error}")
        except Exception as error:
            return picklable(error)

    def note(self, one: Planned, files: Mapping[str, Any]) -> None:
        """Note files of a scene that were made."""
        kept = {**self.held(one), **files}
        self.manifest.put(one.stem, {"key": one.key, "quality": one.quality, "files": kept})
        build_cache.write_manifest(self.folder / MANIFEST, "clips", self.manifest)

    def tidy(self, planned: Sequence[Planned]) -> None:
        """Remove the clips of scenes that the lecture no longer has; those of another quality stay."""
        stems, qualities = {one.stem for one in planned}, {one.quality for one in planned}
        for stem, record in [*self.manifest.records.items()]:
            if stem not in stems and record.get("quality") in qualities:
                self.manifest.put(stem, None)
        build_cache.write_manifest(self.folder / MANIFEST, "clips", self.manifest)
        self.manifest.clear(self.folder)
        build_cache.write_manifest(self.folder / MANIFEST, "clips", self.manifest)
