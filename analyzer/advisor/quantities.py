"""Sizes, shares, durations and counts as a person writes them on a command line."""

from __future__ import annotations

import re

LONGEST = 40
"""Characters of a quantity; a longer text is none."""
LEAST_MEMORY, MOST_MEMORY = 4 * 2**20, 64 * 2**40
"""Bytes: AWS Batch takes no memory below 4 MiB, and no instance type comes near 64 TiB."""
LEAST_SECONDS, MOST_SECONDS = 1.0, 3600.0
"""Of a window. AWS gives 120 s, other clouds less; an hour is more than any of them will."""
MOST_COUNT = 10_000

SIZE_EXAMPLE = "60GB, 61440MB or 1.5TB"
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{0,9})?)\s{0,4}(?:([kmgtp])(?:ib?|b)?|b)", re.IGNORECASE | re.ASCII)
_SHARE = re.compile(r"(\d{0,9}(?:\.\d{0,15})?)\s{0,4}(%?)", re.ASCII)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)\s{0,4}(?:s|sec|seconds?|(m|min|minutes?))?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{0,15})?", re.ASCII)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


class QuantityError(ValueError):
    """No such quantity; the text names the argument, says why, and gives an example."""


def _refuse(name: str, written: str, why: str, example: str) -> QuantityError:
    shown = written if len(written) <= LONGEST else f"{written[:LONGEST]}..."
    return QuantityError(f'{name}: "{shown}" {why}; write {example}')


def _matched(pattern: re.Pattern[str], written: str) -> re.Match[str] | None:
    stripped = written.strip()
    return pattern.fullmatch(stripped) if len(stripped) <= LONGEST else None


def size_bytes(written: str, name: str) -> int:
    """Bytes of `60GB`, `60 GB`, `60.GB`, `60 GiB`, `61440MB`, `1.5TB`: powers of 1024, as Nextflow's MemoryUnit counts.

    Raises:
        QuantityError: no size, no unit, or a size that no task has.
    """
    match = _matched(_SIZE, written)
    if match is None:
        bare = _matched(_NUMBER, written) is not None and not written.strip().startswith("-")
        why = "has no unit" if bare else "is no size"
        raise _refuse(name, written, why, f"{SIZE_EXAMPLE} (powers of 1024, as in Nextflow)")
    # rounded half up, as Nextflow does
    size = int(float(match[1]) * 1024 ** _POWERS.get((match[2] or "").lower(), 0) + 0.5)
    if not LEAST_MEMORY <= size <= MOST_MEMORY:
        raise _refuse(name, written, "is no memory of a task (4 MB to 64 TB)", f"such as {SIZE_EXAMPLE}")
    return size


def share(written: str, name: str, example: str, *, zero: bool = False, one: bool = False) -> float:
    """0.15 of `15%` or `0.15`: above 0 and below 1; `zero`, `one`: that end is allowed, too.

    Raises:
        QuantityError: no share, or one outside these bounds.
    """
    match = _matched(_SHARE, written)
    if match is None or not match[1].strip("."):
        raise _refuse(name, written, "is no share", f"{example}")
    value = float(match[1]) / (100 if match[2] else 1)
    if not ((value > 0 or (zero and value == 0)) and (value < 1 or (one and value == 1))):
        bounds = f"{'0 %' if zero else 'above 0 %'} {'to' if zero else 'and'} {'at most' if one else 'below'} 100 %"
        raise _refuse(name, written, f"is out of bounds ({bounds})", example)
    return value


def seconds(written: str, name: str, example: str) -> float:
    """Seconds of `120`, `120s` or `2m`.

    Raises:
        QuantityError: no duration, or one that no window has.
    """
    match = _matched(_DURATION, written)
    if match is None:
        raise _refuse(name, written, "is no duration", example)
    value = float(match[1]) * (60 if match[2] else 1)
    if not LEAST_SECONDS <= value <= MOST_SECONDS:
        raise _refuse(name, written, "is no window (1 second to 1 hour)", example)
    return value


def count(written: str, name: str, example: str, most: int = MOST_COUNT) -> int:
    """A whole number from 1.

    Raises:
        QuantityError: no whole number, or one out of bounds.
    """
    match = _matched(_NUMBER, written)
    value = int(match[0]) if match and "." not in match[0] else None
    if value is None:
        raise _refuse(name, written, "is no whole number", example)
    if not 1 <= value <= most:
        raise _refuse(name, written, f"is out of bounds (1 to {most})", example)
    return value
