"""Jobs as they are reckoned with, made of a few figures."""

from __future__ import annotations

from dataclasses import replace

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.reckoning import Reckoning, reckon
from analyzer.advisor.window import Window
from analyzer.classifier.facts import AttemptFacts, Facts, InstanceFact
from analyzer.classifier.finding import Finding, Quote
from analyzer.evidence.job import Attempt, ContainerSpec, Job
from analyzer.parsers.checkpoint_log import CheckpointLog
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.command_run import CommandRunHeader

GIB = 2**30
ROOT = Finding("FS101", "dump.window_exceeded", "error", "likely", "It did not fit.", ())


def cut_dump(written_gib: float, seconds: float | None = 121, number: int = 1) -> Checkpoint:
    """A full dump that was cut off after so much; without seconds there is no log, only what it wrote."""
    if seconds is None:
        return Checkpoint(number, "full", files={"pages-1.img": round(written_gib * GIB)}, outcome="unfinished")
    return Checkpoint(number, "full", dump=_log(number, written_gib, 0, seconds), outcome="unfinished")


def complete_dump(written_gib: float, parent_gib: float = 0, seconds: float = 60, number: int = 1) -> Checkpoint:
    """A full dump that ended well, with so much left to an earlier pre-dump."""
    return Checkpoint(number, "full", dump=_log(number, written_gib, parent_gib, seconds), outcome="complete")


def _log(number: int, written_gib: float, parent_gib: float, seconds: float) -> CheckpointLog:
    return CheckpointLog(
        source=f"dump_{number}.log",
        operation="dump",
        timed=True,
        detailed=True,
        last_seconds=seconds,
        pages=round(written_gib * GIB / 4096),
        parent_pages=round(parent_gib * GIB / 4096),
    )


def attempt_on(kind: str | None, number: int = 1, *, lost: bool = False) -> AttemptFacts:
    """An attempt on a host of that type."""
    attempt = Attempt(number, f"job.attempts[{number - 1}]")
    return AttemptFacts(attempt, InstanceFact(f"i-{number}", kind), host_lost=Quote("x", "gone") if lost else None)


def job_on(kind: str | None, vcpus: float, memory_gib: float, checkpoints: tuple[Checkpoint, ...] = ()) -> Facts:
    """A job of one attempt on a host of that type."""
    spec = ContainerSpec(vcpus=vcpus, memory_mib=round(memory_gib * 1024))
    return Facts(
        "x",
        "job",
        job=Job(id="abc", status="FAILED", containers=(spec,)),
        attempts=(attempt_on(kind),),
        checkpoints=checkpoints,
        command_run=CommandRunHeader(process="ALIGN"),
    )


def reckoned(facts: Facts, window: Window | None = None) -> Reckoning:
    """Its figures, for a dump that outran its window."""
    return reckon(facts, replace(ROOT), shipped_instances(), None, window or Window())
