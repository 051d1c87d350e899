"""What a bundle says otherwise: named plainly, figure by figure, and without names."""

from __future__ import annotations

from dataclasses import replace

from analyzer.bundle.differences import MOST_FIGURES, differences
from tests.bundle.made import diagnosis_of

ORIGINAL = diagnosis_of("window-exceeded")


def test_the_same_has_no_differences() -> None:
    assert differences(ORIGINAL, replace(ORIGINAL, target="elsewhere")) == ()


def test_verdict_and_confidence_are_named() -> None:
    verdict = replace(ORIGINAL.verdict, cause="unknown", confidence="possible")
    assert differences(ORIGINAL, replace(ORIGINAL, verdict=verdict)) == (
        "cause: dump.window_exceeded by the evidence, unknown by the bundle",
        "confidence: certain by the evidence, possible by the bundle",
    )


def test_figures_are_named_and_many_are_counted() -> None:
    measured = ORIGINAL.measurements or {}
    more = {f"figure_{n}": n for n in range(MOST_FIGURES + 2)}
    told = differences(ORIGINAL, replace(ORIGINAL, measurements={**measured, **more}))
    assert told[0] == "figure 0: none by the evidence, 0 by the bundle"
    assert told[MOST_FIGURES:] == ("2 more figures differ",)


def test_texts_among_the_figures_are_not_shown() -> None:
    measured = {**(ORIGINAL.measurements or {}), "bytes": 1}
    told = differences(
        replace(ORIGINAL, measurements=measured), replace(ORIGINAL, measurements={**measured, "bytes": ["acme"]})
    )
    assert told == ("bytes: 1 by the evidence, something else by the bundle",)


def test_the_rest_is_told_by_its_part() -> None:
    assert differences(ORIGINAL, replace(ORIGINAL, recommendations=(), chain=())) == (
        "the story of its attempts differs",
        "the advice differs",
    )
