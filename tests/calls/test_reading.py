"""What is fetched is read: no GetObject for a file that no parser opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.classifier.catalogue import shipped
from analyzer.evidence.capture import read_capture
from analyzer.evidence.content import Content
from analyzer.evidence.store import read_folder
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.selection import select
from analyzer.pipeline import diagnose
from tests.loopback.scenario import all_scenarios


@dataclass(frozen=True)
class _Noted:
    """A content that notes when it is opened."""

    content: Content
    name: str
    opened: set[str]

    @property
    def size(self) -> int:
        return self.content.size

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        self.opened.add(self.name)
        return self.content.blocks()


def test_every_file_that_is_fetched_is_read() -> None:
    catalogue, unread, fetched = shipped(), [], 0
    for scenario in all_scenarios():
        evidence = read_capture(read_folder(scenario.capture), scenario.name)
        opened: set[str] = set()
        noted = {name: _Noted(content, name, opened) for name, content in evidence.workdir.items()}
        diagnose(replace(evidence, workdir=noted), catalogue)
        chosen = {one.name for one in select(evidence.listing or (), FetchOptions()).files if one.size} & noted.keys()
        fetched += len(chosen)
        unread += [f"{scenario.name}: {name}" for name in sorted(chosen - opened)]
    assert unread == []
    assert fetched > 400
