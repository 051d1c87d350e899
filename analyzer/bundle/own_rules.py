"""A user's own rules of redaction: what to leave alone, and what else to replace."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MAX_PATTERNS = 500
MAX_PATTERN_CHARACTERS = 200
FEWEST_LETTERS = 3
"""A pattern with fewer characters besides its stars would match in every line."""
MAX_STARS = 4
RESERVED = tuple(
    """
    captures checklist command cloudtrail compute_environments container_instances diagnosis dump exitcode fsnap fusion
    instance_types instances interruptions job job_queue json jsonl listing log logs manifest placement_scores report
    restore spot_prices workdir inventory pages pagemap message timestamp jobName jobId status statusReason attempts
    container logStreamName environment name value Error Warn
    """.split()  # noqa: SIM905 - a list of this length is read more easily so
)
"""Words that the members of a bundle, their names and CRIU's lines are read by: without them it cannot be replayed."""
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}[a-z]?")
_RUN = r"[^\s\"'<>,;]"
_LONGEST_RUN = 200
"""Characters that one star stands for at most."""
_MAX_FILE_BYTES = 256 * 1024


class OwnRulesError(Exception):
    """Own rules that cannot be used; the text says which, why and what to do."""


@dataclass(frozen=True)
class OwnRules:
    """Patterns: plain text, in which `*` stands for any characters but blanks, quotes, commas and brackets."""

    keep: tuple[str, ...] = ()
    """Identities that match one of these as a whole stay as they are; secrets never do."""
    redact: tuple[str, ...] = ()
    """Whatever matches becomes `redacted-N`."""

    def __post_init__(self) -> None:
        for name, patterns in (("keep", self.keep), ("redact", self.redact)):
            if len(patterns) > MAX_PATTERNS:
                raise OwnRulesError(f"there are {len(patterns)} {name} patterns; give at most {MAX_PATTERNS}")
            for pattern in patterns:
                _check(name, pattern)

    @cached_property
    def _kept(self) -> re.Pattern[str] | None:
        return _joined(self.keep)

    @cached_property
    def redacted(self) -> re.Pattern[str] | None:
        """Finds what the user wants replaced; None where nothing is."""
        return _joined(self.redact)

    def keeps(self, value: str) -> bool:
        """Whether the user wants this identity left alone."""
        return self._kept is not None and self._kept.fullmatch(value) is not None


def _check(name: str, pattern: str) -> None:
    shown = pattern if len(pattern) <= MAX_PATTERN_CHARACTERS else pattern[:MAX_PATTERN_CHARACTERS] + "..."
    problem = None
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        problem = f"it is longer than {MAX_PATTERN_CHARACTERS} characters; shorten it with a *"
    elif any(c in pattern for c in "\n\r\0"):
        problem = "it has a line end in it; give one pattern for each line"
    elif pattern.count("*") > MAX_STARS:
        problem = f"it has more than {MAX_STARS} stars; give several patterns instead"
    elif len(pattern.replace("*", "").strip()) < FEWEST_LETTERS:
        problem = f"it would match nearly everything; give at least {FEWEST_LETTERS} characters besides the stars"
    elif name == "redact" and _is_needed(pattern):
        problem = (
            "whoever reads the bundle needs what it stands for, a region or a word of its own format; leave it out"
        )
    if problem:
        raise OwnRulesError(f"the {name} pattern {shown!r} cannot be used: {problem}")


def _is_needed(pattern: str) -> bool:
    matcher = re.compile(_translated(pattern))
    return _REGION.fullmatch(pattern) is not None or any(matcher.fullmatch(word) for word in RESERVED)


def _translated(pattern: str) -> str:
    first, *others = re.split(r"\*+", pattern)
    # each star takes the nearest end and gives nothing back: the time stays in proportion to the text
    stars = [f"(?>{_RUN}{{0,{_LONGEST_RUN}}}{'?' + re.escape(other) if other else ''})" for other in others]
    return "".join([re.escape(first), *stars])


def _joined(patterns: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = [_translated(p) for p in sorted(set(patterns), key=lambda p: (-len(p), p))]
    return re.compile("|".join(alternatives)) if alternatives else None


def read_own_rules(path: Path) -> OwnRules:
    """Read a TOML file with the lists `keep` and `redact`.

    Raises:
        OwnRulesError: it cannot be read, is no TOML, or holds something else or a pattern that cannot be used.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise OwnRulesError(f"the rules file {path} is larger than {_MAX_FILE_BYTES} bytes; split it")
        document = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise OwnRulesError(f"the rules file {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise OwnRulesError(f"the rules file {path} is not valid TOML: {error}; see docs/redaction.md") from error
    if unknown := sorted(set(document) - {"keep", "redact"}):
        raise OwnRulesError(f"the rules file {path} has {unknown[0]!r}; only keep and redact are known")
    lists = {name: document.get(name, []) for name in ("keep", "redact")}
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise OwnRulesError(f"in the rules file {path}, {name} is no list of texts; write {name} = ['acme-*']")
    try:
        return OwnRules(keep=tuple(lists["keep"]), redact=tuple(lists["redact"]))
    except OwnRulesError as error:
        raise OwnRulesError(f"in the rules file {path}, {error}") from error
