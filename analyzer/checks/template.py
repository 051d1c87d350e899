"""Checks of launch templates: what hosts do when Spot takes them back, and where Fusion's cache lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.advisor.placeholders import safe_values
from analyzer.checks.judge import judged, unseen
from analyzer.checks.result import CheckResult
from analyzer.checks.setting import Environment, Setting
from analyzer.checks.user_data import SCRATCH, HostSettings, read_user_data
from analyzer.classifier.units import seconds_text
from analyzer.evidence.job import items, mapping, text, whole
from analyzer.evidence.model import Document

DEFAULT_STOP_SECONDS = 30.0
"""ECS's own (ECS developer guide, container agent configuration)."""
LEAST_STOP_SECONDS = 120.0
"""The Spot window: a container that is stopped earlier takes its dump with it."""
OF_USER_DATA = ("FS851", "FS852", "FS853", "FS854")
CHECKS = (*OF_USER_DATA, "FS855")
WHOLE_ENVIRONMENT = "the environment's launch template"


@dataclass(frozen=True)
class Template:
    """A launch template that an environment's hosts start from."""

    label: str
    """Name or id, and version."""
    id: str | None
    document: Document | None
    """As DescribeLaunchTemplateVersions tells it; None where it is not in the evidence."""
    gone: bool = False
    """EC2 says that there is none (any more)."""
    version: str = "$Default"
    """As the environment names it: a number, `$Default` or `$Latest`."""
    override: bool = False
    """It stands in for the environment's own for some instance types."""

    @property
    def data(self) -> Document:
        """`LaunchTemplateData`."""
        return mapping(mapping(self.document).get("LaunchTemplateData"))


def _matches(document: Document, wanted: Document) -> bool:
    template, name = text(wanted.get("launchTemplateId")), text(wanted.get("launchTemplateName"))
    same = template and document.get("LaunchTemplateId") == template
    return bool(same or (name and document.get("LaunchTemplateName") == name))


def _version(found: list[Document], wanted: str) -> Document | None:
    if wanted == "$Default" and (default := [one for one in found if one.get("DefaultVersion") is True]):
        return default[0]
    if wanted in ("$Default", "$Latest"):
        return max(found, key=lambda one: whole(one.get("VersionNumber")) or 0)
    return next((one for one in found if str(one.get("VersionNumber")) == wanted), None)


def _template(wanted: Document, setting: Setting, *, override: bool) -> Template:
    name = text(wanted.get("launchTemplateName")) or text(wanted.get("launchTemplateId")) or "launch template"
    version = text(wanted.get("version")) or "$Default"
    found = [one for one in items(setting.evidence.launch_templates) if _matches(one, wanted)]
    document = _version(found, version) if found else None
    template = text(wanted.get("launchTemplateId")) or text(mapping(document).get("LaunchTemplateId"))
    asked = text(wanted.get("launchTemplateId")) or name
    gone = document is None and f"{asked} version {version}" in setting.gone("launch_templates")
    return Template(f"{name} version {version}", template, document, gone, version, override)


def templates_of(environment: Environment, setting: Setting) -> tuple[Template, ...]:
    """The environment's own launch template first, then those that stand in for it; nothing where it has none."""
    wanted = mapping(environment.resources.get("launchTemplate"))
    own = [_template(wanted, setting, override=False)] if _is_named(wanted) else []
    overrides = [one for one in items(wanted.get("overrides")) if _is_named(one)]
    return (*own, *(_template(one, setting, override=True) for one in overrides))


def _is_named(wanted: Document) -> bool:
    return bool(text(wanted.get("launchTemplateId")) or text(wanted.get("launchTemplateName")))


def check_templates(setting: Setting) -> Iterator[CheckResult]:
    """Of every launch template of every environment on EC2; of an environment without one, of ECS's defaults."""
    for environment in setting.usable:
        templates = templates_of(environment, setting)
        if not templates:
            yield from _judged(HostSettings(), "no launch template", environment, setting, None)
        for template in templates:
            yield from _of_template(template, environment, setting)


