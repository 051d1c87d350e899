from __future__ import annotations

import threading

import pytest

from analyzer.fetchers.memo import Memo


def test_an_answer_is_asked_for_once_however_many_wait() -> None:
    memo, calls, answers, go = Memo(), list[int](), list[str](), threading.Event()

    def slow() -> str:
        calls.append(1)
        go.wait(10)
        return "answer"

    threads = [threading.Thread(target=lambda: answers.append(memo.get("key", slow))) for _ in range(5)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert (answers, calls) == (["answer"] * 5, [1])
    assert memo.get("other", lambda: 2) == 2


def test_a_failure_is_remembered_too() -> None:
    memo = Memo()

    def fails() -> int:
        raise ValueError("no")

    for call in (fails, lambda: 1):
        with pytest.raises(ValueError, match="no"):
            memo.get("key", call)
