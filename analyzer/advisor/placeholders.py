"""Fills the placeholders of the catalogue's snippets with what is known of the job, where that is safe to paste.

A value from the evidence is filled in only if it has none but the characters that such a name has, and nothing in it
looks secret; else the placeholder stays, and the reader fills it in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from analyzer.advisor.description import work_directory_of
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.classifier.units import MIB, bytes_text
from analyzer.evidence.job import mapping, text, texts, whole
from analyzer.evidence.model import Document, Evidence
from analyzer.support.redaction import mask_secrets

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.@/+=-]{0,511}")
_PROCESS = re.compile(r"[A-Za-z0-9_:]{1,200}")
_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_.+=@-]{1,255}){0,40}/?")
_OBJECT = re.compile(r"(?:s3://|/fusion/s3/)([a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_.+=@-]{1,255}){0,40})")
_IMAGE = re.compile(r"(?<![/\w.:])((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/[a-z0-9._/-]{1,255}(?::[\w.-]{1,128})?)")
_SPARE = ".,;:)"
_PLACEHOLDER = re.compile(r"YOUR[-_][A-Z]+(?:[-_][A-Z]+)*")
PROCESS = "YOUR_PROCESS"
CUT = "…"
"""Where a long line was shortened."""
MOST_ATTEMPTS = 10
"""Batch allows no more in a retry strategy."""
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    PROCESS: _PROCESS,
    "YOUR-WORKDIR": _URI,
    "YOUR-OBJECT": _URI,
    "YOUR-SUBNETS": re.compile(r"subnet-[0-9a-f]{4,32}(?: subnet-[0-9a-f]{4,32}){0,40}"),
    "YOUR-INSTANCE-TYPES": re.compile(r"[a-z0-9.*-]{1,40}(?:,[a-z0-9.*-]{1,40}){0,80}"),
    "YOUR-ROUTE-TABLES": re.compile(r"rtb-[0-9a-f]{4,32}(?: rtb-[0-9a-f]{4,32}){0,40}"),
    "YOUR-REQUEST": re.compile(r"[0-9A-Za-z. +-]{1,80}"),
}


def process_of(facts: Facts) -> str | None:
    """The process' name as a `withName:` selector takes it; None where it is not known."""
    name = facts.command_run.process if facts.command_run else None
    return name if name and _PROCESS.fullmatch(name) else None


def _bucket(uri: str | None) -> str | None:
    return uri.split("/")[2] if uri and uri.startswith("s3://") else None


def _named_object(root: Finding) -> str | None:
    """The first object that the finding's lines name, as a URI; a name that was cut (`…`) is none."""
    for quote in root.evidence:
        for match in _OBJECT.finditer(quote.text):
            if not quote.text.startswith(CUT, match.end()):
                return f"s3://{match[1].rstrip(_SPARE)}"
    return None


def _image(root: Finding, given: str | None) -> str | None:
    """The image that the finding's lines name, else the job's; Wave may have put its own name for it."""
    for quote in root.evidence:
        if match := _IMAGE.search(quote.text):
            return match[1].rstrip(_SPARE)
    return given


def _environment_facts(environments: Iterable[Document]) -> dict[str, str | None]:
    names: list[str | None] = []
    subnets: list[str] = []
    types: list[str] = []
    most = 0
    for environment in environments:
        names.append(text(environment.get("computeEnvironmentName")))
        resources = mapping(environment.get("computeResources"))
        subnets += texts(resources.get("subnets"))
        types += [t if "." in t else f"{t}.*" for t in texts(resources.get("instanceTypes")) if t != "optimal"]
        most = max(most, whole(resources.get("maxvCpus")) or 0)
    name = names[0] if len(names) == 1 else None
    return {
        "YOUR-COMPUTE-ENVIRONMENT": name,
        "YOUR-SUBNETS": " ".join(dict.fromkeys(subnets)) or None,
        "YOUR-INSTANCE-TYPES": ",".join(dict.fromkeys(types)) or None,
        "YOUR-MAX-VCPUS": str(most) if most else None,
    }


def _more_attempts(facts: Facts) -> str | None:
    """Twice as many as now, as far as Batch goes."""
    allowed = facts.job.attempts_allowed if facts.job else None
    return str(min(allowed * 2, MOST_ATTEMPTS)) if allowed and allowed > 0 else None


def _request(facts: Facts) -> str | None:
    """What the job asks for, in words."""
    spec = facts.job.main if facts.job else None
    if spec is None or not spec.memory_mib:
        return None
    vcpus = f" and {spec.vcpus:g} vCPUs" if spec.vcpus else ""
    return f"{bytes_text(spec.memory_mib * MIB)}{vcpus}"


def _attempt_facts(facts: Facts) -> dict[str, str | None]:
    last = facts.attempts[-1] if facts.attempts else None
    lost = [a for a in facts.attempts if a.host_lost]
    task_arn = last.attempt.task_arn if last else None
    parts = (task_arn or "").split("/")
    arn_parts = 3  # arn:aws:ecs:region:account:task / cluster / id
    return {
        "YOUR-INSTANCE-ID": (lost[-1] if lost else last).instance.instance_id if last else None,
        "YOUR-TASK-ARN": task_arn,
        "YOUR-CLUSTER": parts[1] if len(parts) == arn_parts else None,
    }


def known_values(facts: Facts, root: Finding, evidence: Evidence | None) -> Mapping[str, str]:
    """Placeholder -> value, of all that is known and safe."""
    job = facts.job
    spec = job.main if job else None
    workdir = work_directory_of(facts, evidence) if evidence else None
    named = _named_object(root)
    found: dict[str, str | None] = {
        PROCESS: process_of(facts),
        "YOUR-JOB-ID": job.id if job else None,
        "YOUR-QUEUE": job.queue_name if job else None,
        "YOUR-WORKDIR": workdir.rstrip("/") if workdir else None,
        "YOUR-OBJECT": named,
        "YOUR-BUCKET": _bucket(named),
        "YOUR-REGION": evidence.region if evidence else None,
        "YOUR-IMAGE": _image(root, spec.image if spec else None),
        "YOUR-MORE-ATTEMPTS": _more_attempts(facts),
        "YOUR-REQUEST": _request(facts),
        "YOUR-LOG-GROUP": spec.log_group if spec else None,
        **_attempt_facts(facts),
        **(_environment_facts(evidence.compute_environments) if evidence else {}),
    }
    return safe_values(found)


def safe_values(found: Mapping[str, str | None]) -> Mapping[str, str]:
    """Placeholder -> value, of those that are known and safe to paste."""
    return {name: value for name, value in found.items() if value and _is_safe(name, value)}


def _is_safe(name: str, value: str) -> bool:
    if mask_secrets(value) != value:
        return False
    return _PATTERNS.get(name, _NAME).fullmatch(value) is not None


def fill(snippet: str, values: Mapping[str, str]) -> str:
    """The snippet with every placeholder that has a value replaced."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), snippet)
