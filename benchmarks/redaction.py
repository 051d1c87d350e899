"""False alarms, speed and detections of the redaction: `python benchmarks/redaction.py [FOLDER]`.

FOLDER holds one folder a case, each with `capture/`, as `benchmarks/evidence.py` takes it; the scenarios of `fixtures/`
if none is given. Prints Markdown tables: how many lines of the captures' logs are changed, by the masking of secrets
alone and by a bundle's whole disguise, and for what; how long that takes beside reading and zlib; how many planted
secrets are found, beside detect-secrets with its default plugins; and what each costs at start-up. `--examples N` shows
N changed lines of each kind. The exit status is 1 where masking changed a checkpoint log: CRIU writes no secrets.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from analyzer.bundle.disguise import make_disguise
from analyzer.evidence.content import Content, iter_lines
from analyzer.evidence.model import Evidence
from analyzer.fetchers.local import read_path
from analyzer.support.redaction import mask_secrets

REPOSITORY = Path(__file__).parents[1]
MILLION = 1_000_000
MASKED = "[masked]"
EVERY = 50
"""Of the logs' lines detect-secrets sees one in so many: it takes many times as long."""
_CHECKPOINT_LOG = re.compile(r"(?:pre|dump|restore)_\d+\.log$")
_STAND_INS = (
    ("secret", re.compile(re.escape(MASKED))),
    ("uuid", re.compile(r"00000000-0000-4000-8000-[0-9a-f]{12}")),
    ("aws-id", re.compile(r"\b[a-z]{1,8}-0{6,16}[0-9a-f]{1,4}\b")),
    ("ipv4", re.compile(r"\b(?:192[.-]0[.-]2|198[.-]51[.-]100|203[.-]0[.-]113)[.-]\d{1,3}\b")),
    ("ipv6", re.compile(r"\b2001:db8:")),
    ("mac", re.compile(r"\b02:00:0")),
    ("email", re.compile(r"\bperson-\d+@example\.com")),
    ("other", re.compile(r"\b(?!ip-|person-)([a-z]+(?:-[a-z]+)?)-\d+(?!\d)")),
)
SEEDS = (11, 12, 13)
STARTS = 9
STATEMENTS = {
    "`mask_secrets` of one line": "from analyzer.support.redaction import mask_secrets; mask_secrets('x')",
    "a disguise of nothing": "from analyzer.bundle.disguise import make_disguise; make_disguise([])",
    "detect-secrets, one line": """
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import default_settings
with default_settings():
    list(scan_line('x'))""",
    "`import presidio_analyzer`": "import presidio_analyzer",
}
"""What a process does besides starting; presidio is measured where somebody has installed it."""


@dataclass
class Changes:
    """What a way of redaction did to lines."""

    lines: int = 0
    changed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, before: str, after: str) -> None:
        self.lines += 1
        if before == after:
            return
        self.changed += 1
        for kind in sorted(_kinds(before, after)):
            self.kinds[kind] += 1
            self.examples[kind].append(f"{before}\n  -> {after}")

    @property
    def per_million(self) -> float:
        return self.changed * MILLION / self.lines if self.lines else 0.0


def _kinds(before: str, after: str) -> set[str]:
    """Which kinds of stand-ins there are in the new line, and not in the old."""
    found: set[str] = set()
    for kind, pattern in _STAND_INS:
        for match in pattern.finditer(after):
            if match[0] not in before:
                found.add(match[1] if kind == "other" else kind)
    return found or {"unknown"}


def _contents(evidence: Evidence) -> Iterator[tuple[str, Content]]:
    for number, content in sorted(evidence.logs.items()):
        yield f"logs/{number}", content
    for name, content in sorted(evidence.workdir.items()):
        if name.endswith(".log") or name.startswith(".command."):
            yield name, content


def _lines(content: Content) -> list[str]:
    return [line.text for line in iter_lines(content)]


@dataclass
class Clock:
    """Seconds of each way."""

    seconds: Counter[str] = field(default_factory=Counter)
    bytes: int = 0

    def time(self, name: str, begun: float) -> None:
        self.seconds[name] += time.perf_counter() - begun  # type: ignore[assignment]  # a Counter adds floats as well


WAYS = ("masking", "disguise")


def measure(evidences: list[Evidence]) -> tuple[dict[tuple[str, str], Changes], Clock, list[str]]:
    """(what each way did to each family of logs, what it took, one line of many)."""
    found = {(family, way): Changes() for family in ("checkpoint logs", "other logs") for way in WAYS}
    clock = Clock()
    some: list[str] = []
    for evidence in evidences:
        begun = time.perf_counter()
        disguise = make_disguise([evidence])
        clock.time("learning", begun)
        for name, content in _contents(evidence):
            begun = time.perf_counter()
            lines = _lines(content)
            clock.time("reading", begun)
            begun = time.perf_counter()
            data = "\n".join(lines).encode("utf-8", "replace")
            zlib.compress(data, 6)
            clock.time("zlib", begun)
            clock.bytes += len(data)
            begun = time.perf_counter()
            masked = [mask_secrets(line) for line in lines]
            clock.time("masking", begun)
            begun = time.perf_counter()
            shown = list(disguise.lines(lines))
            clock.time("disguise", begun)
            family = "checkpoint logs" if _CHECKPOINT_LOG.search(name) else "other logs"
            for way, after in (("masking", masked), ("disguise", shown)):
                for one, other in zip(lines, after, strict=True):
                    found[family, way].note(one, other)
            some += lines[::EVERY]
    return found, clock, some


