"""How fast, how small, how true: four clips, each made by optiviz and by matplotlib, one after the other.

python benchmarks/render.py                      the whole table; about half an hour on two cores
python benchmarks/render.py --pairs 1 --brief    a quick look at one's own change
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path
from shutil import which

from process import HERE, Cost, Failed, measure, python

SCENES = ("race", "race3d", "orbit", "fit")

# What is asked for. Times are ratios of paired runs, sizes are in kB (1000 bytes), memory in MiB.
TARGETS = {
    "race": {"times faster": 40, "kB": 700, "ssim": 0.999, "redraw": 0.99, "memory": 140},
    "race3d": {"times faster": 34, "kB": 500, "ssim": 0.9985, "redraw": 0.99, "memory": 140},
    "orbit": {"times faster": 13, "kB": 12_000, "ssim": 0.9985, "memory": 140},
    "fit": {"times faster": 17, "kB": 310, "ssim": 0.999, "redraw": 0.99, "memory": 140},
}
FLAT = 5  # MiB that five times as many frames may add
OTHER_WAYS = {"canvas": "gif", "savefig": "gif", "ffmpeg": "mp4"}


def main() -> None:
    arguments = parsed()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        say("warming up")
        bench.ours("fit")  # byte code, font cache
        for scene in arguments.scenes:
            results[scene] = one_scene(bench, scene, arguments)
        if "race" in arguments.scenes and not arguments.brief:
            results["race"]["flat"] = flatness(bench)
    print(table(results))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side  [5]")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=SCENES)
    parser.add_argument("--brief", action="store_true", help="only optiviz against FuncAnimation")
    parser.add_argument("--json", metavar="FILE", help="write all figures there as well")
    arguments = parser.parse_args()
    if arguments.pairs < 1:
        parser.error("--pairs must be at least 1")
    return arguments


class Bench:
    """Runs jobs in a scratch folder."""

    command = (sys.executable, "-m", "optiviz")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = self.jobs_option()

    def jobs_option(self) -> list[str]:
        """How `optiviz render` is told a number of processes; empty when it cannot be."""
        words = measure([*self.command, "render", "--help"])[1]
        found = re.search(r"(-j|--jobs)\b", words)
        return [found[1]] if found else []

    def ours(self, scene: str | Path, processes: int | None = None, suffix: str = "gif") -> tuple[Cost, Path]:
        """Render a scene; as the command does it by itself, unless told in how many processes."""
        file = HERE / "scenes" / f"{scene}.toml" if isinstance(scene, str) else scene
        out = self.folder / f"optiviz-{file.stem}-{processes or 'any'}.{suffix}"
        jobs = [*self.jobs, str(processes)] if processes else []
        return measure([*self.command, "render", str(file), "-o", str(out), *jobs])[0], out

    def theirs(self, scene: str, way: str, suffix: str = "gif") -> tuple[Cost, Path]:
        """Make the same picture in one of today's ways."""
        out = self.folder / f"{way}-{scene}.{suffix}"
        return measure(python("baselines", scene, way, out))[0], out


def one_scene(bench: Bench, scene: str, arguments: argparse.Namespace) -> dict:
    """All figures of one scene."""
    pairs = []
    for k in range(arguments.pairs):
        say(f"{scene}: pair {k + 1} of {arguments.pairs}")
        theirs, baseline = bench.theirs(scene, "funcanimation")
        ours, clip = bench.ours(scene)
        pairs.append((theirs, ours))
    result = {
        "baseline": middle([a for a, _ in pairs]) | {"kB": size(baseline)},
        "optiviz": middle([b for _, b in pairs]) | {"kB": size(clip)},
        "ratios": spread([a.wall / b.wall for a, b in pairs]),
        "cpu ratios": spread([a.cpu / b.cpu for a, b in pairs]),
    }
    say(f"{scene}: pictures")
    file = HERE / "scenes" / f"{scene}.toml"
    for name, job in {"quality": clip, "stages": bench.folder / f"stages-{scene}.gif"}.items():
        try:
            result[name] = json.loads(measure(python("look.py", name, file, job))[1])
        except Failed as error:
            result[name] = {"why": str(error)}
    result["processes"] = processes(bench, scene)
    if not arguments.brief:
        result["others"] = others(bench, scene)
        result["encoders"] = encoders(bench, scene, clip)
    return result