def _of_template(template: Template, environment: Environment, setting: Setting) -> Iterator[CheckResult]:
    if template.gone:
        detail = f"{template.label}: EC2 knows no such template, or no such version (any more): no host can start."
        values = setting.values(environment)
        yield judged("FS855", environment.subject, "fail", "does not exist", detail, values=values)
        return
    if template.document is None:
        for check in CHECKS:
            gap = setting.gap("launch_templates")
            yield unseen(check, environment.subject, gap, f"{template.label} is not in the evidence")
        return
    yield judged("FS855", environment.subject, "pass", template.label)
    settings = read_user_data(template.data.get("UserData"))
    if settings is None:
        for check in OF_USER_DATA:
            why = f"{template.label} has user data that cannot be decoded"
            yield unseen(check, environment.subject, None, why)
        return
    has = text(template.data.get("UserData")) is not None
    label = template.label if has else f"{template.label}, without user data"
    yield from _judged(settings, label, environment, setting, template)


def _judged(
    settings: HostSettings, label: str, environment: Environment, setting: Setting, template: Template | None
) -> Iterator[CheckResult]:
    document = mapping(template.document) if template else {}
    known = {
        "YOUR-LAUNCH-TEMPLATE": template.id if template else None,
        "YOUR-VERSION": str(whole(document.get("VersionNumber")) or ""),
        "YOUR-PART-TYPE": "text/cloud-config" if settings.cloud_config else "text/x-shellscript",
    }
    values = {**setting.values(environment), **safe_values(known)}
    yield _draining(settings, label, environment, values)
    yield _stop(settings, label, environment, values)
    if not environment.types or any(kind.nvme_gb for kind in environment.types):
        yield _scratch(settings, label, environment, values)
    if template and text(template.data.get("UserData")):
        yield _form(settings, label, environment, values)


def _hidden(check: str, label: str, environment: Environment) -> CheckResult:
    why = f"{label}: parts of its user data are encoded or loaded from elsewhere; it may be set there"
    return unseen(check, environment.subject, None, why)


def _draining(settings: HostSettings, label: str, environment: Environment, values: Mapping[str, str]) -> CheckResult:
    """FS851."""
    if settings.draining:
        return judged("FS851", environment.subject, "pass", "true", label)
    if settings.draining is None and settings.partly_hidden:
        return _hidden("FS851", label, environment)
    found = "not set" if settings.draining is None else "false"
    detail = f"{label}: the ECS agent does not react to an interruption notice by itself (its default is off)."
    return judged("FS851", environment.subject, "warn", found, detail, values=values)


def _stop(settings: HostSettings, label: str, environment: Environment, values: Mapping[str, str]) -> CheckResult:
    """FS852."""
    seconds = settings.stop_seconds
    if seconds is not None and seconds >= LEAST_STOP_SECONDS:
        return judged("FS852", environment.subject, "pass", seconds_text(seconds), label)
    if seconds is None and settings.partly_hidden:
        return _hidden("FS852", label, environment)
    found = "not set, so 30 s" if seconds is None else seconds_text(seconds)
    ends = DEFAULT_STOP_SECONDS if seconds is None else seconds
    detail = f"{label}: a container that ECS stops is killed after {seconds_text(ends)}, its dump with it."
    return judged("FS852", environment.subject, "warn", found, detail, values=values)


def _scratch(settings: HostSettings, label: str, environment: Environment, values: Mapping[str, str]) -> CheckResult:
    """FS853."""
    if settings.mounts_scratch:
        return judged("FS853", environment.subject, "pass", f"mounted at {SCRATCH}", label)
    if settings.partly_hidden:
        return _hidden("FS853", label, environment)
    detail = f"{label}: nothing in its user data mounts the NVMe disks there; an image of your own may do so."
    return judged("FS853", environment.subject, "warn", f"not mounted at {SCRATCH}", detail, values=values)


def _form(settings: HostSettings, label: str, environment: Environment, values: Mapping[str, str]) -> CheckResult:
    """FS854."""
    if settings.multipart:
        return judged("FS854", environment.subject, "pass", "MIME multi-part", label)
    detail = f"{label}: Batch merges user data with its own, and can do so with MIME multi-part archives only."
    return judged("FS854", environment.subject, "warn", "one part, no MIME archive", detail, values=values)
