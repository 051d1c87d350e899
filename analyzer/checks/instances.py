"""Checks of instance types, one by one: what each is, and whether its memory fits through its line in the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.vendor_table import disagreements
from analyzer.advisor.window import Figure, Prediction, Transfer, Window, line_of, predict
from analyzer.checks.judge import judged, unseen
from analyzer.checks.proposals import values_for_types
from analyzer.checks.result import CheckResult, Status, Subject
from analyzer.checks.setting import Environment, Setting
from analyzer.classifier.units import bytes_text, seconds_text

MOST_GIB_PER_GBPS = 5.0
"""The vendor's rule."""
TOLERATED_GIB_PER_GBPS = 5.12
"""What the vendor's own recommended rows come to: 64 GiB at 12.5 Gbps."""
ROUNDING = 0.01
X86, ARM = "x86_64", "arm64"
UNBOUNDED = ("optimal", "default_x86_64", "default_arm64")
FITS: dict[str, Status] = {"fits": "pass", "tight": "warn", "outruns": "fail"}


def subject_of(kind: InstanceType) -> Subject:
    """As results name it."""
    return Subject("instance type", kind.name)


def seconds_of(prediction: Prediction) -> str:
    """`70.0 s (52.3 s to 88.0 s)`."""
    spread = f"{seconds_text(prediction.fastest)} to {seconds_text(prediction.slowest)}"
    return f"{seconds_text(prediction.expected)} ({spread})"


def dump_of(kind: InstanceType, size_bytes: float, tasks: int = 1) -> Prediction | None:
    """How long each of `tasks` such dumps takes that go out together; None where AWS gives no baseline bandwidth."""
    return None if kind.baseline_gbps is None else dump_through(kind.baseline_gbps, size_bytes, tasks)


def dump_through(gbps: float, size_bytes: float, tasks: int = 1) -> Prediction:
    """How long each of `tasks` such dumps takes that go out together through that many Gbps."""
    return predict(Transfer(Figure(size_bytes, "")), line_of(gbps, tasks_per_host=tasks))


def _architecture(kind: InstanceType, _: Setting) -> tuple[Status, str, str]:
    """FS812."""
    found = ", ".join(kind.architectures) or "not told"
    if X86 in kind.architectures:
        return "pass", found, ""
    if ARM in kind.architectures:
        return "warn", found, "No pre-dumps on Graviton: all of the memory has to go out inside the window."
    return "warn", found, "Fusion Snapshots know x86_64 and arm64."


def _nvme(kind: InstanceType, _: Setting) -> tuple[Status, str, str]:
    """FS814."""
    if kind.nvme_gb:
        return "pass", f"{kind.nvme_gb} GB", ""
    ebs = kind.ebs_baseline_mb_per_second
    pipe = f", which sustains {ebs:g} MB/s ({ebs * 8 / 1000:.3g} Gbps)" if ebs else ""
    return "warn", "none", f"Fusion's cache, and the dump on its way out, lie on the EBS volume{pipe}."


def _guaranteed(kind: InstanceType, _: Setting) -> tuple[Status, str, str] | None:
    """FS815; None where AWS gives no figure."""
    if kind.baseline_gbps is None:
        return None
    if kind.bursts:
        detail = "The higher figure holds only while burst credits last. All predictions here reckon with the baseline."
        return "warn", f"{kind.baseline_gbps:g} Gbps, up to {kind.peak_gbps:g}", detail
    return "pass", f"{kind.baseline_gbps:g} Gbps", ""


def _ratio(kind: InstanceType, _: Setting) -> tuple[Status, str, str] | None:
    """FS816; None where AWS gives no bandwidth."""
    ratio = kind.gib_per_gbps
    if ratio is None or kind.baseline_gbps is None:
        return None
    found = f"{ratio:.2f} GiB per Gbps"
    if ratio <= MOST_GIB_PER_GBPS:
        return "pass", found, ""
    if ratio <= TOLERATED_GIB_PER_GBPS + ROUNDING:
        return (
            "pass",
            found,
            "Above 5 by the letter; 5.12 is what the types come to that the vendor's table recommends.",
        )
    share = MOST_GIB_PER_GBPS * kind.baseline_gbps
    return "warn", found, f"Keep what its tasks hold together below {share:.4g} GiB, or leave the type out."


def _full(kind: InstanceType, setting: Setting) -> tuple[Status, str, str] | None:
    """FS817; None where AWS gives no bandwidth."""
    prediction = dump_of(kind, kind.memory_bytes)
    if prediction is None or kind.baseline_gbps is None:
        return None
    status = FITS[prediction.fit(setting.window)]
    found = f"{bytes_text(kind.memory_bytes)} at {kind.baseline_gbps:g} Gbps: {seconds_of(prediction)}"
    if status == "pass":
        return status, found, ""
    detail = f"Tasks that fill its memory are not out in time: {_window_words(setting.window)}."
    if status == "fail" and setting.task:
        return "warn", found, f"{detail} FS865 and FS866 say whether the task at hand is."
    return status, found, detail


