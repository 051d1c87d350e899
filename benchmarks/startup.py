"""How long commands take to start and to replay a capture, against `python -c pass` of the same environment.

The wheel is built and installed into a fresh environment, whose dependencies are those of the one that runs this (by a
`.pth` file, so that nothing is downloaded); `--here` measures the installed command instead. Every round runs every
case once, one after the other. Ratios are those of medians over the rounds. Exit status 1 where a case takes more
processor time than was promised; on an idle machine that is the time that passes, on a busy one it is the steadier.

    python -m benchmarks.startup [--rounds 40] [--here]
"""

from __future__ import annotations

import argparse
import compileall
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
CAPTURE = str(ROOT / "fixtures/scenarios/window-exceeded/capture")
YARDSTICK = "python -c pass"


@dataclass(frozen=True)
class Case:
    """One command line."""

    arguments: tuple[str, ...]
    most: float | None = None
    """Times `python -c pass` that it may take; None where nothing was promised."""

    @property
    def name(self) -> str:
        return " ".join(("fsnap-diagnose", *self.arguments)).replace(f"{ROOT}/", "")


CASES = (
    Case(("--version",), 6),
    Case(("--help",), 6),
    Case((CAPTURE,), 15),
    Case((CAPTURE, "--format", "json"), 15),
    Case(("diagnose", "--help")),
    Case(("check", "--help")),
    Case(("explain", "FS101")),
    Case(("rules",)),
    Case(("advise", "--memory", "60GB")),
    Case(("demo",)),
)


@dataclass(frozen=True)
class Took:
    """Seconds."""

    wall: float
    cpu: float
    """User and system."""


def run(command: list[str], environment: dict[str, str]) -> Took:
    nothing = os.open(os.devnull, os.O_RDWR)
    began = time.perf_counter()
    child = os.posix_spawn(
        command[0], command, environment, file_actions=[(os.POSIX_SPAWN_DUP2, nothing, n) for n in (0, 1, 2)]
    )
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    os.close(nothing)
    assert os.waitstatus_to_exitcode(status) in (0, 1), command
    return Took(wall, used.ru_utime + used.ru_stime)


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


@contextmanager
def installed() -> Iterator[Path]:
    """The folder of `python` and `fsnap-diagnose` of a fresh environment with the wheel."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        venv.create(scratch / "venv", symlinks=True, with_pip=True)
        folder = scratch / "venv/bin"
        _quietly(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(scratch / "dist"), ".")
        (wheel,) = (scratch / "dist").glob("*.whl")
        _quietly(str(folder / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel))
        (packages,) = (scratch / "venv/lib").glob("python3.*/site-packages")
        (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        yield folder


@contextmanager
def present() -> Iterator[Path]:
    """The folder of the environment that runs this, with the checkout's modules compiled."""
    compileall.compile_dir(ROOT / "analyzer", quiet=1)
    yield Path(sys.executable).parent


def measured(folder: Path, rounds: int) -> dict[str, list[Took]]:
    """What each case took in each round, by its name."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    commands = {YARDSTICK: [str(folder / "python"), "-c", "pass"]}
    commands |= {case.name: [str(folder / "fsnap-diagnose"), *case.arguments] for case in CASES}
    for command in commands.values():  # files into the page cache, modules compiled
        run(command, environment)
    took: dict[str, list[Took]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            took[name].append(run(command, environment))
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--here", action="store_true", help="measure the environment that runs this")
    chosen = parser.parse_args()
    with present() if chosen.here else installed() as folder:
        took = measured(folder, chosen.rounds)
    wall, cpu = (
        {name: median(getattr(one, kind) for one in all_of) for name, all_of in took.items()}
        for kind in ("wall", "cpu")
    )
    where = "the environment that runs this" if chosen.here else "the wheel in a fresh environment"
    print(f"Python {sys.version.split()[0]}, {where}, {chosen.rounds} rounds, medians\n")
    print("| command | ms | times `python -c pass` | CPU ms | times its CPU | at most |\n|---|---|---|---|---|---|")
    over = []
    for name, most in [(YARDSTICK, None), *((case.name, case.most) for case in CASES)]:
        times = cpu[name] / cpu[YARDSTICK]
        figures = f"{wall[name] * 1e3:.0f} | {wall[name] / wall[YARDSTICK]:.1f} | {cpu[name] * 1e3:.0f} | {times:.1f}"
        print(f"| `{name}` | {figures} | {most or ''} |")
        over += [name] if most and times > most else []
    print(f"\nover what was promised: {', '.join(over) or 'none'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
