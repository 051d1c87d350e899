"""Network addresses, host names and e-mail addresses in a text."""

from __future__ import annotations

import ipaddress
import re

from analyzer.bundle.arns import Resolve
from analyzer.bundle.known import starts_word

EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
IPV4 = re.compile(
    r"(?:(?<![A-Za-z0-9_.-])|(?<=\\[nrt]))([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})(?![A-Za-z0-9_-]|\.[0-9])(?P<more>[:/][0-9])?"
)
IPV6 = re.compile(r"(?:(?<![A-Za-z0-9_:.])|(?<=\\[nrt]))(?:[0-9A-Fa-f]{1,4}:|::)[0-9A-Fa-f:]{1,38}(?![A-Za-z0-9_:])")
MAC = re.compile(r"(?:(?<![A-Za-z0-9_:-])|(?<=\\[nrt]))(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![A-Za-z0-9_:-])")
IP_HOST = re.compile(r"(?P<head>ip-|ec2-)([0-9]{1,3})-([0-9]{1,3})-([0-9]{1,3})-([0-9]{1,3})(?![0-9A-Za-z])")
INNER_HOST = re.compile(
    r"(?<![A-Za-z0-9.-])[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,5}"
    r"\.(?:internal|local|lan|corp|intra|intranet)(?![A-Za-z0-9.-])"
)
CRIU_HOST = re.compile(r"(?<=Running on )\S{1,100}(?= Linux )")
_LARGEST_OCTET = 255
_LIKE_A_VERSION = 10
_LARGEST_OF_A_VERSION = 99
"""Four small numbers with dots are a version (4.2.0.1), unless a port or a mask follows."""
_SHORTEST_IPV6 = 6
_LOOK_BACK = 12
_NOBODY = tuple(map(ipaddress.ip_network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
"""Of this machine, of the link (AWS's metadata service), of groups: the same everywhere."""
_MADE_FOR_THIS = ("example.com", "example.org", "example.net")


PROBE_IPV4 = re.compile(r"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
PROBE_IPV6 = re.compile(r"::[0-9A-Fa-f]|[0-9A-Fa-f]::|:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
"""Cheap to look for; where they are not, the pattern need not be tried."""


def _is_version(match: re.Match[str], octets: list[int]) -> bool:
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()].lower().rstrip(" :=v\"'")
    if before.endswith(("version", "release", "ver")):
        return True
    return match["more"] is None and octets[0] < _LIKE_A_VERSION and max(octets) <= _LARGEST_OF_A_VERSION


def is_plain_ipv4(address: str) -> bool:
    """Whether this is an address that belongs to somebody."""
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return not any(parsed in network for network in _NOBODY)


def disguised_ipv4(match: re.Match[str], resolve: Resolve) -> str:
    """An address; versions and addresses that belong to nobody stay."""
    address = ".".join(match.groups()[:4])
    octets = [int(o) for o in match.groups()[:4]]
    if max(octets) > _LARGEST_OCTET or not is_plain_ipv4(address):
        return match[0]
    if octets[0] != _LIKE_A_VERSION and _is_version(match, octets):
        return match[0]
    return resolve("ipv4", address) + (match["more"] or "")


def disguised_ip_host(match: re.Match[str], resolve: Resolve) -> str:
    """`ip-10-0-1-2`: the stand-in of its address, written alike."""
    if not starts_word(match.string, match.start()):
        return match[0]
    address = ".".join(match.groups()[1:5])
    return match["head"] + resolve("ipv4", address).replace(".", "-") if is_plain_ipv4(address) else match[0]


def disguised_ipv6(match: re.Match[str], resolve: Resolve) -> str:
    """An address; what merely looks like one (times, `std::`) stays."""
    written = match[0]
    if len(written) < _SHORTEST_IPV6 or not any(c.isdigit() for c in written):
        return written
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        return written
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return written
    return resolve("ipv6", str(address))


def disguised_host(match: re.Match[str], resolve: Resolve) -> str:
    """A name inside somebody's network; `ip-10-0-1-2` at its front is not touched here."""
    name = match[0]
    return name if IP_HOST.match(name) or name.startswith(("host.docker", "metadata.")) else resolve("host", name)


def disguised_email(match: re.Match[str], resolve: Resolve) -> str:
    """An e-mail address."""
    made = tuple(mark + domain for domain in _MADE_FOR_THIS for mark in "@.")
    return match[0] if match[0].lower().endswith(made) or match[0].startswith("git@") else resolve("email", match[0])
