"""What an environment can do to the command: odd settings, kills, full disks, mutated scenes. Some minutes.

    python campaigns/strangers.py [environments] [kills] [disks] [mutants] [--count N]

Each trial must end in a whole file or in one sentence, and leave nothing behind. The last
figures stand in docs/explanation/reliability.md.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCENES = sorted((ROOT / "scenes").glob("*.toml"))
COMMAND = [sys.executable, "-m", "optiviz"]
SMALL = """
panels = ["landscape", "loss"]
steps = 20
seconds = 1
size = [640, 360]
[problem]
surface = "beale"
[runs]
"GD" = { optimizer = "gd", learning_rate = 0.01 }
"""
WHOLE = {".gif": (b"GIF89a", b";"), ".png": (b"\x89PNG", b"IEND\xaeB`\x82"), ".pdf": (b"%PDF", b"%%EOF\n")}


def run(words, folder, shell="", **env):
    """(exit code, what was said) of one call; `shell` goes around it, {} is the command."""
    line = " ".join(f"'{word}'" for word in [*COMMAND, *words])
    done = subprocess.run(
        ["bash", "-c", shell.format(line) if shell else line],
        cwd=folder, capture_output=True, timeout=300, env={**os.environ, **env},
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def wrong_with(code, said, folder, targets=()):
    """What is wrong with the end of a trial; empty if nothing is."""
    if code not in (0, 1, 2, 3):
        return f"exit code {code}"
    if "Traceback" in said or "mistake of ours" in said or "Warning" in said:
        return said.strip()[-300:]
    if any(name.startswith(".") and ".tmp" in name for name in os.listdir(folder)):
        return "a temporary is left"
    for target in targets:
        if target.exists():
            begin, end = WHOLE[target.suffix]
            content = target.read_bytes()
            if not (content.startswith(begin) and content.endswith(end)):
                return f"{target.name} is damaged"
    return ""


def environments(folder, count, rng):
    """Streams, encodings, backends, matplotlibrc, homes, widths, outputs."""
    scene, trials = folder / "a.toml", []
    scene.write_text(SMALL, encoding="utf-8")
    render = ["render", "a.toml", "-f", "png", "-o", "./"]
    settings = [
        {"MPLBACKEND": "nosuch"}, {"MPLBACKEND": "TkAgg"}, {"HOME": "/nonexistent"}, {"COLUMNS": "20"},
        {"MPLCONFIGDIR": "/proc/nope"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"TERM": "dumb"}, {"LANG": "tr_TR.UTF-8"},
        {"PYTHONHASHSEED": "7"}, {"OPTIVIZ_PLAIN_START": "1"}, {"NO_COLOR": "1"}, {"TZ": "Mars/Olympus"},
    ]  # fmt: skip
    shells = ["{} >&-", "{} 2>&-", "{} >&- 2>&-", "{} <&-", "{} | true", "{} > /dev/full", "{} 2> /dev/full"]
    files = [
        "backend: nosuch", "toolbar: toolmanager", "axes.formatter.use_locale: True", "nonsense: 4",
        "font.size: -3", "savefig.dpi: 3", "text.usetex: True", "path.simplify_threshold: x",
    ]  # fmt: skip
    trials += [(render, "", one) for one in settings]
    trials += [(words, shell, {}) for shell in shells for words in (render, ["list"], ["check", "a.toml"])]
    trials += [(render, f"echo '{line}' > matplotlibrc; {{}}", {}) for line in files]
    trials += [(render, "rm -f matplotlibrc; printf '\\377' > matplotlibrc; {}", {})]
    run(render, folder)
    reference = (folder / "a.png").read_bytes()
    for words, shell, env in trials:
        (folder / "matplotlibrc").unlink(missing_ok=True)
        code, said = run(words, folder, shell, **env)
        found = wrong_with(code, said, folder, [folder / "a.png"])
        if not found and (folder / "a.png").read_bytes() != reference:
            found = "other bytes"
        yield f"{' '.join(words)} {shell} {env}", found


def kills(folder, count, rng):
    """A render is killed at any moment: the old file or none, and the next render sweeps."""
    (folder / "a.toml").write_text(SMALL, encoding="utf-8")
    for k in range(count):
        suffix = rng.choice(list(WHOLE))
        target = folder / f"a{suffix}"
        old = target.read_bytes() if target.exists() else b""
        process = subprocess.Popen(
            [*COMMAND, "render", "a.toml", "-o", target.name],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(rng.uniform(0.2, 3.0))
        if process.poll() is None:
            os.killpg(process.pid, rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
        process.wait()
        now = target.read_bytes() if target.exists() else b""
        same = now == old or bool(now) and now.startswith(WHOLE[suffix][0]) and now.endswith(WHOLE[suffix][1])
        code, said = run(["render", "a.toml", "-f", "png", "-o", "./"], folder)
        yield f"kill {k} {suffix}", "damaged" if not same else wrong_with(code, said, folder)


def disks(folder, count, rng):
    """The file may grow to so many blocks of 1 KiB: the old file, or the whole new one."""
    (folder / "a.toml").write_text(SMALL, encoding="utf-8")
    for _ in range(count):
        suffix, blocks = rng.choice(list(WHOLE)), rng.randint(0, 60)
        target = folder / f"b{suffix}"
        code, said = run(["render", "a.toml", "-o", target.name], folder, f"ulimit -f {blocks}; {{}}")
        found = wrong_with(code, said, folder, [target])
        if code and "Traceback" not in said and len(said.strip().splitlines()) > 2:
            found = found or f"more than a sentence: {said[-300:]}"
        yield f"{suffix} in {blocks} KiB", found


def mutants(folder, count, rng):
    """Shipped scenes with letters changed, lines doubled, lost or swapped, numbers made extreme: `check`."""
    odd = [
        "0",
        "-1",
        "1e308",
        "nan",
        "inf",
        '"x"',
        "[]",
        "{}",
        "true",
        "\N{GREEK SMALL LETTER THETA}",
        "'",
        '"',
    ]
    names = []
    for k in range(count):
        lines = rng.choice(SCENES).read_text(encoding="utf-8").splitlines()
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(lines))
            kind, line = rng.randrange(5), lines[at]
            if kind == 0 and line:
                place = rng.randrange(len(line))
                lines[at] = line[:place] + chr(rng.randint(32, 126)) + line[place + 1 :]
            elif kind == 1:
                lines.insert(at, line)
            elif kind == 2:
                lines[at] = ""
            elif kind == 3:
                lines[at], lines[0] = lines[0], line
            elif "=" in line:
                lines[at] = f"{line.partition('=')[0]}= {rng.choice(odd)}"
        name = f"m{k}.toml"
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
        names.append(name)
    for first in range(0, count, 50):
        some = names[first : first + 50]
        code, said = run(["check", *some], folder)
        found = wrong_with(code, said, folder)
        yield f"{first} to {first + len(some) - 1}", found


TRIALS = {"environments": environments, "kills": kills, "disks": disks, "mutants": mutants}
COUNTS = {"environments": 0, "kills": 60, "disks": 60, "mutants": 2500}


def main() -> int:
    """Run the trials that are named, all unless any is; 1 when one failed."""
    words = sys.argv[1:]
    asked = int(words[words.index("--count") + 1]) if "--count" in words else None
    failed = 0
    for name in [word for word in words if word in TRIALS] or TRIALS:
        begin, done, bad = time.perf_counter(), 0, 0
        with tempfile.TemporaryDirectory() as folder:
            count = COUNTS[name] if asked is None else asked
            for trial, wrong in TRIALS[name](Path(folder), count, random.Random(0)):
                done += 1
                if wrong:
                    bad += 1
                    print(f"{name}: {trial}: {wrong}", flush=True)
        print(f"{name}: {done} trials, {bad} failed, {time.perf_counter() - begin:.0f} s", flush=True)
        failed += bad
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
