"""Evidence with identities and secrets of every kind; all of them are made up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence, ListingEntry

ACCOUNT = "481516234201"
JOB_ID = "0b9d2c4e-7a1f-4c3d-9e8b-5f6a7b8c9d0e"
QUEUE = "acme-onco-spot"
BUCKET = "acme-onco-data"
HASH = "ab/0123456789abcdef0123456789abcd"
WORKDIR = f"/fusion/s3/{BUCKET}/patients/cohort7/work/{HASH}"
SAMPLE = "PAT-0042"
PASSWORD = "correct horse 7"  # noqa: S105 - made up
LICENCE = "FAKE-LICENCE-7c1e5a520f6e"
INSTANCE = "i-0b818e918f0b13609"
JOB: Mapping[str, Any] = {
    "jobId": JOB_ID,
    "jobArn": f"arn:aws:batch:eu-west-1:{ACCOUNT}:job/{JOB_ID}",
    "jobName": "tw-4kLmN8pQr2sT-ACME_ALIGN_PAT-0042",
    "jobQueue": f"arn:aws:batch:eu-west-1:{ACCOUNT}:job-queue/{QUEUE}",
    "jobDefinition": f"arn:aws:batch:eu-west-1:{ACCOUNT}:job-definition/nf-acme-aligner:3",
    "tags": {"owner": "alice.keller", "Email": "alice@acme-bio.org", "nextflow.io/version": "25.10.2", "short": "Bo"},
    "statusReason": f"Host EC2 (instance {INSTANCE}) terminated.",
    "container": {
        "image": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/acme/aligner:1.2",
        "command": ["/usr/bin/fusion", "bash", f"{WORKDIR}/.command.run"],
        "jobRoleArn": f"arn:aws:iam::{ACCOUNT}:role/AcmeOncoJobRole",
        "environment": [
            {"name": "USER", "value": "akeller"},
            {"name": "FUSION_WORK", "value": WORKDIR},
            {"name": "FUSION_LICENSE_TOKEN", "value": LICENCE},
            {"name": "DB_PASSWORD", "value": PASSWORD},
        ],
    },
}
HEADER = f"#!/bin/bash\n### ---\n### name: 'ACME:ALIGN ({SAMPLE})'\n### ...\n"


def events(messages: Iterable[str]) -> MemoryContent:
    """An attempt's log."""
    lines = [json.dumps({"timestamp": 1794898830000 + n, "message": m}) for n, m in enumerate(messages)]
    return MemoryContent(("\n".join(lines) + "\n").encode())


def evidence(*messages: str, job: Mapping[str, Any] | None = JOB, **members: Any) -> Evidence:
    """One job with these events in its log."""
    return Evidence(
        target=JOB_ID,
        kind="job",
        job=job,
        logs={1: events(messages)},
        workdir={".command.run": MemoryContent(HEADER.encode())},
        listing=(
            ListingEntry(f"{SAMPLE}_R1.fastq.gz", 1, None),
            ListingEntry(".fusion/dump/1/pages-1.img", 4096, None),
        ),
        **members,
    )
