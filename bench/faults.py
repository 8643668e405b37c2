"""Kill a run and a seal at random moments, and look at what is left.

    python -m bench.faults

Each time, the older results or package must be there whole, or the new ones. The figures go to
docs/explanation/trust.md.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mrv.cli import main

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
SEED = 20200101
PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "trust.md"
TABLE = re.compile(r"(?s)(<!-- faults -->\n).*?(<!-- /faults -->)")


def state(path: Path) -> str | None:
    """Hash of a file, or of all files of a folder; None if there is nothing."""
    if not path.exists():
        return None
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(str(file.relative_to(path)).encode() + file.read_bytes())
    return digest.hexdigest()


def run_command(*arguments: str | Path) -> None:
    """Run a command of ours in this process, quietly."""
    main([*map(str, arguments), "-q"], standalone_mode=False)


def killed_after(seconds: float, *arguments: str | Path) -> bool:
    """Whether a command was still running when it was killed after some seconds."""
    child = os.fork()
    if child == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        try:
            run_command(*arguments)
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def attempts(
    target: Path, reset: Callable[[], None], arguments: tuple[str | Path, ...], draw: random.Random
) -> dict[str, int]:
    """What was left of a target by so many kills of a command that replaces it."""
    reset()
    older = state(target)
    start = time.monotonic()
    killed_after(600, *arguments)
    whole = time.monotonic() - start
    newer = state(target)
    if newer in (None, older):
        sys.exit(f"{arguments[0]}: the newer result cannot be told from the older one")
    found = dict.fromkeys(("killed", "ended before", "older kept", "newer whole", "moved aside", "broken"), 0)
    for _ in range(KILLS):
        reset()
        found["killed" if killed_after(draw.uniform(0, 1.05 * whole), *arguments) else "ended before"] += 1
        found[what_is_left(target, older, newer)] += 1
    return found


def what_is_left(target: Path, older: str | None, newer: str | None) -> str:
    """What a killed command left: one of the two, the older one moved aside, or something broken."""
    now = state(target)
    if now in (older, newer):
        return "older kept" if now == older else "newer whole"
    aside = [state(path) for path in target.parent.glob(f".{target.name}.older-*")]
    return "moved aside" if now is None and aside == [older] else "broken"


def clear(folder: Path, prefix: str) -> None:
    """Remove what killed commands left beside a target."""
    for path in folder.glob(f".{prefix}.*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main_faults() -> None:
    """Do both, and write the figures."""
    draw = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="mrv-faults-") as name:
        work = Path(name)
        project, out, package = work / "project", work / "out", work / "package.zip"
        run_command("new", project)
        run_command("run", project, "-o", out)
        run_command("seal", out, "-o", package, "--project", project)
        older_out, older_package = work / "kept-out", work / "kept-package.zip"
        shutil.copytree(out, older_out)
        shutil.copyfile(package, older_package)
        # The project changes, so that newer results can be told from older ones.
        file = project / "mrv.yaml"
        file.write_text(re.sub(r"(?m)^seed: .*$", "seed: 8", file.read_text("utf-8")), encoding="utf-8")

        def reset_out() -> None:
            clear(work, "out")
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(older_out, out)

        def reset_package() -> None:
            clear(work, "package.zip")
            shutil.copyfile(older_package, package)

        runs = attempts(out, reset_out, ("run", project, "-o", out), draw)
        reset_out()
        run_command("run", project, "-o", out)
        reset_package()
        arguments = ("seal", out, "-o", package, "--project", project, "--date", "2026-01-01")
        seals = attempts(package, reset_package, arguments, draw)
    rows = [
        f"| `mrv {command}` | {' | '.join(map(str, found.values()))} |"
        for command, found in (("run", runs), ("seal", seals))
    ]
    head = ["command", *runs]
    table = "\n".join([f"| {' | '.join(head)} |", "|---|" + "---:|" * len(runs), *rows]) + "\n"
    print(table)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda found: found[1] + table + found[2], page), encoding="utf-8")
    if runs["broken"] or seals["broken"]:
        sys.exit("results or packages were left broken")


if __name__ == "__main__":
    main_faults()
