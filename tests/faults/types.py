"""Every member of an answer in turn, with a value of another type in its place."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from tests.faults.kinds import Kind
from tests.loopback.wire import Answer, Call

VALUES: tuple[Any, ...] = (None, True, 17, -(10**30), 1.5, "text", [], ["text"], [[]], {}, {"a": "b"})
"""One after the other in place of each member; those of the member's own type are left out."""
TEXTS = ("", "text", "-1", "9" * 40, "<inner>text</inner>", "2026-13-45T99:99:99Z")
"""In place of the text of each element of XML."""
_ELEMENT = re.compile(r"<([A-Za-z0-9]+)>([^<]*)</\1>")
Path = tuple[str | int, ...]


def wrong_types(call: Call, true: Answer) -> Iterator[Kind]:
    """A kind of failure for each member and each value."""
    if call.operation == "GetObject":
        return
    if call.protocol in ("json", "rest-json"):
        yield from _of_json(json.loads(true.body))
    else:
        yield from _of_xml(true.body.decode())


def _of_json(document: Any) -> Iterator[Kind]:
    for path in paths(document):
        old = _at(document, path)
        for value in VALUES:
            if type(value) is not type(old):
                name = f"{'.'.join(map(str, path))}={json.dumps(value)}"
                yield Kind(name, partial(_replaced, path, value), of_types=True)


def _of_xml(body: str) -> Iterator[Kind]:
    for match in _ELEMENT.finditer(body):
        for text in TEXTS:
            spoiled = body[: match.start(2)] + text + body[match.end(2) :]
            yield Kind(f"{match[1]}={text}", partial(_as_given, spoiled.encode()), of_types=True)


def paths(document: Any, above: Path = ()) -> Iterator[Path]:
    """Of every member, and of the first two elements of every list: the others are read as these are."""
    members: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(document, dict):
        members = iter(document.items())
    elif isinstance(document, list):
        members = iter(enumerate(document[:2]))
    for name, value in members:
        yield (*above, name)
        yield from paths(value, (*above, name))


def _at(document: Any, path: Path) -> Any:
    for name in path:
        document = document[name]
    return document


def _replaced(path: Path, value: Any, _: Call, true: Answer) -> Answer:
    document = copy.deepcopy(json.loads(true.body))
    _at(document, path[:-1])[path[-1]] = value
    return replace(true, body=json.dumps(document).encode())


def _as_given(body: bytes, _: Call, true: Answer) -> Answer:
    return replace(true, body=body)
