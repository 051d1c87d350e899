"""What an advice may say that it changes: one vocabulary of settings, for the shipped catalogue and for users' rules.

analyzer.advisor.setting_readers knows where each one's present value stands; docs/rules-file.md describes them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

Value = str | int | float | bool | list[str] | list[int]
"""What a setting may be proposed to be."""

LONGEST_TEXT = 200
MOST_ITEMS = 40
MOST_SETTINGS = 12
LARGEST_NUMBER = 10**15
PLACEHOLDER = re.compile(r"YOUR-[A-Z]+(?:-[A-Z]+){0,5}")
"""Stands for a value that the advisor fills in, whatever the setting's kind."""

_TEXTS = (
    "allocation_strategy architecture container_user examined_target fusion_log_level "
    "fusion_snapshot_log_level fusion_snapshots_tcp_mode fusion_version hdf5_use_file_locking hosts_ended_by image "
    "instance_lifecycle ipc_mode job_status machine_image pid_mode queue time_limit tmp_volume uv_use_io_uring"
)
_NUMBERS = "batch_attempts dump_seconds max_retries memory_bytes ulimit_nofile vcpus"
_LISTS = (
    "batch_retry_rules instance_types no_retry_exit_codes other_mounts read_only_mounts retry_exit_codes "
    "retry_once_exit_codes"
)
_SWITCHES = (
    "bucket_rule_on_dumps fusion_enabled fusion_log_examined fusion_snapshots host_disk_examined host_end_examined "
    "host_log_examined "
    "image_has_gnu_tar image_has_helper image_pinned incremental_dumps memory_grows_with_attempt "
    "one_machine_image one_processor_generation privileged read_only_root_filesystem role_may_use_bucket "
    "s3_gateway_endpoint scratch task_connections_open task_deleted_open_files task_device_open "
    "task_file_locks task_files_on_removed_mounts task_fixed_addresses task_heavy_scratch_on_fusion "
    "task_io_uring task_keeps_open_files task_limit_reached task_nested_namespaces task_outside_ipc "
    "task_outside_session task_outside_unix_socket task_own_mounts task_program_replaced task_terminal task_traced "
    "task_unsupported_descriptor task_unsupported_socket task_watches_deleted_files wave_enabled"
)
SETTINGS: Mapping[str, str] = {
    **dict.fromkeys(_TEXTS.split(), "a string"),
    **dict.fromkeys(_NUMBERS.split(), "a number"),
    **dict.fromkeys(_LISTS.split(), "a list of strings or whole numbers"),
    **dict.fromkeys(_SWITCHES.split(), "true or false"),
}
"""Setting -> what its value must be, in words."""


def complaint(name: str, value: object) -> str | None:
    """Why the value cannot be proposed for the setting; None where it can."""
    if name not in SETTINGS:
        return "is not a member that this table has"
    wanted = SETTINGS[name]
    if isinstance(value, str) and PLACEHOLDER.fullmatch(value):
        return None
    return None if _is_of(wanted, value) else f"must be {wanted}, and no longer than a setting is"


def _is_of(wanted: str, value: object) -> bool:
    if wanted == "true or false":
        return isinstance(value, bool)
    if wanted == "a number":
        return _is_number(value)
    if wanted == "a string":
        return _is_text(value)
    return (
        isinstance(value, list)
        and len(value) <= MOST_ITEMS
        and (all(_is_text(v) for v in value) or all(_is_number(v) and isinstance(v, int) for v in value))
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT and value.isprintable()


def _is_number(value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return math.isfinite(value) and abs(value) <= LARGEST_NUMBER
