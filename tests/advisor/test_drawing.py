from __future__ import annotations

from analyzer.advisor.drawing import MOST_POINTS, Drawing, drawing_of
from analyzer.classifier.catalogue import shipped
from analyzer.classifier.facts import Facts
from analyzer.classifier.gather import gather
from analyzer.diagnosis import to_document
from analyzer.fetchers.local import read_all_of
from analyzer.pipeline import diagnose
from tests.loopback.scenario import scenario


def _drawing(name: str) -> Drawing:
    (evidence,) = read_all_of(scenario(name).capture, name)
    facts, _ = gather(evidence, shipped())
    return drawing_of(facts)


def test_the_attempts_of_a_dump_that_outran_its_window() -> None:
    drawing = _drawing("window-exceeded")
    assert [(one.attempt, one.ending, one.saved) for one in drawing.attempts] == [
        (1, "host lost", True),
        (2, "host lost", False),
        (3, "failed", False),
    ]
    assert all(one.started_at and one.ended_at and one.started_at < one.ended_at for one in drawing.attempts)
    assert all(one.log_group == "/aws/batch/job" and one.log_stream for one in drawing.attempts)


def test_the_curve_rises_and_is_short() -> None:
    curves = _drawing("window-exceeded").curves
    last = curves[-1]
    assert last.source == "workdir/.fusion/dump/6/dump_6.log"
    assert not last.complete
    assert 2 <= len(last.points) <= MOST_POINTS
    assert list(last.points) == sorted(last.points)
    assert 119 < last.points[-1][0] < 125


def test_who_survived() -> None:
    attempts = _drawing("survived-reclaim").attempts
    assert [one.saved for one in attempts] == [True] * (len(attempts) - 1) + [False]
    assert attempts[-1].ending == "went well"


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawing_of(Facts("x", "log")) == Drawing()


def test_no_document_holds_it() -> None:
    (evidence,) = read_all_of(scenario("window-exceeded").capture, "x")
    diagnosis = diagnose(evidence, shipped())
    assert diagnosis.drawing.curves
    assert "drawing" not in to_document(diagnosis, verbose=True)
