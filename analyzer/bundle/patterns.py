"""Identities that are told by their form alone, in any text."""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzer.bundle import addresses, arns, storage_names
from analyzer.bundle.addresses import BEFORE
from analyzer.bundle.arns import AWS_ID_PREFIXES, Resolve

_AWS_ID = re.compile(
    rf"{BEFORE}(?:(?:{AWS_ID_PREFIXES})-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}})|r-[0-9a-f]{{17}})(?![A-Za-z0-9])"
)
_UUID = re.compile(rf"(?<!run id = ){BEFORE}{arns.UUID.pattern}(?![A-Za-z0-9])")
_ACCOUNT = re.compile(
    r"(?P<head>account(?:[_-]?(?:id|number))?(?:\\{0,3}[\"'])?\s{0,3}[:=#]?\s{0,3}(?:\\{0,3}[\"'])?)(?P<id>\d{12})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_REGISTRY = re.compile(
    r"(?<![0-9])(?P<account>\d{12})(?P<host>\.dkr\.ecr(?:-fips)?\.[a-z0-9-]{1,32}\.amazonaws\.com(?:\.cn)?)"
    r"(?:(?P<slash>/)(?P<repository>[a-z0-9][a-z0-9._/-]{0,255}))?"
)
_WAVE = re.compile(r"(?P<head>wave[.-](?:[a-z0-9]{1,20}[.-]){1,4}(?:io|com)[/-]wt[/-])(?P<token>[A-Za-z0-9]{6,64})")
_RUN = re.compile(rf"{BEFORE}(?P<head>tw-)(?P<id>[0-9A-Za-z]{{8,22}})(?=-)")
_FORGE = re.compile(rf"{BEFORE}(?P<head>TowerForge-)(?P<id>[0-9A-Za-z]{{8,32}})(?![0-9A-Za-z])")
_PLATFORM_PATH = re.compile(
    r"(?P<head>/(?P<what>orgs|workspaces|user|watch)/)(?P<name>[A-Za-z0-9][A-Za-z0-9._~-]{0,99})"
)
_PLATFORM_KINDS = {"orgs": "organisation", "workspaces": "workspace", "user": "user", "watch": "run"}
_HOME = re.compile(
    r"(?P<head>(?<![A-Za-z0-9_.])/?(?:home|Users)/)(?P<user>[A-Za-z0-9][A-Za-z0-9._-]{0,63})(?=[/\s\"':,;)\\]|$)"
)
_PUBLIC_USERS = frozenset(
    {"ec2-user", "ubuntu", "root", "runner", "nextflow", "user", "jovyan", "conda", "linuxbrew", "admin", "centos"}
)
_TASK = re.compile(
    r"(?P<head>(?:### name: '|# NEXTFLOW TASK: )[A-Za-z0-9_:]{1,256} \()(?P<tag>[^\n]{1,256})(?P<end>\)'?)"
)


def _named(kind: str, group: str) -> Callable[[re.Match[str], Resolve], str]:
    def replaced(match: re.Match[str], resolve: Resolve) -> str:
        return match["head"] + resolve(kind, match[group])

    return replaced


def _registry(match: re.Match[str], resolve: Resolve) -> str:
    repository = match["repository"]
    shown = f"{match['slash']}{resolve('repository', repository)}" if repository else ""
    return resolve("account", match["account"]) + match["host"] + shown


def _platform_path(match: re.Match[str], resolve: Resolve) -> str:
    return match["head"] + resolve(_PLATFORM_KINDS[match["what"]], match["name"])


def _home(match: re.Match[str], resolve: Resolve) -> str:
    return match[0] if match["user"] in _PUBLIC_USERS else match["head"] + resolve("user", match["user"])


def _arn(match: re.Match[str], resolve: Resolve) -> str:
    return arns.disguised_arn(match, resolve, lambda key: storage_names.disguised_key(key, resolve))


def _task(match: re.Match[str], resolve: Resolve) -> str:
    return match["head"] + resolve("sample", match["tag"]) + match["end"]


_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str], Resolve], str]], ...] = (
    (("arn:",), arns.ARN, _arn),
    ((".ecr",), _REGISTRY, _registry),
    (("://", "fusion/"), storage_names.URI, storage_names.disguised_uri),
    (("amazonaws",), storage_names.VIRTUAL_HOST, storage_names.disguised_virtual_host),
    (("amazonaws",), storage_names.PATH_STYLE, storage_names.disguised_path_style),
    (("@",), addresses.EMAIL, addresses.disguised_email),
    (("wave",), _WAVE, _named("image-token", "token")),
    (("tw-",), _RUN, _named("run", "id")),
    (("TowerForge-",), _FORGE, _named("forge", "id")),
    (("/orgs/", "/user/", "/watch/", "/workspaces/"), _PLATFORM_PATH, _platform_path),
    (("home/", "Users/"), _HOME, _home),
    (("### name", "NEXTFLOW TASK"), _TASK, _task),
    (("ccount", "CCOUNT"), _ACCOUNT, _named("account", "id")),
    (("ip-", "ec2-"), addresses.IP_HOST, addresses.disguised_ip_host),
    (
        (".internal", ".local", ".lan", ".corp", ".intra"),
        addresses.INNER_HOST,
        addresses.disguised_host,
    ),
    (("Running on ",), addresses.CRIU_HOST, lambda m, r: m[0] if addresses.IP_HOST.match(m[0]) else r("host", m[0])),
    (("-",), _UUID, lambda m, r: r("uuid", m[0])),
    (("-",), _AWS_ID, lambda m, r: r("aws-id", m[0])),
    ((".",), addresses.IPV4, addresses.disguised_ipv4),
    (("::", ":"), addresses.IPV6, addresses.disguised_ipv6),
    ((":",), addresses.MAC, lambda m, r: r("mac", m[0])),
)
"""What a text must hold for the pattern to be tried at all, the pattern, and how what it finds is replaced."""


def disguised_patterns(text: str, resolve: Resolve) -> str:
    """The text with everything replaced that a form tells."""
    for hints, pattern, replaced in _PATTERNS:
        if any(hint in text for hint in hints):
            text = pattern.sub(lambda match, do=replaced: do(match, resolve), text)  # type: ignore[misc]
    return text