def _window_words(window: Window) -> str:
    return f"the window is {window.seconds:g} s, and {window.usable_seconds:g} s with the margin kept free"


def _spot(kind: InstanceType, _: Setting) -> tuple[Status, str, str]:
    """FS818."""
    return ("pass", "yes", "") if kind.spot else ("warn", "no", "Batch can never start it in a Spot environment.")


def _current(kind: InstanceType, _: Setting) -> tuple[Status, str, str]:
    """FS819."""
    if kind.current_generation:
        return "pass", "yes", ""
    return "warn", "no", "Older hosts have slower lines, and their processors lack what newer ones have."


def _accelerated(kind: InstanceType, _: Setting) -> tuple[Status, str, str]:
    """FS821."""
    if kind.accelerated:
        return "warn", "yes", "Whether shipped Fusion can dump a task with memory on a GPU is nowhere public."
    return "pass", "no", ""


_Check = Callable[[InstanceType, Setting], tuple[Status, str, str] | None]
BY_TYPE: dict[str, _Check] = {
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


def check_types(setting: Setting) -> Iterator[CheckResult]:
    """Of each environment's list, of every type once, and of what the types of all environments have in common."""
    for environment in setting.usable:
        yield listed(environment, setting)
    if not setting.types:
        yield from _without_types(setting)
        return
    values = values_for_types(setting)
    for check, look in BY_TYPE.items():
        for kind in setting.types.values():
            seen = look(kind, setting)
            if seen is None:
                yield unseen(check, subject_of(kind), None, "AWS gives no baseline bandwidth for this type")
            else:
                yield judged(check, subject_of(kind), *seen, values=values)
    yield one_architecture(setting)
    yield one_maker(setting)
    yield from vendor_table(setting)


def _without_types(setting: Setting) -> Iterator[CheckResult]:
    gap = setting.gap("instance_types", "compute_environments")
    if setting.usable or gap:
        for check in (*BY_TYPE, "FS813", "FS822"):
            yield unseen(check, setting.pool, gap, "no instance type is known")


def listed(environment: Environment, setting: Setting) -> CheckResult:
    """FS811."""
    wanted, values = environment.wanted_types, values_for_types(setting, environment)
    found = _short(wanted) or "nothing told"
    bundles = [name for name in wanted if name in UNBOUNDED]
    if bundles:
        detail = (
            f"{' and '.join(bundles)}: Batch chooses among families without NVMe, and changes them as time goes by."
        )
        return judged("FS811", environment.subject, "warn", found, detail, values=values)
    if environment.unknown_types:
        detail = f"Nothing is known of {_short(environment.unknown_types)}: not judged."
        gap = setting.gap("instance_types")
        if gap or environment.types:
            return unseen("FS811", environment.subject, gap, detail)
        return judged("FS811", environment.subject, "warn", found, detail, values=values)
    if not wanted:
        return judged("FS811", environment.subject, "warn", found, values=values)
    families = [name for name in wanted if "." not in name]
    detail = f"{_short(tuple(families))}: a family allows all of its sizes; each is judged below." if families else ""
    return judged("FS811", environment.subject, "pass", f"{found} ({_types(len(environment.types))})", detail)


def _types(count: int) -> str:
    return "1 type" if count == 1 else f"{count} types"


def _short(names: tuple[str, ...], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def one_architecture(setting: Setting) -> CheckResult:
    """FS813."""
    arm = [kind.name for kind in setting.types.values() if X86 not in kind.architectures]
    x86 = [kind.name for kind in setting.types.values() if X86 in kind.architectures]
    if arm and x86:
        found = f"x86_64: {_short(tuple(x86), 3)}; others: {_short(tuple(arm), 3)}"
        detail = "What was dumped on one architecture cannot be restored on the other."
        return judged("FS813", setting.pool, "fail", found, detail, values=values_for_types(setting))
    return judged("FS813", setting.pool, "pass", f"{X86 if x86 else 'arm64'} only")


def one_maker(setting: Setting) -> CheckResult:
    """FS822."""
    makers: dict[str, list[str]] = {}
    for kind in setting.types.values():
        makers.setdefault(kind.processor or "not told", []).append(kind.name)
    told = {maker: names for maker, names in makers.items() if maker != "not told"}
    if not told:
        return unseen("FS822", setting.pool, setting.gap("instance_types"), "AWS names no maker of the processors")
    found = "; ".join(f"{maker}: {_short(tuple(names), 3)}" for maker, names in told.items())
    if len(told) > 1:
        detail = "A task that was dumped on one maker's processor may not be restored on another's."
        return judged("FS822", setting.pool, "warn", found, detail, values=values_for_types(setting))
    return judged("FS822", setting.pool, "pass", f"{next(iter(told))} only")


def vendor_table(setting: Setting) -> Iterator[CheckResult]:
    """FS820, for every type whose row in the vendor's table is not what AWS says."""
    for one in disagreements(setting.types, setting.catalogue):
        found = f"AWS: {one.aws.memory_bytes / 2**30:g} GiB, {one.aws.baseline_gbps or 0:g} Gbps"
        yield judged("FS820", subject_of(one.aws), "warn", found, one.sentence)
