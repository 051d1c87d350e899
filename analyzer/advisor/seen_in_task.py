"""What a task does that snapshots cannot bear: settings whose present value a verdict itself proves."""

from __future__ import annotations

from collections.abc import Mapping

SEEN_IN_TASK: Mapping[str, tuple[str, ...]] = {
    "task_connections_open": ("dump.tcp_connection", "restore.network", "restore.crashed_after"),
    "task_deleted_open_files": ("dump.ghost_file", "restore.ghost_file"),
    "task_device_open": ("dump.device",),
    "task_file_locks": ("dump.file_lock", "restore.file_lock"),
    "task_files_on_removed_mounts": ("dump.file_unreachable",),
    "task_fixed_addresses": ("restore.network",),
    "task_heavy_scratch_on_fusion": (),
    "task_io_uring": ("dump.io_uring",),
    "task_keeps_open_files": ("restore.file_missing",),
    "task_limit_reached": ("restore.resource_limit", "dump.fd_limit"),
    "task_nested_namespaces": ("dump.namespace",),
    "task_outside_ipc": ("dump.ipc",),
    "task_outside_session": ("dump.session_outside",),
    "task_outside_unix_socket": ("dump.unix_socket", "restore.unix_socket"),
    "task_own_mounts": ("dump.mount_unsupported", "restore.mount"),
    "task_program_replaced": ("restore.binary_changed",),
    "task_terminal": ("dump.terminal", "restore.terminal"),
    "task_traced": ("dump.task_traced",),
    "task_unsupported_descriptor": ("dump.fd_unsupported",),
    "task_unsupported_socket": ("dump.socket_unsupported",),
    "task_watches_deleted_files": ("dump.file_unreachable",),
}
"""Setting -> the causes whose proof shows that it is so; a cause that is only possible shows nothing."""
