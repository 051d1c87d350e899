"""Checks of the machine image: Amazon Linux 2023, its kernel, its age."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from analyzer.advisor.placeholders import safe_values
from analyzer.checks.judge import judged, unseen
from analyzer.checks.result import CheckResult, Status, rank
from analyzer.checks.setting import Environment, Setting
from analyzer.checks.template import templates_of
from analyzer.evidence.job import items, mapping, text
from analyzer.evidence.model import Document

OLD_DAYS = 180
"""ECS-optimized images come out about every other week; after half a year the agent and the kernel lack much."""
KERNEL = (6, 1)
_OFFICIAL_2023 = re.compile(r"al2023-ami-ecs-[a-z0-9._-]{1,100}")
_AMAZON_2 = re.compile(r"amzn2-ami-|amzn-ami-")
_KERNEL = re.compile(r"kernel-(\d{1,2})\.(\d{1,3})(?!\d)")
_DAY = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
AMAZON = "amazon"
HOSTS = "its hosts"
"""What names an image that the environment leaves to Batch."""
BATCH_CHOOSES = "Batch chooses the image, and does not say which"
Verdict = tuple[Status, str, str]
"""Status, value found, detail."""


@dataclass(frozen=True)
class Image:
    """An image that hosts of an environment start from."""

    id: str | None
    """None: Batch's own choice."""
    chosen_by: str
    """What names it, in words."""
    type: str | None = None
    """`ECS_AL2023`, `ECS_AL2`, ...: what the environment takes it for."""
    document: Document | None = None
    gone: bool = False
    """EC2 does not show it: it was deregistered, or is not shared with this account (any more)."""
    recommended: bool = False
    """It is the one that AWS recommends now."""

    @property
    def name(self) -> str:
        """Its name, or what is known in place of it."""
        told = text(mapping(self.document).get("Name"))
        return told or (f"Batch's own choice for {self.type}" if self.id is None and self.type else self.id or "")

    @property
    def official(self) -> bool:
        """Amazon's own."""
        document = mapping(self.document)
        return self.recommended or AMAZON in (document.get("ImageOwnerAlias"), document.get("OwnerAlias"))


def images_of(environment: Environment, setting: Setting) -> tuple[Image, ...]:
    """The images that hosts start from, in the order in which Batch chooses (AWS Batch user guide, AMI selection)."""
    configured = items(environment.resources.get("ec2Configuration"))
    kind = next((told for one in configured if (told := text(one.get("imageType")))), None)
    templates = templates_of(environment, setting)
    overrides = [_named(t.data.get("ImageId"), f"launch template {t.label}", kind) for t in templates if t.override]
    ranks = (
        [_named(environment.resources.get("imageId"), "imageId", kind)],
        [_named(one.get("imageIdOverride"), "imageIdOverride", text(one.get("imageType"))) for one in configured],
        [_named(t.data.get("ImageId"), f"launch template {t.label}", kind) for t in templates if not t.override],
        [(image, HOSTS, kind) for image in _running(environment, setting)],
    )
    first = next((named for level in ranks if (named := [one for one in level if one])), [])
    found = [_image(*one, setting) for one in (*overrides, *first) if one]
    # an image in a launch template that cannot be seen would come before Batch's own choice
    hidden = any(template.document is None for template in templates)
    return tuple(found) or (Image(None, "Batch", None if hidden else kind),)


def _named(image: object, chosen_by: str, kind: str | None) -> tuple[str, str, str | None] | None:
    told = text(image)
    return (told, chosen_by, kind) if told else None


def _running(environment: Environment, setting: Setting) -> tuple[str, ...]:
    """The images of the hosts that are up."""
    cluster = (text(environment.document.get("ecsClusterArn")) or "").rsplit("/", 1)[-1]
    found: dict[str, None] = {}
    for host in items(setting.evidence.container_instances):
        if cluster and f"/{cluster}/" in (text(host.get("containerInstanceArn")) or ""):
            for attribute in items(host.get("attributes")):
                if attribute.get("name") == "ecs.ami-id" and (image := text(attribute.get("value"))):
                    found[image] = None
    return tuple(found)


def _image(image: str, source: str, declared: str | None, setting: Setting) -> Image:
    document = next((one for one in items(setting.evidence.images) if one.get("ImageId") == image), None)
    recommended = [one for one in _recommended(setting) if one.get("image_id") == image]
    if document is None and recommended:
        document = {"Name": recommended[0].get("image_name")}
    gone = document is None and source != HOSTS and image in setting.gone("images")
    return Image(image, source, declared, document, gone, bool(recommended))


def _recommended(setting: Setting) -> list[Document]:
    return items(list(mapping(setting.evidence.recommended_images).values()))


def _system(image: Image) -> Verdict | None:
    """FS831; None where nothing tells."""
    name = image.name
    if image.id is None:
        return _batch_choice(image.type)
    if image.recommended or (image.official and _OFFICIAL_2023.fullmatch(name)):
        return "pass", name, ""
    if _AMAZON_2.match(name):
        return "fail", name, "Amazon Linux before 2023: its kernel is too old for what the snapshots rest on."
    if image.document is None:
        return None
    like = "named like Amazon Linux 2023" if "al2023" in name.lower() else "its name tells nothing of what it holds"
    detail = f"An image of your own ({like}): see that it is built on Amazon Linux 2023, ECS-optimized."
    return ("warn" if "al2023" in name.lower() else "unknown"), name, detail


def _batch_choice(kind: str | None) -> Verdict | None:
    if kind is None:
        return None
    if "AL2023" in kind:
        return "pass", f"{kind}, Batch's own choice", ""
    if kind in ("ECS_AL2", "ECS_AL2_NVIDIA", "ECS_AL1"):
        detail = "Amazon Linux before 2023: its kernel is too old for what the snapshots rest on."
        return "fail", f"{kind}, Batch's own choice", detail
    return "warn", f"{kind}, Batch's own choice", "No Amazon Linux 2023, which the guide asks for."


