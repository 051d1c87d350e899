"""Amounts as people read them."""

from __future__ import annotations

GIB = 2**30
MIB = 2**20


def bytes_text(count: float) -> str:
    """`12.3 GiB`, `640 MiB`, `512 bytes`."""
    if count >= GIB:
        return f"{count / GIB:.1f} GiB"
    if count >= MIB:
        return f"{count / MIB:.0f} MiB"
    return f"{count:.0f} bytes"


def at_most_text(count: int) -> str:
    """The same, rounded down, for limits: what is shown is never more than what there is."""
    if count >= GIB:
        return f"{count * 10 // GIB / 10:.1f} GiB"
    return f"{count // MIB} MiB" if count >= MIB else f"{count} bytes"


def size_text(count: int) -> str:
    """`60.0 GiB`, `43.66 GiB`: a size that somebody planned with, not rounded to a tenth that would be another plan."""
    tenths = count * 10 / GIB
    if count < GIB or tenths == int(tenths):
        return bytes_text(count)
    return f"{count / GIB:.3f}".rstrip("0") + " GiB"


def seconds_text(seconds: float) -> str:
    """`121.7 s`; below one second `0.05 s`."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
