"""Which file's rows of a job count, where several have it: those that were diagnosed last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from analyzer.store.layout import StoreFile
from analyzer.store.place import Place
from analyzer.store.reading import UnusableError, distinct, keys_of, read_keys, read_times

if TYPE_CHECKING:
    import numpy as np

    from analyzer.store.reading import Keys


class Winners:
    """Jobs that are in several of the files, and for each the file that counts: 8 bytes a job while it is found out.

    Of equal times the last file counts, by its name, so that all readers agree.
    """

    def __init__(self, place: Place, files: Sequence[StoreFile], passed_over: Callable[[StoreFile, str], None]) -> None:
        """Read the ids of all files.

        Raises:
            FileNotFoundError: a file is not there any more.
        """
        self.unusable: set[int] = set()
        """Indices of files that cannot be used; told to `passed_over`."""
        self._repeated = self._find(place, files, passed_over)
        self._file = self._decide(place, files)

    def counts(self, job_id: str, index: int) -> bool:
        """Whether the rows of a job in the file of that index are those that count."""
        if not len(self._repeated):
            return True
        key = keys_of([job_id])[0]
        at = int(self._repeated.searchsorted(key))
        if at == len(self._repeated) or self._repeated[at] != key:
            return True
        return bool(self._file[at] == index)

    def _find(self, place: Place, files: Sequence[StoreFile], passed_over: Callable[[StoreFile, str], None]) -> Keys:
        import numpy as np

        found: list[Keys] = [keys_of([])]
        for index, file in enumerate(files):
            try:
                keys = read_keys(place, file)
                if len(distinct([keys])) != len(keys):
                    raise UnusableError("the rows of a job are not side by side")
                found.append(keys)
            except UnusableError as error:
                self.unusable.add(index)
                passed_over(file, str(error))
        keys = np.concatenate(found)
        del found
        keys.sort()
        return distinct([keys[1:][keys[1:] == keys[:-1]]])

    def _decide(self, place: Place, files: Sequence[StoreFile]) -> np.ndarray[Any, np.dtype[np.int64]]:
        import numpy as np

        best_time = np.full(len(self._repeated), np.iinfo(np.int64).min)
        best_file = np.full(len(self._repeated), -1, np.int64)
        for index, file in enumerate(files if len(self._repeated) else ()):
            if index in self.unusable:
                continue
            keys, times = read_times(place, file)
            at = np.searchsorted(self._repeated, keys)
            at[at == len(self._repeated)] = 0
            here = (self._repeated[at] == keys) & (times >= best_time[at])
            # a job's rows have one time; of several the latest is to be the last that is set
            order = np.argsort(times[here], kind="stable")
            best_time[at[here][order]] = times[here][order]
            best_file[at[here]] = index
        return best_file
