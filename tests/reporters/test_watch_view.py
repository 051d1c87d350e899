"""Lines and the live view: what is shown, in whatever room there is, and never what a terminal obeys."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.classifier.catalogue import shipped
from analyzer.evidence.capture import read_capture
from analyzer.evidence.moment import moment_of
from analyzer.evidence.store import read_folder
from analyzer.fleet.board import MOST_FINISHED, Board, BoardView
from analyzer.fleet.dump_progress import DumpProgress
from analyzer.fleet.following import Following
from analyzer.fleet.happening import Happening, Kind, happening_of
from analyzer.pipeline import study
from analyzer.reporters.watch_lines import QUIET, document, line
from analyzer.reporters.watch_view import lines, text_of
from tests.command import REPOSITORY
from tests.loopback.scenario import scenario

NOON = 1_795_262_400_000
AT = "2026-11-21T12:00:00Z"
JOB = scenario("window-exceeded").document("job")


def job(job_id: str, status: str = "RUNNING", over: int = 0, **more: Any) -> dict[str, Any]:
    made = copy.deepcopy(JOB) | {"jobId": job_id, "status": status, "attempts": JOB["attempts"][:over]}
    made |= {"startedAt": NOON - 600_000, "jobName": f"name-of-{job_id}"}
    made.pop("statusReason", None)
    return dict(made | more)


def happened(name: str) -> Happening:
    one = scenario(name)
    evidence = read_capture(read_folder(one.capture), name)
    assert evidence.job is not None
    return happening_of(evidence.job, moment_of(evidence.job), study(evidence, shipped()).diagnosis, AT)


def test_a_job_that_failed_has_its_verdict_on_one_line() -> None:
    told = line(happened("window-exceeded"))
    assert told.startswith(f"{AT} tw-3yF0cTq8Zb1KpL…")
    assert "(eba59299-dce3-5553-a31a-096589b3d8ac): failed: dump.window_exceeded FS101 certain: The full dump 6" in told
    assert "\n" not in told


def test_of_a_long_name_the_run_and_the_task_stay() -> None:
    name = "tw-3yF0cTq8Zb1KpL-NFCORE_RNASEQRNASEQALIGN_STARSTAR_ALIGN_WT_REP1"
    told = line(replace(happened("survived-reclaim"), name=name))
    assert told.startswith(f"{AT} tw-3yF0cTq8Zb1KpL…EQALIGN_STARSTAR_ALIGN_WT_REP1 (")


def test_a_job_that_survived_says_how_often() -> None:
    assert "): survived 1 lost host" in line(happened("survived-reclaim"))


@pytest.mark.parametrize(("at", "told"), [("2026-11-17T08:29:59Z", False), ("2026-11-17T08:40:00Z", True)])
def test_what_is_told_long_after_its_end_has_the_time_of_that(at: str, told: bool) -> None:
    ended = "2026-11-17T08:30:00.000Z"
    shown = line(replace(happened("survived-reclaim"), at=at, ended_at=ended))
    assert shown.endswith(f" (ended {ended})") is told


def test_an_attempt_that_lost_its_host_names_it() -> None:
    waiting = job("eba59299-dce3-5553-a31a-096589b3d8ac", "RUNNABLE", 1)
    evidence = replace(read_capture(read_folder(scenario("window-exceeded").capture), "x"), job=waiting)
    told = happening_of(waiting, moment_of(waiting), study(evidence, shipped()).diagnosis, AT)
    assert told.kind == "lost"
    assert told.instance_id is not None
    end = f"attempt 1 lost its host {told.instance_id} (m6id.4xlarge, Spot reclaim proven): saved"
    assert f": {end}" in line(told)
    assert document(told)["reclaim_proven"] is True


def test_an_attempt_that_ended_otherwise_tells_its_code_and_the_reason() -> None:
    attempt = {"container": {"exitCode": 137, "reason": "OutOfMemoryError: killed"}, "statusReason": "Essential ..."}
    waiting = job("a", "RUNNABLE", attempts=[attempt | {"stoppedAt": NOON}])
    told = line(happening_of(waiting, moment_of(waiting), None, AT))
    assert told.endswith("attempt 1 ended, exit code 137, Essential ...: saved")


SECRET = "/".join(("wJalrXUtnFEMI", "K7MDENG", "bPxRfiCYEXAMPLEKEY"))
HOSTILE = f"\x1b]0;owned\x07\x1b[2J evil\nsecond \u202e line [bold] AWS_SECRET_ACCESS_KEY={SECRET}"


def test_no_terminal_code_and_no_secret_is_passed_on() -> None:
    one = replace(happened("tool-failed"), name=HOSTILE, reason=HOSTILE, diagnosis=None, fault=None)
    for told in (line(one), str(document(one))):
        assert "\x1b" not in told
        assert "\n" not in told
        assert SECRET not in told
    assert [text for _, text in lines(viewed(job("a", jobName=HOSTILE)), NOON, 80, 24) if "\x1b" in text] == []


def test_the_page_names_every_member_of_a_line_for_machines() -> None:
    page = (REPOSITORY / "docs" / "watch.md").read_text()
    told = document(happened("tool-failed"))
    assert [name for name in told if f"`{name}`" not in page] == []
    assert [kind for kind in get_args(Kind) if f"`{kind}`" not in page and kind not in QUIET] == []
    assert (told["event"], told["cause"], told["exit_code"]) == ("failed", "app.failed", 1)


def board_of(*jobs: dict[str, Any], waiting: int = 0) -> tuple[Board, Following]:
    board, following = Board(), Following()
    for one in jobs:
        following.tell(one)
        board.described(one, None)
    for number in range(waiting):
        following.tell({"jobId": f"waiting-{number}", "status": "PENDING"})
    board.looked([following])
    return board, following


def viewed(*jobs: dict[str, Any]) -> BoardView:
    board, _ = board_of(*jobs)
    return board.view(("a-queue",), {"RUNNING": len(jobs)}, "12:00:00Z")


def test_the_most_urgent_come_first_and_dumps_tell_how_far_they_are() -> None:
    jobs = [job("run"), job("gone", "RUNNABLE", 1), job("back", "RUNNING", 1), job("dump"), job("pre")]
    board, _ = board_of(*jobs)
    board.happened(happened("survived-reclaim"))
    board.happened(happened("tool-failed"))
    full = DumpProgress(3, "FULL", True, 13_314_398_617, NOON - 41_000)
    board.listed(board.cards["dump"], full)
    board.listed(board.cards["back"], DumpProgress(2, "FULL", False, 5, NOON, restored=2))
    board.listed(board.cards["pre"], DumpProgress(1, "PRE", True, 2**20, NOON))
    view = board.view(("q",), {"RUNNING": 4, "RUNNABLE": 1}, "12:00:00Z")
    shown = [text for _, text in lines(view, NOON, 200, 24)]
    assert [text.split()[0] for text in shown[2:]] == [
        "dumping",
        "reclaimed",
        "failed",
        "restored",
        "survived",
        "running",
        "running",
    ]
    assert shown[2].endswith("dump 3: 41 s of 120 s, 12.4 GiB")
    assert shown[5].endswith("from dump 2; attempt 2, 10 min")
    assert shown[0] == "12:00:00Z  4 running, 0 starting, 1 waiting  q"
    assert shown[1] == "kept since the start: lost hosts 0, survived 1, failed 1, went well 0"
    assert any(text.endswith("pre-dump 1 goes on, 1 MiB") for text in shown)


@given(
    st.lists(
        st.tuples(st.sampled_from(["RUNNING", "RUNNABLE", "STARTING"]), st.integers(0, 2), st.text()), max_size=40
    ),
    st.integers(1, 200),
    st.integers(1, 60),
)
def test_it_is_never_larger_than_the_terminal(jobs: list[tuple[str, int, str]], width: int, height: int) -> None:
    view = viewed(*(job(str(n), status, over, jobName=name) for n, (status, over, name) in enumerate(jobs)))
    shown = lines(view, NOON, width, height)
    assert len(shown) <= max(1, height - 1)
    assert all(len(text) <= width for _, text in shown)
    assert all("\n" not in text for _, text in shown)


def test_those_that_have_no_room_are_counted() -> None:
    shown = lines(viewed(*(job(str(number)) for number in range(100))), NOON, 80, 24)
    assert len(shown) == 18
    assert shown[-1][1] == "and 85 running"
    assert text_of(viewed(job("a")), NOON, 80, 24).plain.count("\n") == 2


def test_dumps_that_move_are_listed_first_then_those_that_waited_longest() -> None:
    jobs = [job(f"{number:02}") for number in range(30)]
    board, following = board_of(*jobs)
    first = board.to_list(20)
    for card in first:
        board.listed(card, DumpProgress(1, "FULL", card.job_id == first[7].job_id, 1, NOON))
    for _ in range(3):
        board.looked([following])
        listed = board.to_list(20)
        for card in listed:
            board.listed(card, DumpProgress(1, "FULL", card.job_id == first[7].job_id, 1, NOON))
        assert listed[0].job_id == first[7].job_id, "it moves"
    seen = {card.job_id for card in board.cards.values() if card.listed >= 0}
    assert seen == {one["jobId"] for one in jobs}


def test_what_has_ended_leaves_the_board_and_little_is_kept() -> None:
    board, following = board_of(job("a"), job("b"))
    following.forget("a")
    board.described(job("b", "SUCCEEDED"), None)
    board.looked([following])
    assert board.cards == {}
    one = happened("tool-failed")
    for _ in range(100):
        board.happened(one)
    view = board.view((), {}, "")
    assert len(view.rows) == MOST_FINISHED
    assert view.happened == {"failed": 100}


@pytest.mark.parametrize("hostile", [{}, {"jobId": 5}, {"jobId": "x", "status": ["RUNNING"], "attempts": "many"}])
def test_a_description_that_is_none_is_no_trouble(hostile: dict[str, Any]) -> None:
    board = Board()
    board.described(hostile, None)
    board.looked([])
    assert board.view((), {}, "").rows == ()
