"""Stand-ins: readable, numbered in the order of first appearance, and of the shape that the tool's parsers expect."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from urllib.parse import unquote

from analyzer.bundle.known import folded

_DOCUMENTATION_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")
"""RFC 5737, and RFC 2544's for benchmarks when those are used up."""
_IPV6_BASE = int(ipaddress.IPv6Address("2001:db8::"))
_EXTENSION = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}$")


def _nth_address(number: int) -> str:
    left = number
    for network in map(ipaddress.IPv4Network, _DOCUMENTATION_NETWORKS):
        usable = network.num_addresses - 2
        if left <= usable:
            return str(network.network_address + left)
        left -= usable
    return str(ipaddress.IPv4Address("198.18.0.1") + (left - 1) % 131_070)


def _aws_id(number: int, original: str) -> str:
    prefix, _, digits = original.rpartition("-")
    return f"{prefix}-{number:0{len(digits)}x}"


def _numbered(kind: str, number: int, _: str) -> str:
    return f"{kind}-{number}"


def _file(number: int, original: str) -> str:
    ending = _EXTENSION.search(original)
    return f"file-{number}{ending[0] if ending else ''}"


_SHAPES: Mapping[str, Callable[[int, str], str]] = {
    "uuid": lambda n, _: f"00000000-0000-4000-8000-{n:012x}",
    "hex": lambda n, original: f"{n:0{len(original)}x}",
    "aws-id": _aws_id,
    "ipv4": lambda n, _: _nth_address(n),
    "ipv6": lambda n, _: str(ipaddress.IPv6Address(_IPV6_BASE + n)),
    "mac": lambda n, _: ":".join(re.findall("..", f"02{n:010x}")),
    "email": lambda n, _: f"person-{n}@example.com",
    "host": lambda n, original: f"host-{n}" + (".example.com" if "." in original else ""),
    "file": _file,
}
"""Kinds whose stand-ins are not simply `kind-N`."""


def canonical(value: str) -> str:
    """What two spellings of one thing have in common; `Charite` and `charite` are one, as the last look has it."""
    return folded(unquote(value) if "%" in value else value)


class StandIns:
    """The table of a disguise: one stand-in for each thing, and never one for two."""

    def __init__(self, taken: Callable[[str], bool] = lambda _: False) -> None:
        """`taken` says whether a text is a real thing of the evidence, and so cannot stand for another."""
        self._taken = taken
        self._numbers: Counter[str] = Counter()
        self._by_identity: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def stand_in(self, kind: str, value: str) -> str:
        """What stands for the value: the same for all its spellings, whatever kind it is first seen as."""
        identity = canonical(value)
        found = self._by_identity.get(identity)
        if found is None:
            found = self._by_identity[identity] = self._next(kind, value)
            self._originals[found] = unquote(value) if "%" in value else value
            self._kinds[found] = kind
        return found

    def _next(self, kind: str, value: str) -> str:
        shape = _SHAPES.get(kind) or partial(_numbered, kind)
        counter = kind if kind != "aws-id" else value.rpartition("-")[0]
        while True:
            self._numbers[counter] += 1
            made = shape(self._numbers[counter], value)
            if made not in self._originals and not self._taken(made):
                return made

    def is_stand_in(self, text: str) -> bool:
        """Whether the text is one of ours already."""
        return text in self._originals

    def knows(self, value: str) -> str | None:
        """The stand-in of this value in any case, where it has one."""
        return self._by_identity.get(folded(value))

    def entries(self) -> Iterator[tuple[str, str, str]]:
        """(kind, value, stand-in) in the order of first appearance."""
        for stand_in, value in self._originals.items():
            yield self._kinds[stand_in], value, stand_in

    @property
    def originals(self) -> Mapping[str, str]:
        """Stand-in -> value."""
        return MappingProxyType(self._originals)
