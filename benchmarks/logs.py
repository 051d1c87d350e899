"""Blocks of made-up logs, a few mebibytes each, the same at every run: to be written again and again to any size."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

BLOCK_BYTES = 8 * 2**20
SEED = 6
_HITS = (
    "java.lang.OutOfMemoryError: Java heap space",
    "samtools sort: couldn't allocate memory for bam_mem",
    "/bin/bash: line 7:   214 Killed                  STAR --runMode alignReads",
    "[E::bgzf_flush] File write failed (wrong size)",
    "/bin/bash: line 9:   300 Segmentation fault      (core dumped) bwa mem",
    "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation",
    "the tool says Killed but of another process, and no pattern of the table fits: not a hit",
)
TASK_END = (
    b"java.lang.OutOfMemoryError: Java heap space\n"
    b"\tat htsjdk.samtools.BAMRecordCodec.decode(BAMRecordCodec.java:220)\n"
)
FUSION_END = (
    b'{"level":"error","error":"not found","provider_code":"NoSuchBucket","provider_http_status":404,'
    b'"time":1767225600000000000,"message":"readdir"}\n'
)
DUMP_HEAD = b"(00.000000) CRIU run id = 8e21b974-2d7e-43e7-88d2-bc1716b62e17\n(00.000488) Version: 4.2 (gitid 0)\n"
DUMP_END = b"(119.97505) Error (criu/page-xfer.c:263): page-xfer: Unable to spice data: No space left on device\n" * 3

_TOOLS: tuple[Callable[[Callable[[int], int]], str], ...] = (
    lambda r: f"Nov 22 09:{r(60):02d}:{r(60):02d} ..... {r(10**9)} reads, {r(10**4) / 100:.2f}% uniquely mapped",
    lambda r: f"[bam_sort_core] merging from {r(60)} files and {r(32)} in-memory blocks... chunk {r(10**6)}",
    lambda r: (
        f"09:{r(60):02d}:{r(60):02d}.{r(1000):03d} INFO  ProgressMeter - chr{r(22) + 1}:{r(2 * 10**8)}  {r(10**7)}"
    ),
    lambda r: (
        f"[{r(256):02x}/{r(2**24):06x}] process > RNASEQ:STAR_ALIGN (SAMPLE_{r(400)}) [ {r(100)}%] {r(400)} of 400"
    ),
    lambda r: f"[M::mem_process_seqs] Processed {r(10**6)} reads in {r(1000)}.{r(1000):03d} CPU sec",
    lambda r: (
        f"INFO  2026-11-22  MarkDuplicates  Read {r(10**9):,} records.  Last read position: chr{r(22) + 1}:{r(10**8):,}"
    ),
    lambda r: (
        f"approx {r(20) * 5}% complete for S{r(400)}_R1.fastq.gz; writing /tmp/nxf.{r(2**30):08x}/part-{r(1000)}.bam"
    ),
)


def mixed(hits: float) -> bytes:
    """A task's log: three fifths tools' lines, a quarter CRIU's, the rest JSON; this share of lines holds a text."""
    draw = random.Random(SEED)  # noqa: S311 - no secret

    def line(number: int) -> str:
        if draw.random() < hits:
            return draw.choice(_HITS)
        (kind,) = draw.choices(_KINDS, (60, 25, 15))
        return kind(draw, number)

    return _block(line)


def fusion() -> bytes:
    """Fusion's own log: JSON lines, none an error."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    return _block(lambda number: _fusion_line(draw, number))


def dump(*, ranges_only: bool) -> bytes:
    """A dump's log: one line in 20 is a page range, about as CRIU 4 writes it, or each."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    return _block(lambda number: _range(draw, number) if ranges_only else _dump_line(draw, number))


def binary() -> bytes:
    """Random bytes."""
    return random.Random(SEED).randbytes(BLOCK_BYTES)  # noqa: S311 - no secret


def _range(draw: random.Random, number: int) -> str:
    start = 0x7F0000000000 + draw.randrange(2**24) * 4096
    return f"{_stamp(number)} page-xfer: \tp 0x{start:x} - 0x{start + 0x100000:x}"


def _stamp(number: int) -> str:
    return f"({number % 119 + number % 10**6 / 10**6:09.6f})"


def _tool_line(draw: random.Random, _: int) -> str:
    return draw.choice(_TOOLS)(draw.randrange)


def _dump_line(draw: random.Random, number: int) -> str:
    start = 0x7F0000000000 + draw.randrange(2**24) * 4096
    texts = (
        f"page-xfer: \tp 0x{start:x} - 0x{start + 0x100000:x}",
        f"page-pipe: Add iov to page pipe (0 iovs, {draw.randrange(900)}/524905 total)",
        f"page-pipe: \t\t0x{start:x} - 0x{start + 0x100000:x}",
        f"vma 0x{start:x} - 0x{start + 0x11000:x} st 0x201 prot 0x3 flags 0x22",
        f"Sent msg to daemon {draw.randrange(99)} 0 0",
        f"Wait for ack {draw.randrange(99)} on daemon socket",
    )
    (text,) = draw.choices(texts, (1, 4, 4, 4, 4, 3))
    return f"{_stamp(number)} {text}"


def _fusion_line(draw: random.Random, _: int) -> str:
    return json.dumps(
        {
            "level": draw.choice(["debug", "info"]),
            "time": 1767225600000000000 + draw.randrange(10**15),
            "message": draw.choice(["flush chunk", "readdir", "lookup", "upload part", "prefetch"]),
            "path": f"/rnaseq/work/{draw.randrange(256):02x}/{draw.randrange(2**64):016x}/out_{draw.randrange(99)}.bam",
            "bytes": draw.randrange(10**8),
        }
    )


_KINDS = (_tool_line, _dump_line, _fusion_line)


def _block(line: Callable[[int], str]) -> bytes:
    lines: list[str] = []
    size = number = 0
    while size < BLOCK_BYTES:
        lines.append(line(number))
        size += len(lines[-1]) + 1
        number += 1
    return ("\n".join(lines) + "\n").encode()
