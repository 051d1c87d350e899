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


def seconds_text(seconds: float) -> str:
    """`121.7 s`; below one second `0.05 s`."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
