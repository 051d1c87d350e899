"""Whatever lives jobs lead, and whenever one looks: each end of an attempt is described, and each end of a job once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.job_summary import JobSummary, read_summary
from analyzer.evidence.moment import moment_of
from analyzer.fleet.following import LIVE, MARGIN_MS, Following, count_by_status

Document = dict[str, Any]
MINUTE = 60_000


def summary(job_id: str, status: str, **more: Any) -> JobSummary:
    read = read_summary({"jobId": job_id, "jobName": f"name of {job_id}", "status": status, "createdAt": 1, **more})
    assert read is not None
    return read


def looked(following: Following, *jobs: JobSummary) -> list[str]:
    """One round with these in the lists; who is due then."""
    following.begin()
    for job in jobs:
        following.see(job)
    following.finish()
    return list(following.due)


def described(following: Following, job_id: str, status: str, **more: Any) -> None:
    following.tell({"jobId": job_id, "jobName": "n", "status": status, "createdAt": 1, **more})


def followed(*jobs: JobSummary) -> Following:
    """After a first round, with what was due described as it is."""
    following = Following()
    for job_id in looked(following, *jobs):
        (job,) = [job for job in jobs if job.id == job_id]
        described(following, job_id, job.status or "", **{k: v for k, v in job.document.items() if k == "startedAt"})
    return following


def test_at_the_start_those_that_may_have_had_attempts_are_described() -> None:
    following = Following()
    assert looked(following, *(summary(status, status) for status in LIVE)) == ["RUNNABLE", "STARTING", "RUNNING"]
    assert count_by_status([following]) == dict.fromkeys(LIVE, 1)


def test_where_nothing_changes_nothing_is_described() -> None:
    jobs = [summary(status, status, **({"startedAt": 5} if status == "RUNNING" else {})) for status in LIVE]
    following = followed(*jobs)
    for _ in range(3):
        assert looked(following, *jobs) == []


def test_a_job_on_its_way_to_its_first_start_is_not_described_before() -> None:
    following = followed()
    for status in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING"):
        assert looked(following, summary("a", status)) == []
    assert looked(following, summary("a", "RUNNING", startedAt=7)) == ["a"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (summary("a", "RUNNING", startedAt=7), summary("a", "RUNNABLE", startedAt=7)),
        (summary("a", "RUNNING", startedAt=7), summary("a", "RUNNABLE")),
        (summary("a", "RUNNING", startedAt=7), summary("a", "STARTING")),
        (summary("a", "STARTING"), summary("a", "RUNNABLE")),
        (summary("a", "RUNNING", startedAt=7), summary("a", "RUNNING", startedAt=9)),
        (summary("a", "RUNNABLE"), summary("a", "RUNNABLE", statusReason="CAPACITY: none")),
    ],
)
def test_a_change_is_described_once(before: JobSummary, now: JobSummary) -> None:
    following = followed(before)
    assert looked(following, now) == ["a"]
    assert looked(following, now) == ["a"], "until it has been"
    more = {name: now.document[name] for name in ("startedAt", "statusReason") if name in now.document}
    described(following, "a", now.status or "", **more)
    assert looked(following, now) == []


def test_who_is_in_no_list_any_more_is_described_and_then_forgotten() -> None:
    following = followed(summary("a", "RUNNING", startedAt=7), summary("b", "SUBMITTED"))
    assert looked(following) == ["a", "b"]
    described(following, "a", "FAILED")
    following.forget("b")
    assert looked(following, summary("a", "RUNNING", startedAt=7)) == [], "a list that is behind does not bring it back"
    assert following.jobs == {}


def test_who_slipped_past_the_lists_and_goes_on_is_followed_on() -> None:
    following = followed(summary("a", "RUNNING", startedAt=7))
    assert looked(following) == ["a"]
    described(following, "a", "RUNNABLE")
    assert looked(following, summary("a", "RUNNABLE")) == []
    assert looked(following) == ["a"]


def test_a_round_that_was_broken_off_ends_nobody() -> None:
    following = followed(summary("a", "RUNNING", startedAt=7), summary("b", "RUNNING", startedAt=8))
    following.begin()
    following.see(summary("a", "RUNNABLE"))
    assert list(following.due) == ["a"]
    described(following, "a", "RUNNABLE")
    assert looked(following, summary("a", "RUNNABLE"), summary("b", "RUNNING", startedAt=8)) == []


def test_a_job_that_was_made_and_ended_in_between_is_described_once() -> None:
    following = followed(summary("a", "RUNNING", startedAt=7, createdAt=MARGIN_MS * 5))
    assert following.after() == MARGIN_MS * 4
    brief = summary("b", "SUCCEEDED", createdAt=MARGIN_MS * 5)
    for round_number in range(30):
        following.begin()
        following.see(summary("a", "RUNNING", startedAt=7))
        following.see_ended(brief)
        following.finish()
        assert list(following.due) == (["b"] if round_number == 0 else [])
        if round_number == 0:
            described(following, "b", "SUCCEEDED", createdAt=brief.created_at)


def test_what_changes_now_comes_before_what_ended_long_ago() -> None:
    following = Following()
    following.begin()
    following.see_ended(summary("old", "FAILED", stoppedAt=10**12))
    following.see_ended(summary("new", "FAILED", stoppedAt=2 * 10**12))
    following.see_ended(summary("undated", "FAILED", createdAt=None))
    following.see(summary("live", "RUNNING", startedAt=5))
    following.finish()
    assert following.next_due(9) == ["live", "new", "old", "undated"]
    following.put_off("live")
    assert looked(following, summary("live", "RUNNABLE")) != []
    assert following.next_due(2) == ["new", "old"]


def array(**counts: int) -> JobSummary:
    return summary("p", "PENDING", arrayProperties={"size": 9, "statusSummary": counts})


def test_children_are_listed_where_the_counts_have_changed_and_where_they_run() -> None:
    following = Following()
    following.begin()
    assert following.see_array(array(RUNNABLE=2, RUNNING=1, SUCCEEDED=3)) == ("RUNNABLE", "RUNNING", "SUCCEEDED")
    children = [summary("p:0", "RUNNABLE"), summary("p:1", "RUNNABLE"), summary("p:2", "RUNNING", startedAt=1)]
    for child in children:
        following.see(child)
    following.finish()
    for child in children:
        described(following, child.id, child.status or "", startedAt=child.started_at)
    following.begin()
    assert following.see_array(array(RUNNABLE=2, RUNNING=1, SUCCEEDED=3)) == ("RUNNING",)
    following.see(children[2])
    following.finish()
    assert list(following.due) == []
    following.begin()
    assert following.see_array(array(RUNNABLE=1, RUNNING=1, SUCCEEDED=4)) == ("RUNNABLE", "RUNNING")
    following.see(children[1])
    following.see(children[2])
    following.finish()
    assert list(following.due) == ["p:0"]


def test_an_array_that_ends_takes_its_children_along() -> None:
    following = Following()
    following.begin()
    following.see_array(array(RUNNING=1))
    following.see(summary("p:0", "RUNNING", startedAt=1))
    following.finish()
    described(following, "p:0", "RUNNING", startedAt=1)
    following.begin()
    assert following.unlisted() == ()
    following.finish()
    assert list(following.due) == ["p:0"]
    assert not following.is_new_array(summary("p", "FAILED", arrayProperties={"size": 1}))


def test_an_array_whose_children_were_never_listed_is_named_when_it_ends() -> None:
    following = followed()
    following.begin()
    assert following.see_array(summary("p", "SUBMITTED", arrayProperties={"size": 2})) == ()
    assert following.unlisted() == ()
    following.finish()
    following.begin()
    assert following.unlisted() == ("p",)


def test_children_whose_lists_were_broken_off_are_listed_again() -> None:
    following = followed()
    following.begin()
    assert following.see_array(array(RUNNABLE=2, RUNNING=1)) == ("RUNNABLE", "RUNNING")
    following.begin()
    assert following.see_array(array(RUNNABLE=2, RUNNING=1)) == ("RUNNABLE", "RUNNING")
    assert following.see_array(array(RUNNABLE=2, RUNNING=1)) == (), "two lists of one round have it"
    following.finish()
    ended = summary("q", "FAILED", arrayProperties={"size": 1})
    for _ in range(2):
        following.begin()
        assert following.is_new_array(ended)
    following.finish()
    following.begin()
    assert not following.is_new_array(ended)


def test_many_jobs_take_little() -> None:
    import tracemalloc

    following = Following()
    tracemalloc.start()
    for _ in range(2):
        following.begin()
        for number in range(5_000):
            following.see(summary(f"00000000-0000-4000-8000-{number:012d}", "PENDING", createdAt=10**12 + number))
        following.finish()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / 5_000 < 1_000, "100,000 in less than 100 MB"


# --- any lives, any looks -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """When a job was made, and the times at which it went from one state to the next."""

    id: str
    steps: tuple[tuple[int, str], ...]
    """(epoch milliseconds, state), the first at its making."""

    def at(self, now: int) -> Document | None:
        """Its description then, as far as it matters; None before it was made."""
        past = [(at, status) for at, status in self.steps if at <= now]
        if not past:
            return None
        attempts: list[Document] = []
        started: int | None = None
        for (at, status), (_, before) in zip(past[1:], past, strict=False):
            if before == "RUNNING":
                attempts.append({"startedAt": started, "stoppedAt": at, "statusReason": "Host EC2 terminated."})
            started = at if status == "RUNNING" else started
        job: Document = {"jobId": self.id, "status": past[-1][1], "createdAt": self.steps[0][0], "attempts": attempts}
        return job | ({"startedAt": started} if started is not None else {})


@st.composite
def lives(draw: st.DrawFn, number: int) -> Life:
    at = draw(st.integers(1, 40)) * MINUTE
    steps = [(at, "SUBMITTED")]

    def step(status: str) -> None:
        nonlocal at
        at += draw(st.sampled_from((1, MINUTE // 20, MINUTE // 2, MINUTE, 5 * MINUTE)))
        steps.append((at, status))

    for _ in range(draw(st.integers(0, 4))):
        for status in ("RUNNABLE", "STARTING", "RUNNING"):
            step(status)
    if draw(st.booleans()):
        step(draw(st.sampled_from(("FAILED", "SUCCEEDED"))))
    return Life(str(number), tuple(steps))


@dataclass
class Looking:
    """Looks at the lists again and again, and describes what is due; jobs move while the lists are read."""

    lives: list[Life]
    tells_start: bool
    """Whether a list tells when the last attempt of a job began that waits for its next one."""
    kept: set[tuple[str, str]]
    ends: Counter[str]
    following: Following

    def look(self, now: int, took: int) -> int:
        """One round, each list so much later than the one before; when it is over."""
        following = self.following
        following.begin()
        for job in self._sightings(now, took):
            (following.see_ended if job.ended else following.see)(job)
        following.finish()
        now += len(LIVE) * took
        for job_id in list(following.due):
            document = self.lives[int(job_id)].at(now)
            assert document is not None
            moment = moment_of(document)
            if moment is not None:
                self.kept.add((job_id, moment.name))
                self.ends[job_id] += moment.final
            following.tell(document)
        return now

    def _summary(self, life: Life, now: int) -> JobSummary | None:
        job = life.at(now)
        if job is not None and job["status"] != "RUNNING" and not self.tells_start:
            job.pop("startedAt", None)
        return None if job is None else read_summary(job)

    def _sightings(self, now: int, took: int) -> Iterator[JobSummary]:
        after, first = self.following.after() or 0, not self.following.complete
        for number, status in enumerate(LIVE):
            for life in self.lives:
                job = self._summary(life, now + number * took)
                if job is not None and job.status == status:
                    yield job
        for life in self.lives:
            job = self._summary(life, now + len(LIVE) * took)
            if job is not None and (job.ended if first else (job.created_at or 0) > after):
                yield job


@given(st.data())
def test_each_end_is_described_once_and_no_attempt_stays_untold(data: st.DataObject) -> None:
    all_lives = [data.draw(lives(number)) for number in range(data.draw(st.integers(1, 5)))]
    looking = Looking(all_lives, data.draw(st.booleans()), set(), Counter(), Following())
    took = data.draw(st.sampled_from((0, 1, MINUTE // 10)))
    pauses = st.sampled_from((MINUTE // 10, MINUTE, 3 * MINUTE, 20 * MINUTE))
    now, last = data.draw(st.integers(0, 60)) * MINUTE, max(at for life in all_lives for at, _ in life.steps)
    while now <= last:
        now = looking.look(now, took) + data.draw(pauses)
    for _ in range(2):
        now = looking.look(now, 0) + MINUTE
    going_on = set()
    for life in all_lives:
        job = life.at(now)
        assert job is not None
        moment, is_over = moment_of(job), job["status"] in ("FAILED", "SUCCEEDED")
        assert looking.ends[life.id] == is_over
        if not is_over:
            going_on.add(life.id)
        # what is described at its last moment tells of all its attempts; one that waits, and ran unseen, where no list
        # tells that it had begun, is described when it begins again
        if moment is not None and (is_over or job["status"] == "RUNNING" or looking.tells_start):
            assert (life.id, moment.name) in looking.kept
    assert set(looking.following.jobs) == going_on
