"""Keeps the board of a live view: who is told what happens lists the checkpoints of the jobs that it shows."""

from __future__ import annotations

from concurrent.futures import wait
from typing import TYPE_CHECKING

from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.dump_folder import DumpFolder, look_at_dumps
from analyzer.fleet.board import Board, BoardView, Card
from analyzer.fleet.dump_progress import progress_of
from analyzer.fleet.following import count_by_status

if TYPE_CHECKING:
    from datetime import datetime

    from analyzer.watch import Watch

MOST_LISTINGS = 20
"""A look."""
LISTING_SECONDS = 10.0
"""For all of them."""


class BoardKeeper:
    """Turns each look of a watch into a view."""

    def __init__(self) -> None:
        self.board = Board()
        self._folders: dict[str, DumpFolder] = {}
        self._whole = ""

    def look(self, watch: Watch, now: datetime) -> BoardView:
        """A look is over: list checkpoints; what is to be shown."""
        following = [one.jobs for one in watch.followed]
        self.board.looked(following)
        self._list(watch, int(now.timestamp() * 1000))
        names = tuple(one.queue.name for one in watch.followed)
        if watch.trouble is None:
            self._whole = looked_at = now.strftime("%H:%M:%SZ")
        else:
            # what is shown is as old as that
            looked_at = f"last whole look {self._whole or 'none'}"
        return self.board.view(names, count_by_status(following), looked_at)

    def _list(self, watch: Watch, now_ms: int) -> None:
        cards = self.board.to_list(MOST_LISTINGS)
        deadline = Deadline.after(LISTING_SECONDS)
        executor = watch.keeping.executor
        futures = {executor.submit(self._folder, watch, card, deadline): card for card in cards}
        done, late = wait(futures, timeout=LISTING_SECONDS)
        for future in late:
            future.cancel()
        seen: dict[str, DumpFolder] = {}
        for future in done:
            card = futures[future]
            # a view is no reason to trouble anybody: what cannot be listed is not shown
            if future.exception() is None:
                folder = seen[card.job_id] = future.result()
                self.board.listed(card, progress_of(folder.entries, folder.metadata, now_ms, card.started_at))
            else:
                self.board.listed(card, None)
        self._folders = seen

    def _folder(self, watch: Watch, card: Card, deadline: Deadline) -> DumpFolder:
        if card.workdir is None:
            return DumpFolder((), None)
        client = watch.keeping.clients.get("s3", card.region)
        return look_at_dumps(client, card.workdir, self._folders.get(card.job_id), deadline)