def flagged_by_detect_secrets(texts: list[str]) -> list[set[int]]:
    """For each of the texts, as a file of its own, the numbers of the lines in which detect-secrets sees a secret."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    flagged = []
    with TemporaryDirectory() as folder, default_settings():
        for number, text in enumerate(texts):
            path = Path(folder) / f"{number}.txt"
            path.write_text(f"{text}\n", "utf-8")
            flagged.append({one.line_number for one in scan_file(str(path))})
    return flagged


def planted() -> Iterator[tuple[str, str, str, str]]:
    """(family, kind, secret, text) of the corpus that the tests plant."""
    sys.path.insert(0, str(REPOSITORY))
    from tests.bundle import planted_secrets as corpus

    families = (corpus.amazon, corpus.tokens, corpus.links, corpus.urls, corpus.files, corpus.services, corpus.keys)
    for seed in SEEDS:
        maker = corpus.Maker(random.Random(seed))  # noqa: S311 - made up, the same again
        for family in (*families, corpus.named):
            for one in family(maker):
                yield family.__name__, one.kind, one.secret, one.line


def _false_alarms(found: dict[tuple[str, str], Changes]) -> None:
    print("| logs | lines | changed by | lines changed | per million lines | for |\n|---|---|---|---|---|---|")
    for (family, way), changes in found.items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in changes.kinds.most_common()) or "nothing"
        print(f"| {family} | {changes.lines} | {way} | {changes.changed} | {changes.per_million:.0f} | {kinds} |")


def _speed(clock: Clock) -> None:
    print(f"\n{clock.bytes / 2**20:.1f} MiB of logs:\n\n| step | times reading | times zlib (level 6) |\n|---|---|---|")
    for name in ("reading", "zlib", "masking", "learning", "disguise"):
        seconds = clock.seconds[name]
        print(f"| {name} | {seconds / clock.seconds['reading']:.1f} | {seconds / clock.seconds['zlib']:.1f} |")


def _detections(some: list[str]) -> None:
    corpus = list(planted())
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    theirs = flagged_by_detect_secrets([text for *_, text in corpus])
    for (family, _, secret, text), lines in zip(corpus, theirs, strict=True):
        rows[family] += Counter(planted=1, ours=int(secret not in mask_secrets(text)), theirs=int(bool(lines)))
    rows["all"] = sum(rows.values(), Counter())
    print("\n| planted secrets | in lines | masked | flagged by detect-secrets |\n|---|---|---|---|")
    for family, row in rows.items():
        print(f"| {family} | {row['planted']} | {row['ours']} | {row['theirs']} |")
    begun = time.perf_counter()
    flagged = len(flagged_by_detect_secrets(["\n".join(some)])[0])
    middle = time.perf_counter()
    for line in some:
        mask_secrets(line)
    ratio = (middle - begun) / (time.perf_counter() - middle)
    print(f"\nOf {len(some)} lines of the logs (one in {EVERY}) detect-secrets flags {flagged}, ", end="")
    print(f"{flagged * MILLION / max(len(some), 1):.0f} per million, in {ratio:.0f} times the time of masking.")


def _startup() -> None:
    def median_of(statements: str) -> float | None:
        seconds = []
        for _ in range(STARTS):
            begun = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", statements], capture_output=True, check=False)
            if done.returncode:
                return None
            seconds.append(time.perf_counter() - begun)
        return median(seconds)

    nothing = median_of("pass")
    print(f"\n| start-up, median of {STARTS} | times `python -c pass` |\n|---|---|")
    for name, statements in STATEMENTS.items():
        found = median_of(statements)
        print(f"| {name} | {f'{found / nothing:.1f}' if found and nothing else 'not installed'} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=REPOSITORY / "fixtures" / "scenarios")
    parser.add_argument("--examples", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    captures = sorted(arguments.folder.glob("*/capture"))
    if not captures:
        parser.error(f"{arguments.folder} holds no case with a capture/")
    found, clock, some = measure([read_path(path, path.parent.name) for path in captures])
    _false_alarms(found)
    _speed(clock)
    _detections(some)
    _startup()
    for (family, way), changes in found.items():
        for kind, examples in changes.examples.items():
            for example in list(dict.fromkeys(examples))[: arguments.examples]:
                print(f"\n{family}, {way}, {kind}: {example[:600]}")
    return 1 if found["checkpoint logs", "masking"].changed else 0


if __name__ == "__main__":
    sys.exit(main())
