"""Identities that are told by their form alone, in any text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from analyzer.bundle import addresses, arns, hosts, storage_names, web_names
from analyzer.bundle.arns import Resolve
from analyzer.bundle.known import starts_word

_ACCOUNT = re.compile(
    r"(?P<head>account(?:[_-]?(?:id|number))?(?:\\{0,3}[\"'])?[ \t]{0,3}[:=#]?[ \t]{0,3}(?:\\{0,3}[\"'])?)"
    r"(?P<id>[0-9]{12})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_REGISTRY = re.compile(
    r"(?<![0-9])(?P<account>[0-9]{12})(?P<host>\.dkr\.ecr(?:-fips)?\.[a-z0-9-]{1,32}\.amazonaws\.com(?:\.cn)?)"
    r"(?:(?P<slash>/)(?P<repository>[a-z0-9][a-z0-9._/-]{0,255}))?"
)
_WAVE = re.compile(r"(?P<head>wave[.-](?:[a-z0-9]{1,20}[.-]){1,4}(?:io|com)[/-]wt[/-])(?P<token>[A-Za-z0-9]{6,64})")
_RUN = re.compile(r"(?P<head>tw-)(?P<id>[0-9A-Za-z]{8,22})(?=-)")
_FORGE = re.compile(r"(?P<head>TowerForge-)(?P<id>[0-9A-Za-z]{8,32})(?![0-9A-Za-z])")
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

_PROBE_UUID = re.compile(r"-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_OF_CRIU = re.compile(r"run id = $|crtools-[a-z]{1,16}-[0-9]{1,10}-$")
_LOOK_BACK = 48


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


def _uuid(match: re.Match[str], resolve: Resolve) -> str:
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()]
    return match[0] if _OF_CRIU.search(before) else resolve("uuid", match[0])


def _criu_host(match: re.Match[str], resolve: Resolve) -> str:
    return match[0] if addresses.IP_HOST.match(match[0]) else resolve("host", match[0])


@dataclass(frozen=True)
class _Pattern:
    hints: tuple[str, ...]
    """A text that holds none of these is not searched."""
    pattern: re.Pattern[str]
    replaced: Callable[[re.Match[str], Resolve], str]
    probe: re.Pattern[str] | None = None
    """Nor is one in which this is not found: it is cheaper than the pattern."""
    whole_word: bool = False
    """What it finds counts only where a word begins."""

    def apply(self, text: str, resolve: Resolve) -> str:
        if not any(map(text.__contains__, self.hints)) or (self.probe and not self.probe.search(text)):
            return text

        def replaced(match: re.Match[str]) -> str:
            skipped = self.whole_word and not starts_word(text, match.start())
            return match[0] if skipped else self.replaced(match, resolve)

        return self.pattern.sub(replaced, text)


_PATTERNS = (
    _Pattern(("arn:",), arns.ARN, _arn),
    _Pattern((".dkr.ecr",), _REGISTRY, _registry),
    _Pattern(
        ("s3://", "s3a://", "s3n://", "gs://", "az://"), storage_names.URI, storage_names.disguised_uri, None, True
    ),
    _Pattern(("fusion/s3/", "fusion/gs/", "fusion/az/"), storage_names.MOUNT, storage_names.disguised_uri, None, True),
    _Pattern(("amazonaws",), storage_names.VIRTUAL_HOST, storage_names.disguised_virtual_host),
    _Pattern(("amazonaws",), storage_names.PATH_STYLE, storage_names.disguised_path_style),
    _Pattern(("http://", "https://"), web_names.URL, web_names.disguised_url),
    _Pattern((":/", ":\\", "jdbc:"), hosts.SERVER_URL, hosts.disguised_server_url),
    _Pattern(("@",), hosts.LICENCE_PORT, hosts.disguised_licence_port, hosts.PROBE_PORT),
    _Pattern(("@",), hosts.SSH, hosts.disguised_login, hosts.PROBE_SSH),
    _Pattern(("@",), hosts.LOGIN, hosts.disguised_login),
    _Pattern(("@",), addresses.EMAIL, addresses.disguised_email),
    _Pattern(("nfs",), hosts.NFS, hosts.disguised_nfs),
    _Pattern((":",), hosts.PORT, hosts.disguised_host_with_port, hosts.PROBE_NAMED_PORT),
    _Pattern(hosts.SPOKEN_HINTS, hosts.SPOKEN, hosts.disguised_spoken),
    _Pattern(("wave",), _WAVE, _named("image-token", "token")),
    _Pattern(("tw-",), _RUN, _named("run", "id"), None, True),
    _Pattern(("TowerForge-",), _FORGE, _named("forge", "id"), None, True),
    _Pattern(("/orgs/", "/user/", "/watch/", "/workspaces/"), _PLATFORM_PATH, _platform_path),
    _Pattern(("home/", "Users/"), _HOME, _home),
    _Pattern(("### name", "NEXTFLOW TASK"), _TASK, _task),
    _Pattern(("ccount", "CCOUNT"), _ACCOUNT, _named("account", "id")),
    _Pattern(("ip-", "ec2-"), addresses.IP_HOST, addresses.disguised_ip_host),
    _Pattern((".internal", ".local", ".lan", ".corp", ".intra"), addresses.INNER_HOST, addresses.disguised_host),
    _Pattern(("Running on ",), addresses.CRIU_HOST, _criu_host),
    _Pattern(("-",), arns.UUID, _uuid, _PROBE_UUID, True),
    _Pattern(arns.PRINCIPAL_HINTS, arns.PRINCIPAL, arns.disguised_principal),
    _Pattern(("equest", "EQUEST"), arns.REQUEST, _named("request", "id")),
    _Pattern(("-",), arns.AWS_ID, lambda m, resolve: resolve("aws-id", m[0]), arns.PROBE_AWS_ID, True),
    _Pattern((".",), addresses.IPV4, addresses.disguised_ipv4, addresses.PROBE_IPV4),
    _Pattern((":",), addresses.IPV6, addresses.disguised_ipv6, addresses.PROBE_IPV6),
    _Pattern((":",), addresses.MAC, lambda m, resolve: resolve("mac", m[0]), addresses.PROBE_IPV6),
)


def disguised_patterns(text: str, resolve: Resolve) -> str:
    """The text with everything replaced that a form tells."""
    for pattern in _PATTERNS:
        text = pattern.apply(text, resolve)
    return text
