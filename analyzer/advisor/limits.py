"""Time limits as a person reads them and as Nextflow takes them."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.classifier.facts import Facts

HOUR = 3600
MINUTE = 60


def nextflow_time(seconds: int) -> str:
    """`4.h`, `90.min`, `45.s`: a duration as Nextflow's configuration takes it."""
    if seconds % HOUR == 0:
        return f"{seconds // HOUR}.h"
    return f"{seconds // MINUTE}.min" if seconds % MINUTE == 0 else f"{seconds}.s"


def time_values(facts: Facts) -> Mapping[str, str]:
    """The placeholders of the job's time limit, where it has one: in words, as Nextflow takes it, and twice that."""
    seconds = facts.job.timeout_seconds if facts.job else None
    if not seconds or seconds < 0:
        return {}
    return {
        "YOUR-TIME-LIMIT": nextflow_time(seconds).replace(".", " "),
        "YOUR-TIME": nextflow_time(seconds),
        "YOUR-LONGER-TIME": nextflow_time(seconds * 2),
    }
