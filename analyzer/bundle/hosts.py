"""Names of servers, of their users and domains, told by where they stand: in addresses, before a port, in errors."""

from __future__ import annotations

import re

from analyzer.bundle.arns import Resolve
from analyzer.bundle.web_names import is_public_host

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})"
_NAME = rf"{_LABEL}(?:\.{_LABEL}){{0,8}}"
_ENDINGS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|dev|app|cloud|bio|health|science|tech|online|example|test|home|private"
    "|cluster|hpc|ac|at|au|be|br|ca|ch|cn|cz|de|dk|es|eu|fi|fr|gr|hk|hu|ie|il|it|jp|kr|mx|nl|no|nz|pt|ro|ru|se|sg|si"
    "|tw|uk|us|za"
)
"""Top-level domains that are not endings of source files, too, as `py` and `rs` are."""
SERVER_URL = re.compile(
    r"(?P<head>(?<![A-Za-z0-9])(?!(?:s3[an]?|gs|az|file|fusion|arn|docker|containerd|cri-o|oci|data):)"
    r"[a-z][a-z0-9+.-]{1,30}:(?://|\\{1,15}/\\{1,15}/)|jdbc:oracle:[a-z]{2,8}:[^\s@]{0,128}@(?://)?)"
    r"(?:(?P<user>[^\s/:@\"'<>;?#]{1,128})?(?P<password>:[^\s/@\"'<>]{0,256})?@)?"
    rf"(?P<hosts>{_NAME}(?::\d{{1,5}})?(?:,{_NAME}(?::\d{{1,5}})?){{0,8}})(?![A-Za-z0-9_-])"
)
PORT = re.compile(
    rf"(?<![A-Za-z0-9_.@/-])(?P<host>(?:{_LABEL}\.){{1,8}}(?:{_ENDINGS}))(?=:\d{{2,5}}(?![\d.:A-Za-z]))", re.IGNORECASE
)
SPOKEN = re.compile(
    r"(?i)(?P<head>(?:could not resolve (?:host|hostname|proxy)|couldn't resolve host(?:name)?|unknownhostexception"
    r"|unknown host|no such host|name or service not known|resolving|nodename|ssh: connect to host|lookup|dial tcp"
    r"|(?:connecting|connected|failed to connect|could not connect|connect|connection|trying to connect) to"
    r"|getaddrinfo(?: [a-z_]{2,16}){0,3}|license server|licence server|server host|host ?name|host)"
    r"(?:[ \t]{0,3}[:=][ \t]{0,3}|[ \t]{1,3})(?:(?:host|server|address|at)[ \t]{1,3})?\\{0,3}[\"'(]?)"
    rf"(?P<host>{_NAME})(?![\w(])"
)
LOGIN = re.compile(
    r"(?P<user>(?<![\w.%+-])[A-Za-z0-9_][A-Za-z0-9._-]{0,63})@(?!(?:sha[0-9]{1,3}|md5):)"
    rf"(?P<host>{_NAME})(?=:[/~0-9]|'s password|:[\w.-]{{1,64}}/)"
)
SSH = re.compile(
    r"(?P<head>(?<![\w-])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id)[ \t](?:[^\n|;&]{0,200}?[ \t\"'])?)"
    rf"(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]{{0,63}})@(?P<host>{_NAME})(?![A-Za-z0-9_-])"
)
LICENCE_PORT = re.compile(rf"(?<![\w.%+-])(?P<port>\d{{2,5}})@(?P<host>{_NAME})(?![A-Za-z0-9_-])")
NFS = re.compile(
    rf"(?<![\w./:@-])(?P<host>{_NAME})(?=:/[\w./-]{{0,200}}[ \t][^\n]{{0,200}}\bnfs)"
    rf"|(?P<head>\bnfs[^\n]{{0,200}}?[ \t])(?P<other>{_NAME})(?=:/)"
)
PROBE_PORT = re.compile(r"@(?<=[0-9]@)")
PROBE_SSH = re.compile(r"ssh|scp|sftp|rsync|mosh")
PROBE_NAMED_PORT = re.compile(r":(?<=[A-Za-z]:)[0-9]{2}")
SPOKEN_HINTS = ("host", "Host", "HOST", "onnect", "getaddrinfo", "lookup", "dial tcp", "esolving", "icense server")
_ANYBODYS = frozenset(
    """
    localhost host server the a an to port none null true false unknown nobody any all root git ec2-user ubuntu admin
    user default not is for in of with via on it was
    """.split()  # noqa: SIM905 - a list of this length is read more easily so
)
"""Names that tell of nobody, and words that follow where a name may."""
PUBLIC_ACCOUNTS = _ANYBODYS | frozenset(
    {
        "wheel",
        "nogroup",
        "daemon",
        "bin",
        "sys",
        "adm",
        "staff",
        "users",
        "docker",
        "postgres",
        "mysql",
        "www-data",
        "systemd",
    }
)
"""Users and groups that machines have by themselves."""
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org", "nhs"})


