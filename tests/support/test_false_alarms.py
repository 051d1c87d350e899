"""What is no secret stays as it is: CRIU's logs, hashes, keys of objects, digests, readable base64."""

from __future__ import annotations

import base64
import hashlib
import string
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.support.redaction import mask_secrets

FIXTURES = Path(__file__).parents[2] / "fixtures"
LOGS = sorted(FIXTURES.rglob("*.log"))


def test_recorded_logs_lose_nothing() -> None:
    assert len(LOGS) > 20
    for path in LOGS:
        for line in path.read_text("utf-8", "replace").splitlines():
            assert mask_secrets(line) == line


HEX = st.text("0123456789abcdef", min_size=1, max_size=64)
NUMBERS = st.integers(0, 2**64)
WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=12)
LONGER_WORDS = st.text(string.ascii_lowercase, min_size=5, max_size=12)
LINES = st.one_of(
    st.builds("(%02d.%06d) Will dump page %x-%x".__mod__, st.tuples(*[st.integers(0, 99)] * 4)),
    st.builds("({0}.{1:06}) Error (criu/files-reg.c:{2}): Can't open {3:#x} [{4}]".format, *[NUMBERS] * 5),
    st.builds("pid {0} page 0x{1} sha256:{1} md5 {1} size {0} {0}.{0}".format, NUMBERS, HEX),
    st.builds(lambda h: f"s3://bucket/work/{h[:2]}/{h[2:]}/.command.run", st.text("0123456789abcdef", min_size=32)),
    st.builds(
        lambda n: f"job {uuid.UUID(int=n)} of queue arn:aws:batch:eu-west-1:123456789012:job-queue/a",
        st.integers(0, 2**128 - 1),
    ),
    st.builds(lambda t: f"quay.io/biocontainers/{t}@sha256:{hashlib.sha256(t.encode()).hexdigest()}", WORDS),
    st.builds(lambda words: "/".join(words) + "/reads_1.fastq.gz", st.lists(WORDS, min_size=1, max_size=20)),
    st.builds("".join, st.lists(st.sampled_from("ACGTN"), min_size=40, max_size=90)),
    st.builds("".join, st.lists(st.sampled_from("ACDEFGHIKLMNPQRSTVWY"), min_size=40, max_size=90)),
    st.builds(lambda words: "".join(w.title() for w in words), st.lists(LONGER_WORDS, min_size=5, max_size=12)),
)


@given(LINES)
def test_figures_names_and_hashes_stay(line: str) -> None:
    assert mask_secrets(line) == line


@given(st.lists(WORDS, min_size=4, max_size=20))
def test_readable_base64_stays(words: list[str]) -> None:
    line = f"echo {base64.b64encode(' '.join(words).encode()).decode()} | base64 -d"
    assert mask_secrets(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "docker run -u 1000:1000 -v /a:/b image",
        "docker run -i -u $(id -u):$(id -g) --name $NXF_BOXID image",
        "mysql -u me -p results",
        "chr1:12345:A:G:rs1234567890 passed",
        "(00.001) cg: `- Dumping 1 of /sys/fs/cgroup:ro:rw:nosuid",
        "x-amz-id-2: eftixk72aD6Ap51TnqcoF8eFidJG9Z/2mkiDFu8yU9AS1ed4OpIszj7UDNEHGran7TkQwErTyu8=",
        "HostId=eftixk72aD6Ap51TnqcoF8eFidJG9Z2mkiDFu8yU9AS1ed4OpIszj7UDNEHGran7TkQwErTyu8=",
        "ssh-ed25519 key SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "set -x echo done; ENV LANG C.UTF-8; setenv SHELL bash",
        "<name>sample</name><value>WT_REP1</value> <token/> <b>token</b>",
        "tokens: 512 | token count | secret count: 3",
        "Authorization header is missing",
        "authorize: password",
        "percent 100%25 done %2Fa%2Fb%3Fc",
        "PicardCommandLineProgramExecutionContext done",
        "picard.analysis.CollectMultipleMetrics2 and org.broadinstitute.hellbender.Main2",
    ],
)
def test_more_that_is_no_secret_stays(line: str) -> None:
    assert mask_secrets(line) == line