def processes(bench: Bench, scene: str) -> dict:
    """One process against two: the same bytes, and how much sooner."""
    if not bench.jobs:
        return {"why": "optiviz render has no option for the number of processes"}
    (one, first), (two, second) = bench.ours(scene, 1), bench.ours(scene, 2)
    same = first.read_bytes() == second.read_bytes()
    return {"same bytes": same, "wall": [one.wall, two.wall], "memory": [one.memory, two.memory]}


def others(bench: Bench, scene: str) -> dict:
    """The other ways of today, once each; an MP4 against our MP4 where we can make one."""
    found = {}
    for way, suffix in OTHER_WAYS.items():
        say(f"{scene}: {way}")
        if suffix == "mp4" and which("ffmpeg") is None:
            found[way] = {"why": "ffmpeg is not on the PATH (apt-get install ffmpeg)"}
            continue
        cost, out = bench.theirs(scene, way, suffix)
        try:
            ours, clip = bench.ours(scene, suffix=suffix)
            found[way] = vars(cost) | {"kB": size(out), "ratio": cost.wall / ours.wall, "our kB": size(clip)}
        except Failed:
            found[way] = vars(cost) | {"kB": size(out), "why": f"optiviz made no {suffix.upper()} to compare"}
    return found


def encoders(bench: Bench, scene: str, clip: Path) -> dict:
    """Our file after gifsicle, and gifski on our frames."""
    found = {}
    if which("gifsicle") is None:
        found["gifsicle"] = {"why": "gifsicle is not on the PATH (apt-get install gifsicle)"}
    else:
        say(f"{scene}: gifsicle")
        out = bench.folder / "gifsicle.gif"
        cost, _ = measure(["gifsicle", "-O3", str(clip), "-o", str(out)])
        found["gifsicle"] = vars(cost) | {"kB": size(out), "our size to its": size(clip) / size(out)}
    if which("gifski") is None:
        found["gifski"] = {"why": "gifski is not on the PATH (gif.ski, or npm install gifski)"}
        return found
    say(f"{scene}: gifski")
    file, shots, out = HERE / "scenes" / f"{scene}.toml", bench.folder / "frames", bench.folder / "gifski.gif"
    shots.mkdir(exist_ok=True)
    try:
        drawn = json.loads(measure(python("look.py", "frames", file, shots))[1])
        images = sorted(map(str, shots.glob("*.png")))
        width, height = drawn["size"]
        options = ["--fps", f"{drawn['fps']:g}", "--quality", "90", "--quiet"]
        options += ["--width", str(width), "--height", str(height)]
        cost, _ = measure(["gifski", *options, "-o", str(out), *images])
        seen = json.loads(measure(python("look.py", "ssim", file, out))[1])
        found["gifski"] = vars(cost) | {"kB": size(out), "ssim": seen["ssim"]}
    except Failed as error:
        found["gifski"] = {"why": str(error)}
    for image in shots.glob("*.png"):
        image.unlink()
    return found


def flatness(bench: Bench) -> dict:
    """Peak memory of 200 frames and of 1000."""
    say("race: 1000 frames")
    text = (HERE / "scenes" / "race.toml").read_text()
    text = re.sub(r"(?m)^steps .*", "steps = 999", re.sub(r"(?m)^seconds .*", "seconds = 50", text))
    long = bench.folder / "race-1000.toml"
    long.write_text(text)
    short, _ = bench.ours("race", 1 if bench.jobs else None)
    cost, _ = bench.ours(long, 1 if bench.jobs else None)
    return {"200 frames": short.memory, "1000 frames": cost.memory, "wall of 1000": cost.wall}


def middle(costs: list[Cost]) -> dict:
    """The median of each cost."""
    return {name: statistics.median(vars(cost)[name] for cost in costs) for name in vars(costs[0])}


def spread(ratios: list[float]) -> dict:
    return {"min": min(ratios), "median": statistics.median(ratios), "max": max(ratios)}


