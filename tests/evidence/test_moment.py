"""When a job's evidence is worth keeping."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.moment import moment_of

OVER = {"startedAt": 1, "stoppedAt": 2, "container": {"exitCode": 1}}
RUNS = {"startedAt": 3, "container": {"logStreamName": "x"}}


def job(status: object, *attempts: Any, **members: Any) -> dict[str, Any]:
    return {"jobId": "a", "status": status, "attempts": list(attempts), **members}


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (job("FAILED", OVER, OVER), "attempt-2.failed"),
        (job("FAILED"), "attempt-0.failed"),
        (job("FAILED", container={"exitCode": 1}), "attempt-1.failed"),
        (job("SUCCEEDED", OVER), "attempt-1.succeeded"),
        (job("RUNNABLE", OVER), "attempt-1.ended"),
        (job("STARTING", OVER), "attempt-1.ended"),
        (job("RUNNING", OVER, startedAt=3), "attempt-1.ended"),
        (job("RUNNING", OVER, RUNS), "attempt-1.ended"),
        ({**job("RUNNABLE"), "eksAttempts": [OVER]}, "attempt-1.ended"),
        (job("RUNNABLE", statusReason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - x"), "blocked-9eeb965d"),
        (job("RUNNABLE"), None),
        (job("RUNNING", startedAt=3, container={"logStreamName": "x"}), None),
        (job("RUNNING", RUNS), None),
        (job("SUBMITTED", OVER), None),
        (job("FAILED", OVER, arrayProperties={"size": 3}), None),
        (job("FAILED", OVER, arrayProperties={"size": 3, "index": 1}), "attempt-1.failed"),
        ({"status": "FAILED"}, None),
        (job(17), None),
    ],
)
def test_a_moment_follows_from_the_description(document: dict[str, Any], name: str | None) -> None:
    moment = moment_of(document)
    assert (moment.name if moment else None) == name
    assert moment is None or moment.final == name.endswith((".failed", ".succeeded"))  # type: ignore[union-attr]  # it has one


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_description_is_too_odd(value: Any) -> None:
    for member in ("status", "attempts", "eksAttempts", "arrayProperties", "statusReason"):
        moment = moment_of({**job("RUNNABLE", OVER), member: value})
        assert moment is None or moment.name