def domain_of(host: str) -> str | None:
    """The domain that the host's owner has, such as `acme.org` or `acme.ac.uk`; None for a name without one."""
    labels = host.lower().split(".")
    country = 2
    size = 3 if len(labels) > country and len(labels[-1]) == country and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-size:]) if len(labels) > size or (len(labels) == size and labels[-1].isalpha()) else None


def disguised_name_of_host(host: str, resolve: Resolve) -> str:
    """The host's stand-in; its domain, which may stand elsewhere without the host, gets one, too."""
    if is_public_host(host) or host.lower() in _ANYBODYS or re.fullmatch(r"[\d.]+|host-\d+", host):
        return host
    domain = domain_of(host)
    if domain and domain != host.lower() and not is_public_host(domain):
        resolve("domain", domain)
    return resolve("host", host)


def _user(user: str, resolve: Resolve) -> str:
    return user if user.lower() in _ANYBODYS or "[" in user else resolve("user", user)


def disguised_server_url(match: re.Match[str], resolve: Resolve) -> str:
    """`postgresql://user@host:5432`, with any scheme but those of stores and of the web."""
    user, password = match["user"], match["password"] or ""
    shown = []
    for one in match["hosts"].split(","):
        host, colon, port = one.partition(":")
        shown.append(disguised_name_of_host(host, resolve) + colon + port)
    at = "@" if user or password else ""
    return match["head"] + (_user(user, resolve) if user else "") + password + at + ",".join(shown)


def disguised_host_with_port(match: re.Match[str], resolve: Resolve) -> str:
    """`db.acme.org:5432`"""
    return disguised_name_of_host(match["host"], resolve)


def disguised_spoken(match: re.Match[str], resolve: Resolve) -> str:
    """`Could not resolve host: db.acme.org`; a single word counts only where it is written as hosts are."""
    host = match["host"].rstrip(".-_")
    rest = match["host"][len(host) :]
    numbered = any(c.isdigit() for c in host) and any(c.isalpha() for c in host) and not host.startswith("0x")
    if "." not in host and not (numbered and len(host) > 3):  # noqa: PLR2004 - `r5d`, `EC2` are no hosts
        return match[0]
    if "." in host and not re.search(r"\.[A-Za-z]{2,24}$", host):
        return match[0]
    return match["head"] + disguised_name_of_host(host, resolve) + rest


def disguised_login(match: re.Match[str], resolve: Resolve) -> str:
    """`user@host`, which is no e-mail address."""
    head = match.groupdict().get("head") or ""
    return f"{head}{_user(match['user'], resolve)}@{disguised_name_of_host(match['host'], resolve)}"


def disguised_licence_port(match: re.Match[str], resolve: Resolve) -> str:
    """`27000@licences.acme.org`, as the addresses of licence servers are written."""
    return f"{match['port']}@{disguised_name_of_host(match['host'], resolve)}"


def disguised_nfs(match: re.Match[str], resolve: Resolve) -> str:
    """`server:/export`, in a line about NFS."""
    host = match["host"] or match["other"]
    return (match["head"] or "") + disguised_name_of_host(host, resolve)