def size(file: Path) -> float:
    """In kB."""
    return file.stat().st_size / 1000


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def table(results: dict) -> str:
    """The figures, each beside what was asked for; a '*' marks one that falls short."""
    rows = [("", *results)]
    line = lambda name, cell: rows.append((name, *(cell(scene, r) for scene, r in results.items())))
    line("FuncAnimation: wall s", lambda _, r: f"{r['baseline']['wall']:.2f}")
    line("  cpu s", lambda _, r: f"{r['baseline']['cpu']:.2f}")
    line("  memory MiB", lambda _, r: f"{r['baseline']['memory']:.0f}")
    line("  file kB", lambda _, r: f"{r['baseline']['kB']:.0f}")
    line("optiviz: wall s", lambda _, r: f"{r['optiviz']['wall']:.2f}")
    line("  cpu s", lambda _, r: f"{r['optiviz']['cpu']:.2f}")
    line("  memory MiB", lambda s, r: beside(r["optiviz"]["memory"], TARGETS[s]["memory"], ".0f", most=True))
    line("  file kB", lambda s, r: beside(r["optiviz"]["kB"], TARGETS[s]["kB"], ".0f", most=True))
    line(
        "times faster: median", lambda s, r: beside(r["ratios"]["median"], TARGETS[s]["times faster"], ".1f")
    )
    line("  min - max", lambda _, r: f"{r['ratios']['min']:.1f} - {r['ratios']['max']:.1f}")
    line("  in cpu", lambda _, r: f"{r['cpu ratios']['median']:.1f}")
    line("GIF to RGBA: least SSIM", lambda s, r: beside(r["quality"].get("ssim"), TARGETS[s]["ssim"], ".5f"))
    line("  mean PSNR dB", lambda _, r: beside(r["quality"].get("psnr"), None, ".1f"))
    line("  ffmpeg sees the same", lambda _, r: yes(r["quality"].get("ffmpeg")))
    line(
        "RGBA to redraw: SSIM",
        lambda s, r: beside(r["quality"].get("redraw"), TARGETS[s].get("redraw"), ".5f"),
    )
    for stage in ("import", "load, play", "static", "frames", "encode"):
        line(f"cpu s of {stage}", lambda _, r, stage=stage: beside(r["stages"].get(stage), None, ".2f"))
    line("1 and 2 processes: same", lambda _, r: yes(r["processes"].get("same bytes")))
    line(
        "  wall s of 1, of 2",
        lambda _, r: " ".join(f"{t:.2f}" for t in r["processes"].get("wall", [])) or "-",
    )
    for way in OTHER_WAYS:
        if any(way in r.get("others", {}) for r in results.values()):
            line(f"{way}: wall s, kB", lambda _, r, way=way: pair(r["others"][way]))
            line(
                "  optiviz times faster",
                lambda _, r, way=way: beside(r["others"][way].get("ratio"), None, ".1f"),
            )
    if any("encoders" in r for r in results.values()):
        line("gifsicle -O3: wall s, kB", lambda _, r: pair(r["encoders"]["gifsicle"]))
        line("gifski -Q 90: wall s, kB", lambda _, r: pair(r["encoders"]["gifski"]))
        line("  least SSIM", lambda _, r: beside(r["encoders"]["gifski"].get("ssim"), None, ".5f"))
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    text = "\n".join(
        "  ".join(
            cell.ljust(w) if not k else cell.rjust(w)
            for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join([text, *footnotes(results)])


def footnotes(results: dict) -> list[str]:
    """The memory of a long clip, and every 'why' in a sentence of its own."""
    notes = ["", "[ ] asked for   * falls short   - not measured"]
    if flat := results.get("race", {}).get("flat"):
        grown = flat["1000 frames"] - flat["200 frames"]
        notes.append(
            f"race, 200 and 1000 frames: {flat['200 frames']:.1f} and {flat['1000 frames']:.1f} MiB, "
            f"{grown:+.1f} [<= {FLAT}]{'*' * (grown > FLAT)}; 1000 frames took {flat['wall of 1000']:.2f} s"
        )
    whys: dict[str, list[str]] = {}
    for scene, result in results.items():
        parts = {**result, **result.get("others", {}), **result.get("encoders", {})}
        for name, part in parts.items():
            if isinstance(part, dict) and part.get("why"):
                whys.setdefault(f"{name}: {part['why']}", []).append(scene)
    return notes + [f"{why} ({', '.join(scenes)})" for why, scenes in whys.items()]


def beside(value: float | None, target: float | None, form: str, most: bool = False) -> str:
    """A figure, its target in brackets, and a mark if it falls short."""
    if value is None:
        return "-"
    if target is None:
        return f"{value:{form}}"
    short = value > target if most else value < target
    return f"{value:{form}}{'*' * short} [{'<=' if most else '>='} {target:g}]"


def pair(part: dict) -> str:
    return f"{part['wall']:.1f} {part['kB']:.0f}" if "wall" in part else "-"


def yes(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "NO *"


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(str(error))
