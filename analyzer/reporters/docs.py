"""Writes the reference pages from the catalogue: `python -m analyzer.reporters.docs docs/rules [--check]`.

`FSxxx.md` and `index.md` go into the folder that is named, `exit-codes.md` beside it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from analyzer.checks.record import checks
from analyzer.classifier.catalogue import Catalogue, shipped
from analyzer.reporters.check_page import check_table, format_check_page
from analyzer.reporters.exit_codes import exit_codes, format_exit_code
from analyzer.reporters.page import format_page, vocabulary

AREAS: Mapping[str, str] = {
    "FS0": "Nothing wrong, or nothing to be said",
    "FS1": "The dump",
    "FS2": "The restore",
    "FS3": "The host and Spot",
    "FS4": "The image and the container",
    "FS5": "Scheduling",
    "FS6": "Fusion and the object store",
    "FS7": "The task's own failure",
    "FS8": "Configuration",
}
"""The first digit of a rule's id says where the fault lies. Ids from FS900 are for rules of your own."""
_GENERATED = "<!-- Made from the catalogue by `make docs`; do not edit. -->"
_PAGE = re.compile(r"FS\d{3}\.md")
_RULE_LINK = re.compile(r"^- (FS\d{3}) ", re.MULTILINE)


def _index(catalogue: Catalogue) -> str:
    lines = [_GENERATED, "", "# Rules", "", "An id never changes its meaning once it is released.", ""]
    for prefix, area in AREAS.items():
        rules = [rule for rule in catalogue if rule.id.startswith(prefix)]
        if rules:
            lines += [f"## {prefix}xx {area}", "", "| rule | cause | severity | title |", "| --- | --- | --- | --- |"]
            lines += [f"| [{r.id}]({r.id}.md) | `{r.cause}` | {r.severity} | {r.title} |" for r in rules]
            lines.append("")
    lines += ["## Checks of the pre-flight", "", *check_table(), ""]
    lines += ["## All causes", "", "| cause | meaning | rules |", "| --- | --- | --- |"]
    for cause, meaning in vocabulary().items():
        links = ", ".join(f"[{rule.id}]({rule.id}.md)" for rule in catalogue.for_cause(cause))
        lines.append(f"| `{cause}` | {meaning} | {links} |")
    return "\n".join(lines) + "\n"


def _exit_code_page(catalogue: Catalogue) -> str:
    parts = [
        _GENERATED,
        "# Exit codes",
        "What the exit code of a task on AWS Batch may mean. A code alone proves nothing: read it together with\n"
        "the logs, the attempts' reasons and what lies below `.fusion/dump/`. `fsnap-diagnose explain 176` prints\n"
        "the same text.",
    ]
    for code in exit_codes():
        page = format_exit_code(code, catalogue) or ""
        deeper = page.replace("\n## ", "\n### ").replace("# Exit code ", "## ", 1)
        parts.append(_RULE_LINK.sub(r"- [\1](rules/\1.md) ", deeper).rstrip("\n"))
    return "\n\n".join(parts) + "\n"


def pages(catalogue: Catalogue) -> dict[str, str]:
    """Every generated page: its path relative to the folder of the rules, and its text."""
    made = {f"{rule.id}.md": f"{_GENERATED}\n\n{format_page(rule)}" for rule in catalogue}
    made |= {f"{check}.md": f"{_GENERATED}\n\n{format_check_page(record)}" for check, record in checks().items()}
    return {**made, "index.md": _index(catalogue), "../exit-codes.md": _exit_code_page(catalogue)}


def stale(folder: Path, catalogue: Catalogue) -> list[str]:
    """What of the generated pages is missing, differs, or belongs to no rule."""
    wanted = pages(catalogue)
    wrong = [name for name, text in wanted.items() if not _same(folder / name, text)]
    return sorted(wrong) + [path.name for path in _orphans(folder, wanted)]


def _same(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def _orphans(folder: Path, wanted: Mapping[str, str]) -> list[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in found if _PAGE.fullmatch(path.name) and path.name not in wanted]


def write(folder: Path, catalogue: Catalogue) -> None:
    """Write the pages, and remove those of rules that are no more.

    Raises:
        OSError: a page cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(catalogue)
    for path in _orphans(folder, wanted):
        path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; 1 where a check found pages that are not what the catalogue says."""
    parser = argparse.ArgumentParser(prog="python -m analyzer.reporters.docs", description="Pages from the catalogue.")
    parser.add_argument("folder", type=Path, help="where the pages of the rules are")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        write(chosen.folder, shipped())
        return 0
    wrong = stale(chosen.folder, shipped())
    if wrong:
        sys.stderr.write(f"stale, run `make docs`: {', '.join(wrong)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
