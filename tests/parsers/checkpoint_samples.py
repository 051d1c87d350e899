"""Short checkpoint logs, as CRIU writes them."""

from __future__ import annotations

from pathlib import Path

from analyzer.evidence.content import MemoryContent
from analyzer.parsers.checkpoint_log import CheckpointLog, Operation, parse_checkpoint_log

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "criu"
HEADER = """\
(00.000000) CRIU run id = 2d18a301-1f0a-49cf-8477-a528ecbcb1e1
(00.001100) Version: 4.2 (gitid 0)
(00.001882) Running on ip-10-0-12-34 Linux 6.1.0-56-cloud-amd64 #1 SMP PREEMPT_DYNAMIC x86_64
"""
NOISE = "Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n"
INTERRUPTED_CALL = "Warn  (compel/arch/x86/src/lib/infect.c:418): Will restore 3336 with interrupted system call\n"
NO_INVENTORY = "Error (criu/protobuf.c:72): Unexpected EOF on (empty-image)\n"


def parse(text: str | bytes, operation: Operation | None = "dump", source: str | None = None) -> CheckpointLog:
    data = text.encode() if isinstance(text, str) else text
    names = {"dump": "dump", "pre-dump": "pre", "restore": "restore"}
    name = f"workdir/.fusion/dump/1/{names[operation]}_1.log" if operation else "some.txt"
    return parse_checkpoint_log(MemoryContent(data), source or name, operation)


def recorded(name: str) -> bytes:
    return (FIXTURES / f"{name}.log").read_bytes()
