"""Figures for human eyes: the unit is in a figure's name, the reader gets it beside the number."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from analyzer.reporters.text import field

_GIB = 1024**3
_MIB = 1024**2
_PLAIN_SECONDS = 600
"""Up to here seconds are shown as such: windows and dumps are compared in them."""


def _bytes(value: float) -> str:
    if abs(value) >= _GIB:
        return f"{value / _GIB:.1f} GiB"
    if abs(value) >= _MIB:
        return f"{value / _MIB:.1f} MiB"
    return f"{value:g} bytes"


def _rate(value: float) -> str:
    return f"{value / 1e6:.1f} MB/s ({value * 8 / 1e9:.2f} Gbps)"


def _mib(value: float) -> str:
    return _bytes(value * _MIB)


def _gib(value: float) -> str:
    return f"{value:g} GiB"


def _seconds(value: float) -> str:
    if abs(value) < _PLAIN_SECONDS:
        return f"{round(value, 1):g} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s"


def _gbps(value: float) -> str:
    return f"{value:g} Gbps"


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"


def _dollars(value: float) -> str:
    return f"{value:.4f} USD/h"


def _percent(value: float) -> str:
    return f"{value:g} %"


# the longest ending first; beside it, what a label says in its place
_UNITS = (
    ("_bytes_per_second", _rate, "_rate"),
    ("_bytes", _bytes, ""),
    ("_mib", _mib, ""),
    ("_gib", _gib, ""),
    ("_seconds", _seconds, ""),
    ("_gbps", _gbps, ""),
    ("_percent", _percent, ""),
    ("_share", _share, "_share"),
    ("_efficiency", _share, "_efficiency"),
    ("_usd_per_hour", _dollars, ""),
)


_SPELT = {"s3": "S3", "vcpus": "vCPUs", "nvme": "NVMe", "ebs": "EBS", "tcp": "TCP", "gnu": "GNU", "uri": "URI"}


def label(name: str) -> str:
    """A figure's name in words, without its unit: `dump_bytes_per_second` -> `dump rate`."""
    for ending, _, instead in _UNITS:
        if name.endswith(ending) and name != ending:
            name = name.removesuffix(ending) + instead
            break
    return field(" ".join(_SPELT.get(word, word) for word in name.split("_")))


def figure(name: str, value: object) -> str:
    """The value with the unit that its name ends in: `("dump_bytes", 2**36)` -> `64.0 GiB`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not known"
    if isinstance(value, (int, float)):
        return _number(name, value)
    if isinstance(value, (list, tuple)):
        return ", ".join(figure(name, v) for v in value) or "none"
    if isinstance(value, Mapping):
        return field(json.dumps(value, default=str, ensure_ascii=False))
    return field(value)


def _number(name: str, value: float) -> str:
    try:
        shown = float(value)
    except OverflowError:
        return field(value)
    if not math.isfinite(shown):
        return "not known"
    for ending, render, _ in _UNITS:
        if name == ending[1:] or name.endswith(ending):
            return render(shown)
    return f"{shown:g}" if isinstance(value, float) else str(value)


def moment(at: str | None) -> tuple[str, str]:
    """(date, time) in UTC of an RFC 3339 string; ("", text) for anything else, such as seconds since a dump began."""
    if not at:
        return "", ""
    try:
        parsed = datetime.fromisoformat(at)
        parsed = parsed if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return "", field(at)
    return parsed.strftime("%Y-%m-%d"), parsed.strftime("%H:%M:%S")
