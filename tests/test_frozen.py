"""`@frozen` does what `@dataclass(frozen=True)` does."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace

import pytest

from analyzer.frozen import frozen


@frozen
class Ours:
    """What is tested."""

    name: str
    sizes: tuple[int, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict, hash=False)
    place: str = field(default="here", compare=False)
    secret: str = field(default="x", repr=False)


@dataclass(frozen=True)
class Theirs:
    """What it is held against."""

    name: str
    sizes: tuple[int, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict, hash=False)
    place: str = field(default="here", compare=False)
    secret: str = field(default="x", repr=False)


@frozen
class Empty:
    """Without members."""


@frozen
class Checked:
    """Looks at its members."""

    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError(self.number)


def test_members_defaults_and_what_is_shown_are_the_same() -> None:
    for arguments in (("a",), ("a", (1, 2)), ("a", (), {"b": 1}, "there", "y")):
        ours, theirs = Ours(*arguments), Theirs(*arguments)
        assert asdict(ours) == asdict(theirs)
        assert repr(ours).removeprefix("Ours") == repr(theirs).removeprefix("Theirs")
        assert hash(ours) == hash(theirs)
    assert is_dataclass(Ours)
    assert [one.name for one in fields(Ours)] == [one.name for one in fields(Theirs)]


def test_no_two_share_what_was_made_for_one() -> None:
    assert Ours("a").notes is not Ours("b").notes


def test_members_make_them_equal_and_nothing_else() -> None:
    assert Ours("a", (1,)) == Ours("a", (1,), place="elsewhere")
    assert Ours("a") != Ours("b")
    different: object = Theirs("a")
    assert Ours("a") != different
    assert Empty() == Empty()
    assert len({Empty(), Empty(), Ours("a"), Ours("a", notes={"b": 1})}) == 3


def test_they_cannot_be_changed_but_copied() -> None:
    ours = Ours("a", (1,))
    with pytest.raises(FrozenInstanceError):
        ours.name = "b"  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        del ours.name
    with pytest.raises(FrozenInstanceError):
        ours.other = "b"  # type: ignore[attr-defined]  # that is the point
    assert replace(ours, name="b") == Ours("b", (1,))
    assert copy.deepcopy(ours) == pickle.loads(pickle.dumps(ours)) == ours  # noqa: S301 - it is our own


def test_what_looks_at_its_members_does() -> None:
    assert Checked(1) == replace(Checked(2), number=1)
    with pytest.raises(ValueError, match="-1"):
        Checked(-1)


def test_what_is_missing_or_too_much_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Ours.__init__\(\) missing 1 required positional argument: 'name'"):
        Ours()  # type: ignore[call-arg]  # that is the point
    with pytest.raises(TypeError, match="unexpected keyword argument 'more'"):
        Ours("a", more=1)  # type: ignore[call-arg]  # that is the point
