"""Checks of instance types, one by one and together: what each is, and what a queue's types have in common."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.vendor_table import disagreements
from analyzer.checks.judge import judged, unseen
from analyzer.checks.proposals import UNBOUNDED, values_for_types
from analyzer.checks.record import DEFAULT_FIX
from analyzer.checks.result import CheckResult, Subject
from analyzer.checks.setting import Environment, Setting
from analyzer.checks.type_checks import BY_TYPE, X86, applies


def subject_of(kind: InstanceType) -> Subject:
    """As results name it."""
    return Subject("instance type", kind.name)


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
            if not applies(check, kind, setting):
                continue
            seen = look(kind, setting)
            fix = "task" if check == "FS817" and setting.task else DEFAULT_FIX
            if seen is None:
                yield unseen(check, subject_of(kind), None, "AWS gives no baseline bandwidth for this type")
            else:
                yield judged(check, subject_of(kind), *seen, fix=fix, values=values)
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
    """FS820: noted for every type whose row in the vendor's table is not what AWS says."""
    for one in disagreements(setting.types, setting.catalogue):
        found = f"AWS: {one.aws.memory_bytes / 2**30:g} GiB, {one.aws.baseline_gbps or 0:g} Gbps"
        yield judged("FS820", subject_of(one.aws), "pass", found, one.sentence)
