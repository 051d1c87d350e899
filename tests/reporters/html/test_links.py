from __future__ import annotations

import pytest

from analyzer.reporters.html.links import documentation_link, job_link, log_link, workdir_link

JOB = "8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11"


@pytest.mark.parametrize(
    ("job", "region", "link"),
    [
        (JOB, "eu-west-1", f"https://eu-west-1.console.aws.amazon.com/batch/home?region=eu-west-1#jobs/detail/{JOB}"),
        (f"{JOB}:7", "eu-west-1", f"https://eu-west-1.console.aws.amazon.com/batch/home?region=eu-west-1#jobs/array-job/{JOB}"),
        (JOB, "cn-north-1", f"https://cn-north-1.console.amazonaws.cn/batch/home?region=cn-north-1#jobs/detail/{JOB}"),
        (JOB, "us-gov-east-1", f"https://us-gov-east-1.console.amazonaws-us-gov.com/batch/home?region=us-gov-east-1#jobs/detail/{JOB}"),
        (JOB, None, None),
        (JOB, "evil.example/", None),
        (JOB, "eu-west-1\n", None),
        ("00000000-0000-0000-0000-000000000001", "eu-west-1", None),
        ("javascript:alert(1)", "eu-west-1", None),
        (None, "eu-west-1", None),
    ],
)  # fmt: skip
def test_the_job(job: str | None, region: str | None, link: str | None) -> None:
    assert job_link(job, region) == link


def test_the_log() -> None:
    link = log_link("/aws/batch/job", 'a/default/0f"#<x>', "eu-west-1")
    assert link == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Fbatch$252Fjob/log-events/a$252Fdefault$252F0f$2522$2523$253Cx$253E"
    )
    assert log_link("/aws/batch/job", None, "eu-west-1") is None
    assert log_link("/aws/batch/job", "a/default/b", "nowhere") is None


def test_the_work_directory() -> None:
    link = workdir_link("s3://lab-work/a b/cd?x", "eu-west-1")
    assert link == "https://eu-west-1.console.aws.amazon.com/s3/buckets/lab-work?region=eu-west-1&prefix=a%20b/cd%3Fx/"
    assert workdir_link("s3://bucket-1/work/ab/cd", "eu-west-1") is None
    assert workdir_link("/home/me/work", "eu-west-1") is None
    assert workdir_link("s3://lab-work/work", None) is None


def test_documentation() -> None:
    assert documentation_link("https://docs.seqera.io/fusion/guide#x") == "https://docs.seqera.io/fusion/guide#x"
    for other in ("http://docs.seqera.io/", "javascript:alert(1)", 'https://x/"><b>', "https://user@evil.example/", ""):
        assert documentation_link(other) is None
