"""Where the present value of each setting stands in the evidence: a table of setting -> reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from analyzer.advisor import container_readers, host_readers
from analyzer.advisor.limits import nextflow_time
from analyzer.advisor.measurements import last_of
from analyzer.advisor.readings import MOST_VALUES, NO_CONFIGURATION, NO_JOB, Case, Reader, Reading, plain, unseen
from analyzer.advisor.seen_in_task import SEEN_IN_TASK
from analyzer.classifier.units import MIB


def _job_figure(choose: Callable[[Case], object], source: str, case: Case) -> Reading:
    value = choose(case)
    return Reading(value, source) if value is not None else Reading(None, NO_JOB)


def _memory(case: Case) -> object:
    return case.spec.memory_mib * MIB if case.spec and case.spec.memory_mib else None


def _time_limit(case: Case) -> Reading:
    job = case.job
    if job is None:
        return Reading(None, NO_JOB)
    if not job.timeout_seconds or job.timeout_seconds < 0:
        return Reading("none", "job.timeout is not set")
    return Reading(nextflow_time(job.timeout_seconds), "job.timeout.attemptDurationSeconds")


def _attempts(case: Case) -> Reading:
    job = case.job
    if job is None:
        return Reading(None, NO_JOB)
    if job.attempts_allowed is None:
        return Reading(1, "job.retryStrategy is not set: Batch makes one attempt")
    return Reading(job.attempts_allowed, "job.retryStrategy.attempts")


def _retry_rules(case: Case) -> Reading:
    job = case.job
    if job is None:
        return Reading(None, NO_JOB)
    rules = [
        ", ".join(
            f"{name} {plain(value)}"
            for name, value in (
                ("reason", rule.on_reason),
                ("status reason", rule.on_status_reason),
                ("exit code", rule.on_exit_code),
            )
            if value
        )
        + f": {plain(rule.action).lower()}"
        for rule in job.retry_rules[:MOST_VALUES]
    ]
    return Reading(rules, "job.retryStrategy.evaluateOnExit" if rules else "job.retryStrategy has no evaluateOnExit")


def _snapshots(case: Case) -> Reading:
    known = {"on": True, "off": False}.get(case.facts.snapshots)
    return Reading(known, plain(case.facts.snapshots_because) or "not seen: nothing tells")


def _incremental(case: Case) -> Reading:
    pre = [c for c in case.facts.checkpoints if c.kind == "pre"]
    if pre:
        return Reading(True, f".fusion/dump/{pre[0].number}")
    if case.facts.kind == "log" or not case.facts.checkpoints:
        return Reading(None, "not seen: the checkpoints' folders are not there")
    return Reading(False, "no pre-dump among the checkpoints that were found")


def _dump_seconds(case: Case) -> Reading:
    dump = last_of(case.facts, "dump")
    if dump is None or dump.log is None or dump.log.last_seconds is None:
        return Reading(None, "not seen: no full dump's log with times")
    return Reading(round(dump.log.last_seconds, 3), dump.log.source)


def _fusion_log(case: Case) -> Reading:
    seen = "fusion log" in case.facts.have
    return Reading(seen, "there, and read" if seen else "not seen: .fusion.log, and Fusion's lines in the task's log")


def _target(case: Case) -> Reading:
    return Reading({"job": "job", "workdir": "work directory", "log": "log"}[case.facts.kind], "the target")


def _status(case: Case) -> Reading:
    return _job_figure(lambda c: c.job.status if c.job else None, "job.status", case)


def _queue(case: Case) -> Reading:
    name = case.job.queue_name if case.job else None
    return Reading(plain(name), "job.jobQueue") if name else Reading(None, NO_JOB)


def _seen(causes: tuple[str, ...], case: Case) -> Reading:
    """What the verdict itself shows of the task."""
    first = next(iter(case.root.evidence), None)
    if case.root.cause in causes and first is not None and case.root.confidence != "possible":
        return Reading(True, f"the verdict's proof: {first.source}")
    return Reading(None, "not seen: the verdict's proof does not settle it")


READERS: Mapping[str, Reader] = {
    "allocation_strategy": host_readers.allocation,
    "architecture": host_readers.architecture,
    "batch_attempts": _attempts,
    "batch_retry_rules": _retry_rules,
    "bucket_rule_on_dumps": unseen("not seen: the bucket's lifecycle rules are not read"),
    "container_user": partial(container_readers.member, "user", "of the image", "the image's own user"),
    "dump_seconds": _dump_seconds,
    "examined_target": _target,
    "fusion_enabled": container_readers.fusion,
    "fusion_log_examined": _fusion_log,
    "fusion_log_level": partial(container_readers.variable, "FUSION_LOG_LEVEL", None, "Fusion's default"),
    "fusion_snapshot_log_level": partial(
        container_readers.variable, "FUSION_SNAPSHOT_LOG_LEVEL", "warn", "Fusion's default, warn"
    ),
    "fusion_snapshots": _snapshots,
    "fusion_snapshots_tcp_mode": partial(
        container_readers.variable, "FUSION_SNAPSHOTS_TCP_MODE", "established", "Fusion's default, established"
    ),
    "fusion_version": unseen("not seen: neither a job's description nor Fusion's logs tell it"),
    "hdf5_use_file_locking": partial(container_readers.variable, "HDF5_USE_FILE_LOCKING", None, "the tool's default"),
    "host_end_examined": host_readers.host_end,
    "host_disk_examined": unseen("not seen: a host's mounts; `fsnap-diagnose check QUEUE` reads its launch template"),
    "host_log_examined": unseen("not seen: a host's kernel log and AWS Health are not read"),
    "hosts_ended_by": host_readers.ended_by,
    "image": container_readers.image,
    "image_has_gnu_tar": unseen("not seen: images are not looked into"),
    "image_has_helper": unseen("not seen: images are not looked into"),
    "image_pinned": container_readers.image_pinned,
    "incremental_dumps": _incremental,
    "instance_lifecycle": host_readers.lifecycle,
    "instance_types": host_readers.instance_types,
    "ipc_mode": partial(container_readers.own_mode, "ipcMode"),
    "job_status": _status,
    "machine_image": host_readers.machine_image,
    "max_retries": unseen(NO_CONFIGURATION),
    "memory_bytes": partial(_job_figure, _memory, "job.container.resourceRequirements"),
    "memory_grows_with_attempt": unseen(NO_CONFIGURATION),
    "no_retry_exit_codes": unseen(NO_CONFIGURATION),
    "one_machine_image": unseen("not seen: the images of the environment's hosts are not compared"),
    "one_processor_generation": unseen("not seen: the processors of the environment's hosts are not compared"),
    "other_mounts": partial(container_readers.of_mounts, container_readers.other_mounts),
    "pid_mode": partial(container_readers.own_mode, "pidMode"),
    "privileged": partial(container_readers.member, "privileged", False, "not privileged"),
    "queue": _queue,
    "read_only_mounts": partial(container_readers.of_mounts, container_readers.read_only_mounts),
    "read_only_root_filesystem": partial(container_readers.member, "readonlyRootFilesystem", False, "writable"),
    "retry_exit_codes": unseen(NO_CONFIGURATION),
    "retry_once_exit_codes": unseen(NO_CONFIGURATION),
    "role_may_use_bucket": unseen("not seen: rights are not asked for"),
    "s3_gateway_endpoint": unseen("not seen: a diagnosis reads no routes; `fsnap-diagnose check QUEUE` looks"),
    "scratch": unseen(NO_CONFIGURATION),
    "time_limit": _time_limit,
    "tmp_volume": partial(container_readers.of_mounts, container_readers.tmp_volume),
    "ulimit_nofile": container_readers.open_files,
    "uv_use_io_uring": partial(container_readers.variable, "UV_USE_IO_URING", None, "the tool's default"),
    "vcpus": partial(_job_figure, lambda c: c.spec.vcpus if c.spec else None, "job.container.resourceRequirements"),
    "wave_enabled": container_readers.wave,
    **{name: partial(_seen, causes) for name, causes in SEEN_IN_TASK.items()},
}
"""One for every name of analyzer.classifier.setting_names.SETTINGS."""