def _kernel(image: Image) -> Verdict | None:
    """FS832; None where nothing tells."""
    if image.id is None:
        system = _batch_choice(image.type)
        if system and system[0] == "pass":
            return "pass", "6.1, that of Amazon Linux 2023", ""
        return ("fail", "before 6.1, that of Amazon Linux 2", "") if system and system[0] == "fail" else None
    match = _KERNEL.search(image.name)
    if match is None:
        old = _AMAZON_2.match(image.name) is not None
        return ("fail", "before 6.1, that of Amazon Linux 2", "") if old else None
    version = (int(match[1]), int(match[2]))
    found = f"{version[0]}.{version[1]}"
    if version == KERNEL:
        return "pass", found, ""
    if version < KERNEL:
        return "fail", found, "The guide asks for 6.1."
    return "warn", found, "Newer than the 6.1 that the guide names; nothing public shows that it was tried."


def _day_of(value: object) -> date | None:
    told = text(value) or ""
    match = _DAY.search(told[:200])
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        return datetime.fromisoformat(told).astimezone(UTC).date() if told else None
    except (ValueError, OverflowError):
        return None


def _age(image: Image, environment: Environment, setting: Setting) -> Verdict | None:
    """FS833; None where nothing tells."""
    if image.recommended:
        return "pass", "the one that AWS recommends now", ""
    if image.id is None:
        return _batch_image_status(environment)
    made = _day_of(image.name) or _day_of(mapping(image.document).get("CreationDate"))
    today = _day_of(setting.evidence.checked_at)
    if made is None or today is None:
        return None
    days = (today - made).days
    newest = max(filter(None, (_day_of(one.get("image_name")) for one in _recommended(setting))), default=None)
    behind = f"; AWS recommends the one of {newest.isoformat()}" if newest and newest > made else ""
    found = f"of {made.isoformat()}, {days} days old"
    if days <= OLD_DAYS:
        return "pass", found, behind.removeprefix("; ")
    return "warn", found, f"Older than {OLD_DAYS} days{behind}."


def _batch_image_status(environment: Environment) -> Verdict | None:
    told = [text(one.get("batchImageStatus")) for one in items(environment.resources.get("ec2Configuration"))]
    if "UPDATE_AVAILABLE" in told:
        return "warn", "UPDATE_AVAILABLE", "Batch has a newer image of that kind than the one that hosts start from."
    return ("pass", "LATEST", "") if "LATEST" in told else None


def _result(
    check: str, environment: Environment, setting: Setting, seen: list[tuple[Image, Verdict | None]]
) -> CheckResult:
    known = [(image, verdict) for image, verdict in seen if verdict]
    image, verdict = min(known, key=lambda one: rank(one[1][0]), default=(seen[0][0], None))
    unknown = next((one for one, told in seen if told is None), None)
    if unknown and (verdict is None or verdict[0] == "pass"):
        gap = setting.gap(*(("images",) if unknown.id else ("launch_templates", "container_instances")))
        by_id = f"{unknown.id}, from {unknown.chosen_by}"
        return unseen(check, environment.subject, gap, by_id if unknown.id else BATCH_CHOOSES)
    status, found, detail = verdict or ("unknown", "", "")
    if status == "unknown":
        return unseen(check, environment.subject, None, f"{found} (from {image.chosen_by}): {detail}")
    source = f"From {image.chosen_by}." if image.id else ""
    fix = "batch" if image.id is None or image.chosen_by == HOSTS else "default"
    values = {**setting.values(environment), **_recommended_id(environment, setting)}
    return judged(check, environment.subject, status, found, f"{detail} {source}".strip(), fix=fix, values=values)


def _recommended_id(environment: Environment, setting: Setting) -> dict[str, str]:
    arm = environment.types and all("x86_64" not in kind.architectures for kind in environment.types)
    document = mapping(mapping(setting.evidence.recommended_images).get("arm64" if arm else "x86_64"))
    return dict(safe_values({"YOUR-IMAGE": text(document.get("image_id"))}))


def _there(images: tuple[Image, ...], environment: Environment, setting: Setting) -> Iterator[CheckResult]:
    """FS834, of images that are named by their ids."""
    named = [one for one in images if one.id and one.chosen_by != HOSTS]
    if gone := [one for one in named if one.gone]:
        found = ", ".join(f"{one.id}, from {one.chosen_by}" for one in gone)
        detail = "EC2 does not show it to this account: it was deregistered or is shared no more, so no host can start."
        values = {**setting.values(environment), **_recommended_id(environment, setting)}
        yield judged("FS834", environment.subject, "fail", f"{found}: does not exist", detail, values=values)
    elif unknown := next((one for one in named if one.document is None), None):
        yield unseen("FS834", environment.subject, setting.gap("images"), f"{unknown.id}, from {unknown.chosen_by}")
    elif named:
        yield judged("FS834", environment.subject, "pass", ", ".join(one.id or "" for one in named))


def check_images(setting: Setting) -> Iterator[CheckResult]:
    """Of every environment on EC2; where its hosts may start from several images the worst is told."""
    for environment in setting.usable:
        named = images_of(environment, setting)
        yield from _there(named, environment, setting)
        images = tuple(one for one in named if not one.gone)
        if not images:
            continue
        yield _result("FS831", environment, setting, [(one, _system(one)) for one in images])
        yield _result("FS832", environment, setting, [(one, _kernel(one)) for one in images])
        yield _result("FS833", environment, setting, [(one, _age(one, environment, setting)) for one in images])
