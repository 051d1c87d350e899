"""Answers that several jobs need, asked for once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class Memo:
    """Remembers what a call gave, or how it failed, for as long as one fetching lasts; safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[Hashable, Future[Any]] = {}

    def get(self, key: Hashable, call: Callable[[], _T]) -> _T:
        """The answer of the first call for `key`; whoever comes while it is under way waits for it.

        Raises:
            Exception: what that call raised.
        """
        with self._lock:
            answer = self._answers.get(key)
            mine = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
        if mine:
            try:
                answer.set_result(call())
            except Exception as error:
                answer.set_exception(error)
        result: _T = answer.result()
        return result
