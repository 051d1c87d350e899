"""Checks of one instance type: what it is, and whether its memory fits through its line in the window."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.window import Window
from analyzer.checks.dumps import FITS, dump_of, full_host_of, seconds_of
from analyzer.checks.result import Status
from analyzer.checks.setting import Setting
from analyzer.classifier.units import bytes_text

MOST_GIB_PER_GBPS = 5.0
"""The vendor's rule."""
TOLERATED_GIB_PER_GBPS = 5.12
"""What the vendor's own recommended rows come to: 64 GiB at 12.5 Gbps."""
ROUNDING = 0.01
X86, ARM = "x86_64", "arm64"
Verdict = tuple[Status, str, str]
"""Status, value found, detail."""


def _architecture(kind: InstanceType, _: Setting) -> Verdict:
    """FS812."""
    found = ", ".join(kind.architectures) or "not told"
    if X86 in kind.architectures:
        return "pass", found, ""
    if ARM in kind.architectures:
        return "warn", found, "No pre-dumps on Graviton: all of the memory has to go out inside the window."
    return "warn", found, "Fusion Snapshots know x86_64 and arm64."


def _nvme(kind: InstanceType, _: Setting) -> Verdict:
    """FS814."""
    if kind.nvme_gb:
        return "pass", f"{kind.nvme_gb} GB", ""
    ebs = kind.ebs_baseline_mb_per_second
    pipe = f", which sustains {ebs:g} MB/s ({ebs * 8 / 1000:.3g} Gbps)" if ebs else ""
    return "warn", "none", f"Fusion's cache, and the dump on its way out, lie on the EBS volume{pipe}."


def _within_rule(kind: InstanceType) -> bool:
    """At most 5 GiB for each Gbps of the baseline, rounding and the vendor's own rows tolerated."""
    return kind.gib_per_gbps is not None and kind.gib_per_gbps <= TOLERATED_GIB_PER_GBPS + ROUNDING


def _for_the_task(kind: InstanceType, setting: Setting) -> str:
    """What is to be noted where a host full of the task at hand gets its dumps out; else nothing."""
    full = full_host_of(kind, setting)
    if full is None or not full.fits:
        return ""
    tasks = "one of this task, which is all that it holds," if full.tasks == 1 else f"{full.tasks} of this task"
    return (
        f"Judged for the task: a host with {tasks} has its dumps out in {seconds_of(full.prediction)} at the baseline."
    )


def _guaranteed(kind: InstanceType, setting: Setting) -> Verdict | None:
    """FS815; None where AWS gives no figure."""
    if kind.baseline_gbps is None:
        return None
    if not kind.bursts:
        return "pass", f"{kind.baseline_gbps:g} Gbps", ""
    found = f"{kind.baseline_gbps:g} Gbps, up to {kind.peak_gbps:g}"
    if note := _for_the_task(kind, setting):
        return "pass", found, note
    if _within_rule(kind):
        return "pass", found, "The baseline, which is guaranteed, is enough by itself for all of its memory."
    return "warn", found, "The higher figure holds only while burst credits last: reckon with the baseline."


def _ratio(kind: InstanceType, setting: Setting) -> Verdict | None:
    """FS816; None where AWS gives no bandwidth."""
    ratio = kind.gib_per_gbps
    if ratio is None or kind.baseline_gbps is None:
        return None
    found = f"{ratio:.2f} GiB per Gbps"
    if ratio <= MOST_GIB_PER_GBPS:
        return "pass", found, ""
    if _within_rule(kind):
        tolerated = "Above 5 by the letter; 5.12 is what the types come to that the vendor's table recommends."
        return "pass", found, tolerated
    if note := _for_the_task(kind, setting):
        return "pass", found, note
    share = MOST_GIB_PER_GBPS * kind.baseline_gbps
    return "warn", found, f"Keep what its tasks hold together below {share:.4g} GiB, or leave the type out."


def _full(kind: InstanceType, setting: Setting) -> Verdict | None:
    """FS817; None where AWS gives no bandwidth."""
    room = setting.room_bytes(kind)
    prediction = dump_of(kind, room)
    if prediction is None or kind.baseline_gbps is None:
        return None
    status = FITS[prediction.fit(setting.window)]
    found = (
        f"{bytes_text(room)} that tasks can have of {bytes_text(kind.memory_bytes)}, at {kind.baseline_gbps:g} Gbps: "
        f"{seconds_of(prediction)}"
    )
    if status == "pass":
        return status, found, ""
    if note := _for_the_task(kind, setting):
        return "pass", found, note
    detail = f"Tasks that fill its memory are not out in time: {_window_words(setting.window)}."
    if setting.task:
        return "warn", found, f"{detail} FS865 and FS866 say whether the task at hand is."
    return status, found, detail


def _window_words(window: Window) -> str:
    return f"the window is {window.seconds:g} s, and {window.usable_seconds:g} s with the margin kept free"


def _spot(kind: InstanceType, _: Setting) -> Verdict:
    """FS818."""
    return ("pass", "yes", "") if kind.spot else ("warn", "no", "Batch can never start it in a Spot environment.")


def _current(kind: InstanceType, _: Setting) -> Verdict:
    """FS819."""
    if kind.current_generation:
        return "pass", "yes", ""
    return "warn", "no", "Older hosts have slower lines, and their processors lack what newer ones have."


def _accelerated(kind: InstanceType, _: Setting) -> Verdict:
    """FS821."""
    if kind.accelerated:
        return "warn", "yes", "Whether shipped Fusion can dump a task with memory on a GPU is nowhere public."
    return "pass", "no", ""


_Look = Callable[[InstanceType, Setting], Verdict | None]
BY_TYPE: dict[str, _Look] = {
    "FS812": _architecture,
    "FS814": _nvme,
    "FS815": _guaranteed,
    "FS816": _ratio,
    "FS817": _full,
    "FS818": _spot,
    "FS819": _current,
    "FS821": _accelerated,
}
"""Id -> status, value found and detail of one type; None: a figure is lacking."""
OF_FULL_HOSTS = ("FS815", "FS816", "FS817")
"""Checks that judge a type by a host that is full: for a task that is known they ask only types that hold it."""


def applies(check: str, kind: InstanceType, setting: Setting) -> bool:
    """Whether the check is asked of the type."""
    return setting.task is None or check not in OF_FULL_HOSTS or setting.tasks_on(kind, setting.task) > 0


def passes_all(kind: InstanceType, setting: Setting) -> bool:
    """Whether no check has anything against the type, those of the task at hand included (FS865, FS866)."""
    for check, look in BY_TYPE.items():
        if applies(check, kind, setting):
            seen = look(kind, setting)
            if seen is None or seen[0] != "pass":
                return False
    if setting.task is None or not setting.tasks_on(kind, setting.task):
        return True
    # alone it has the whole line, so that what a full host gets out one task does, too
    full = full_host_of(kind, setting)
    return full is not None and full.fits
