"""Diagnoses made by hand for the reporters' tests."""

from __future__ import annotations

from analyzer.classifier.finding import ChainStep, Examined, Finding, Quote, Recommendation, Verdict
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Gap

SNIPPET = """process {
    withName: 'STAR_ALIGN' {
        resourceLimits = [memory: 56.GB]
    }
}
"""

OUTRUN = Diagnosis(
    target="8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11",
    job={
        "id": "8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11",
        "name": "tw-4Xyz-NFCORE_RNASEQ_STAR_ALIGN_sample_12",
        "queue": "TowerForge-1abc-work",
        "status": "FAILED",
        "attempts": 3,
        "process": "NFCORE_RNASEQ:STAR_ALIGN (sample_12)",
        "task_hash": "ab/c1d2e3",
        "workdir": "s3://bucket/work/ab/c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5",
        "snapshots": "on",
        "region": "eu-west-1",
    },
    verdict=Verdict(
        cause="dump.window_exceeded",
        rule="FS101",
        confidence="certain",
        title="The dump outran the reclamation window",
        summary="The dump of attempt 2 had run for 121.6 s when its host was taken back; 118.0 GiB do not fit through "
        "12.5 Gbps in 120 s. Attempt 3 found no whole checkpoint and ended with exit code 176.",
        owner="pipeline",
        fingerprint="dump.window_exceeded/FS101",
    ),
    chain=(
        ChainStep("started on r6id.4xlarge (Spot)", 1, "2026-03-01T10:02:11Z"),
        ChainStep(
            "the host was reclaimed; the dump was whole", 1, "2026-03-01T11:40:03Z", None, "restored in attempt 2"
        ),
        ChainStep(
            "the dump was still going when the host went away",
            2,
            "2026-03-01T13:02:40.120+00:00",
            "dump.window_exceeded",
            "attempt 3 had nothing whole to restore",
        ),
        ChainStep("exit code 176", 3, "2026-03-01T13:09:00Z", "restore.dump_unfinished"),
    ),
    findings=(
        Finding(
            "FS101",
            "dump.window_exceeded",
            "error",
            "certain",
            "The dump log stops after 121.6 s without its success line, and the host was reclaimed at that time.",
            (
                Quote(
                    "workdir/.fusion/dump/3/dump_3.log",
                    "(121.65123) fdinfo: pos:      0x40 flags:       0100000/0x1",
                    1832,
                    "121.651 s",
                ),
                Quote(
                    "job.attempts[1].statusReason",
                    "Host EC2 (instance i-0abc) terminated.",
                    None,
                    "2026-03-01T13:02:40Z",
                ),
            ),
            2,
            ("https://docs.seqera.io/fusion/guide/snapshots/aws",),
        ),
        Finding(
            "FS201",
            "restore.dump_unfinished",
            "error",
            "likely",
            "Attempt 3 ended with exit code 176 soon after it began.",
            (Quote("job.attempts[2].container.exitCode", "176"),),
            3,
        ),
        Finding(
            "FS801",
            "ok.completed",
            "info",
            "likely",
            "Incremental dumps are on.",
            (Quote("logs/1", "incremental", 3),),
            1,
        ),
    ),
    recommendations=(
        Recommendation(
            "memory",
            "Let the task have no more memory than a dump can move in the window.",
            {"memory_bytes": 128 * 1024**3},
            {"memory_bytes": 56 * 1024**3},
            {"baseline_bandwidth_gbps": 12.5, "window_seconds": 120, "source": "EC2 DescribeInstanceTypes"},
            "groovy",
            SNIPPET,
            ("https://docs.seqera.io/fusion/guide/snapshots/aws",),
        ),
        Recommendation(
            "instance",
            "Or use instances with a higher baseline bandwidth.",
            proposed={"instance_types": ["m6idn.8xlarge", "r6idn.4xlarge"]},
        ),
    ),
    examined=(Examined("FS202", "not_applicable"), Examined("FS203", "skipped", ("restore log",))),
    measurements={"dump_seconds": 121.65, "dump_bytes": 118 * 1024**3, "dump_bytes_per_second": 1.04e9},
    gaps=(
        Gap(
            "the log of attempt 2",
            "AccessDenied on logs:GetLogEvents",
            "what the task itself said",
            "logs:GetLogEvents",
        ),
        Gap("CloudTrail", "not asked for", "proof that the host was a Spot reclaim"),
    ),
)

HEALTHY = Diagnosis(
    target="s3://bucket/work/aa/bb",
    job={"workdir": "s3://bucket/work/aa/bb", "snapshots": "unknown"},
    verdict=Verdict(
        "ok.completed",
        "FS001",
        "certain",
        "Nothing failed",
        "The task ended with exit code 0.",
        "unclear",
        "ok.completed",
    ),
    findings=(
        Finding("FS001", "ok.completed", "info", "certain", "Exit code 0.", (Quote("workdir/.exitcode", "0", 1),)),
    ),
)

UNKNOWN = Diagnosis(
    target="gone",
    job={},
    verdict=Verdict(
        "unknown.insufficient_evidence",
        "FS002",
        "possible",
        "Not enough evidence",
        "No log could be read.",
        "unclear",
        "unknown",
    ),
)

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105  # AWS's own documentation example
HOSTILE_TEXT = (
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 [bold red]markup[/] ```\n# heading <script>alert(1)</script> @everyone "
    "\u202egnp.exe | \x9b2J \r**bold** :boom: http://evil.example/x \u200bzero"
)
HOSTILE = Diagnosis(
    target="\x1b[2Jtarget [link=x]",
    job={"name": HOSTILE_TEXT, "id": "x\ny", "workdir": "s3://b/[red]w"},
    verdict=Verdict("app.failed", "FS701", "likely", "[red]title[/red]\x1b[5m", HOSTILE_TEXT, "pipeline", "x"),
    chain=(
        ChainStep(HOSTILE_TEXT, 1, "yester\x1b[1mday", None, HOSTILE_TEXT),
        ChainStep("export DB_PASSWORD=hunter2", None, None),
    ),
    findings=(
        Finding(
            "FS701",
            "app.failed",
            "error",
            "likely",
            HOSTILE_TEXT,
            (
                Quote("logs/1 [red]", HOSTILE_TEXT, 7, "\x1b[1m"),
                Quote("logs/1", "x" * 100_000, 8),
                Quote("logs/1", f"aws_secret_access_key = {SECRET}", 9),
                Quote("logs/1", f"AKIA\x1b[0mIOSFODNN7EXAMPLE TOWER_ACCESS_\x1b[1mTOKEN=abc123secret {SECRET}", 10),
            ),
        ),
    ),
    recommendations=(
        Recommendation(
            "application",
            HOSTILE_TEXT,
            {"a\x1b[1m": float("nan")},
            {"x": HOSTILE_TEXT},
            {},
            "bash",
            "````\n[red]\x1b]0;t\x07\n```\n",
        ),
    ),
    measurements={"odd": float("inf"), "deep": {"a": [1, {"b": HOSTILE_TEXT}]}},
    gaps=(Gap(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT),),
)
