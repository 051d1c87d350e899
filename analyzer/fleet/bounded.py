"""Collections that stay small however many jobs come, and that say the same in whatever order the jobs come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from heapq import heappop, heappush
from typing import Any, Generic, Protocol, Self, TypeVar

OTHER = "other"
MOST_GROUPS = 5_000
MOST_NAMES = 2_000
"""Names that are read off the names of jobs: each job may have its own."""
_NUMBER = re.compile(r"\d+")


class Mergeable(Protocol):
    """Something that adds up."""

    def merge(self, other: Self, /) -> None:
        """Take in what another one has counted."""


_V = TypeVar("_V", bound=Mergeable)
_T = TypeVar("_T")


def place_of(key: str) -> int:
    """A number that depends on the key alone, evenly spread: for samples that do not depend on any order."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def folded_name(name: str) -> str:
    """The name with `#` for every number in it."""
    return _NUMBER.sub("#", name)


class Groups(Generic[_V]):
    """Sums by key, exact for at most `limit` keys; what belongs to further keys is summed up in `other`.

    The keys that are kept are those with the smallest `place_of`: a key that went to `other` never comes back, and one
    that is kept was never there, so that neither order nor merging matters.
    """

    def __init__(self, new: Callable[[], _V], limit: int = MOST_GROUPS) -> None:
        self.members: dict[str, _V] = {}
        self.other: _V | None = None
        self._new, self._limit = new, limit
        self._heap: list[tuple[int, str]] = []
        self._bar: int | None = None

    def of(self, key: str) -> _V:
        """The sums that a job of this key belongs to."""
        known = self.members.get(key)
        if known is not None:
            return known
        place = place_of(key)
        if self._bar is not None and place >= self._bar:
            return self._rest()
        self.members[key] = made = self._new()
        heappush(self._heap, (-place, key))
        if len(self.members) > self._limit:
            self._drop_last()
            return self.members.get(key) or self._rest()
        return made

    def merge(self, added: Groups[_V]) -> None:
        """Take in what another one has counted."""
        if added._bar is not None:
            self._lower(added._bar)
        for key, value in added.members.items():
            self.of(key).merge(value)
        if added.other is not None:
            self._rest().merge(added.other)

    def __iter__(self) -> Iterator[tuple[str, _V]]:
        """By key; `other` last."""
        yield from sorted(self.members.items(), key=lambda pair: pair[0])
        if self.other is not None:
            yield OTHER, self.other

    def _rest(self) -> _V:
        if self.other is None:
            self.other = self._new()
        return self.other

    def _drop_last(self) -> None:
        place, key = heappop(self._heap)
        self._bar = -place
        self._rest().merge(self.members.pop(key))

    def _lower(self, bar: int) -> None:
        self._bar = bar if self._bar is None else min(self._bar, bar)
        while self._heap and -self._heap[0][0] >= self._bar:
            self._rest().merge(self.members.pop(heappop(self._heap)[1]))


class First(Generic[_T]):
    """The `limit` items whose keys sort first. Keys are all different and of one form."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: list[tuple[Any, _T]] = []

    def add(self, key: Any, item: _T) -> None:
        """Keep it, if it is among the first."""
        self._found.append((key, item))
        if len(self._found) > 2 * self._limit:
            self._cut()

    def merge(self, added: First[_T]) -> None:
        """Take in what another one has kept."""
        self._found += added._found
        self._cut()

    def items(self) -> tuple[_T, ...]:
        """In the order of their keys."""
        self._cut()
        return tuple(item for _, item in self._found)

    def _cut(self) -> None:
        self._found.sort(key=lambda pair: pair[0])
        del self._found[self._limit :]


class Distinct:
    """How many different keys there were; not known beyond `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: set[int] | None = set()

    def add(self, key: str) -> None:
        """Count it, if it is new."""
        self._take({place_of(key)})

    def merge(self, added: Distinct) -> None:
        """Take in what another one has seen."""
        self._take(added._seen)

    @property
    def count(self) -> int | None:
        """None where there were more than can be told apart."""
        return None if self._seen is None else len(self._seen)

    def _take(self, seen: set[int] | None) -> None:
        if self._seen is None or seen is None:
            self._seen = None
            return
        self._seen |= seen
        if len(self._seen) > self._limit:
            self._seen = None


class ShortNames(Generic[_V]):
    """Sums by name, whose words `_` parts: where there are more than `limit` names, they are made alike step by step.

    First the numbers in the last word become `#`, then those in the word before, and so on; where that is not enough,
    names are cut to fewer and fewer words. A job's name ends with what is its own (a sample), so that this brings the
    jobs of one process together. How far it goes depends on the names alone, not on their order: each step only ever
    joins what the step before had left apart.
    """

    _LONGEST = 64
    """Words; further ones count as one."""

    def __init__(self, new: Callable[[], _V], limit: int = MOST_NAMES) -> None:
        self.members: dict[str, _V] = {}
        self._new, self._limit, self._step = new, limit, 0

    def of(self, name: str) -> _V:
        """The sums that a job of this name belongs to."""
        key = self.alike(name)
        if key not in self.members:
            self.members[key] = self._new()
            self._shorten()
            key = self.alike(name)
        return self.members[key]

    def merge(self, added: ShortNames[_V]) -> None:
        """Take in what another one has counted."""
        self._to(max(self._step, added._step))
        for name, value in added.members.items():
            self.of(name).merge(value)

    @property
    def changed(self) -> bool:
        """Whether names are no more as they were."""
        return self._step > 0

    def alike(self, name: str) -> str:
        """The name that stands for this one."""
        if not self._step:
            return name
        words = name.split("_", self._LONGEST - 1)
        at = max(len(words) - self._step, 0)
        words[at:] = [folded_name(word) for word in words[at:]]
        return "_".join(words[: 2 * self._LONGEST - self._step]) or OTHER

    def _shorten(self) -> None:
        while len(self.members) > self._limit:
            longest = max(min(name.count("_") + 1, self._LONGEST) for name in self.members)
            if self._step < longest:
                self._to(self._step + 1)
            else:  # the steps between change nothing
                self._to(max(self._step, 2 * self._LONGEST - longest) + 1)

    def _to(self, step: int) -> None:
        if step == self._step:
            return
        self._step = step
        before, self.members = self.members, {}
        for name, value in before.items():
            key = self.alike(name)
            if key in self.members:
                self.members[key].merge(value)
            else:
                self.members[key] = value


class Named(Generic[_V]):
    """Sums by the names of processes: exact names apart from those that were read off a job's name."""

    def __init__(self, new: Callable[[], _V]) -> None:
        self.exact: Groups[_V] = Groups(new)
        self.spelled: ShortNames[_V] = ShortNames(new)

    def of(self, name: str, *, exact: bool) -> _V:
        """The sums that a job belongs to."""
        return self.exact.of(name) if exact else self.spelled.of(name)

    def merge(self, added: Named[_V]) -> None:
        """Take in what another one has counted."""
        self.exact.merge(added.exact)
        self.spelled.merge(added.spelled)

    def __iter__(self) -> Iterator[tuple[str, _V]]:
        """Exact names first; a name may come twice."""
        yield from self.exact
        yield from sorted(self.spelled.members.items(), key=lambda pair: pair[0])
