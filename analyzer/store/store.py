"""The store of what was diagnosed: a Parquet data set in a place that is handed in. See docs/store.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from analyzer.fleet.row import Row
from analyzer.store.compaction import MANY_FILES, compact_group, groups
from analyzer.store.layout import Selection, StoreFile, files_of
from analyzer.store.place import Place
from analyzer.store.reading import UnusableError, distinct, keys_of, read_jobs, read_keys
from analyzer.store.winners import Winners
from analyzer.store.writing import files_to_write, jobs_of

if TYPE_CHECKING:
    from analyzer.store.reading import Keys

TRIES = 3
MOST_NOTES = 20


class StoreError(Exception):
    """A store that cannot be read; the text is for the user."""


class Done:
    """Jobs that are in the store: 8 bytes each."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def __contains__(self, job_id: object) -> bool:
        if not isinstance(job_id, str) or not len(self._keys):
            return False
        key = keys_of([job_id])[0]
        at = int(self._keys.searchsorted(key))
        return at < len(self._keys) and bool(self._keys[at] == key)

    def __len__(self) -> int:
        return len(self._keys)


class Store:
    """Rows by day and queue.

    A job counts once, with the rows that were diagnosed last, however often and by whomever it was appended. What the
    place raises (no permission, a full disk) passes through.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on files that were passed over so far."""
        notes = tuple(self._notes)
        more = len(notes) - MOST_NOTES
        return notes if more <= 0 else (*notes[:MOST_NOTES], f"{more} more files of the store were passed over")

    def append(self, rows: Iterable[Row]) -> tuple[str, ...]:
        """Keep the rows of some jobs, all of each; the names of the files that hold them.

        Each file is there whole or not at all. The same rows once more are the same files; after a failure, append the
        same again.

        Raises:
            ValueError: a row's `diagnosed_at` is no time.
        """
        names = []
        for name, data in files_to_write(jobs_of(rows)):
            self._place.write(name, data)
            names.append(name)
        return tuple(names)

    def done(self, since: str | None = None, until: str | None = None, queues: Collection[str] | None = None) -> Done:
        """The jobs that are there, of the days from `since` to `until` (both inclusive) and of no known day.

        Reads nothing but the column of ids.
        """
        found: list[Keys] = [keys_of([])]
        for file in files_of(self._place, Selection(since, until, queues, unknown_day=True), self._note):
            try:
                found.append(read_keys(self._place, file))
            except UnusableError as error:
                self._passed_over(file, str(error))
            except FileNotFoundError:
                continue  # compacted in the meantime: at worst its jobs are fetched again
        return Done(distinct(found))

    def rows(
        self, since: str | None = None, until: str | None = None, queues: Collection[str] | None = None
    ) -> Iterator[tuple[Row, ...]]:
        """The rows of one job after the other, of the days from `since` to `until` (both inclusive).

        By day, queue and file. Jobs of no known day come last, and only where neither limit is given.

        Raises:
            StoreError: files went while they were read, time and again.
        """
        selection = Selection(since, until, queues, unknown_day=since is None and until is None)
        files, winners = self._settled(selection)
        for index, file in enumerate(files):
            if index not in winners.unusable:
                yield from self._jobs(file, index, winners)

    def compact(self, many: int = MANY_FILES) -> int:
        """Make few files of many small ones, by partition; how many went. Needs the permission to delete."""
        everything = Selection(unknown_day=True)
        files = list(files_of(self._place, everything, self._note))
        gone = 0
        for _, those in groupby(files, lambda file: (file.day, file.queue)):
            for group in groups(list(those), max(many, 2)):
                gone += compact_group(self._place, group, self._passed_over)
        return gone

    def _settled(self, selection: Selection) -> tuple[list[StoreFile], Winners]:
        for _ in range(TRIES):
            files = list(files_of(self._place, selection, self._note))
            try:
                return files, Winners(self._place, files, self._passed_over)
            except FileNotFoundError:
                continue  # compacted in the meantime
        raise self._moving()

    def _jobs(self, file: StoreFile, index: int, winners: Winners) -> Iterator[tuple[Row, ...]]:
        try:
            for job in read_jobs(self._place, file):
                if winners.counts(job[0].job_id, index):
                    yield job
        except UnusableError as error:
            self._passed_over(file, f"{error} (from a point on)")
        except FileNotFoundError as error:
            raise self._moving() from error

    def _moving(self) -> StoreError:
        return StoreError(f"the store {self._place.uri} was compacted while it was read; repeat the command")

    def _passed_over(self, file: StoreFile, reason: str) -> None:
        self._note(f"{self._place.uri}/{file.name} was passed over: {reason}")

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None
