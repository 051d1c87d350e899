"""What is told of a job that is watched."""

from __future__ import annotations

from analyzer.evidence.moment import moment_of
from analyzer.fleet.happening import happening_of
from analyzer.reporters.watch_lines import line


def test_a_secret_of_the_job_s_environment_is_not_told_with_batch_s_words() -> None:
    words = "violet ladder seventeen"
    job = {
        "jobId": "j",
        "status": "RUNNABLE",
        "attempts": [{"stoppedAt": 1, "statusReason": f"started with {words}", "container": {"exitCode": 3}}],
        "container": {"environment": [{"name": "LICENCE_TOKEN", "value": words}]},
    }
    told = line(happening_of(job, moment_of(job), None, "2026-11-21T03:12:40Z"))
    assert "exit code 3, started with" in told
    assert words not in told
