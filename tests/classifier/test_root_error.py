"""The line that says why: real messages and their causes, and how it is told from noise and echoes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.classifier.catalogue import Signature, shipped
from analyzer.classifier.criu_noise import noise_table
from analyzer.classifier.root_error import RootError, find_root
from analyzer.parsers.checkpoint_log import Operation
from tests.parsers.checkpoint_samples import HEADER, INTERRUPTED_CALL, NO_INVENTORY, NOISE, parse, recorded

SIGNATURES = shipped().signatures("criu")
FAILED = {"dump": "Dumping FAILED.", "pre-dump": "Pre-dumping FAILED.", "restore": "Restoring FAILED."}


def root_of(lines: str, operation: Operation) -> RootError | None:
    return find_root(parse(lines, operation), SIGNATURES)


def cause_of(lines: str, operation: Operation) -> str | None:
    root = root_of(lines, operation)
    return shipped().rules[root.signature.rule].cause if root and root.signature else None


def error(message: str) -> str:
    return f"Error (criu/x.c:1): {message}\n"


DUMP = [
    ("page-xfer: Unable to spice data: No space left on device", "dump.storage_full"),
    ("Unable to open core-7.img: No space left on device", "dump.storage_full"),
    ("page-xfer: Unable to spice data: Disk quota exceeded", "dump.storage_full"),
    ("page-xfer: Unable to spice data: Quota exceeded", "dump.storage_full"),  # musl
    ("Unable to open seccomp.img: Read-only file system", "dump.storage_read_only"),
    ("page-xfer: Unable to spice data: Input/output error", "dump.storage_error"),
    ("page-xfer: Unable to spice data: I/O error", "dump.storage_error"),  # musl
    ("page-xfer: Unable to spice data: Remote I/O error", "dump.storage_error"),
    ("page-xfer: Unable to spice data: Transport endpoint is not connected", "dump.storage_unavailable"),
    ("page-xfer: Unable to spice data: Socket not connected", "dump.storage_unavailable"),  # musl
    ("page-xfer: Unable to spice data: Software caused connection abort", "dump.storage_unavailable"),
    ("page-xfer: Can't write to page server: Broken pipe", "dump.storage_unavailable"),
    ("Unable to open pages-1.img: No such file or directory", "dump.storage_unavailable"),
    ("Timeout reached. Try to interrupt: 0", "dump.freeze_timeout"),
    ("Unable to freeze cgroup /sys/fs/cgroup/job", "dump.freeze_timeout"),
    ("Unseizable non-zombie 30076 found, state D, err -1/4", "dump.freeze_timeout"),
    ("4960 was killed by 9 unexpectedly: Killed", "dump.task_vanished"),
    ("Failed to read ack: Connection reset by peer", "dump.task_vanished"),
    ("Unseizable non-zombie 30033 found, state S, err -1/10", "dump.task_traced"),
    ("suspending seccomp failed: Operation not permitted", "dump.permission"),
    ("Unable to connect a transport socket: Permission denied", "dump.permission"),
    ("can't dump unprivileged task whose /proc doesn't belong to it", "dump.permission"),
    ("Failed fstatat on map 400000: Operation not permitted", "dump.permission"),
    ("tty: Found dangling tty with sid 21 pgid 21 (pts) on peer fd 0.", "dump.terminal"),
    ("tty: ctty inheritance detected sid/pgrp 370774, no PTY peer with sid/pgrp needed", "dump.terminal"),
    ("Can't lookup mount=22 for fd=0 path=/dev/pts/2", "dump.terminal"),
    ("The root process 3087 is not a session leader. Consider using --shell-job option", "dump.session_outside"),
    ("A session leader of 30771(1) is outside of its pid namespace", "dump.session_outside"),
    ("inet: Connected TCP socket, consider using --tcp-established option.", "dump.tcp_connection"),
    ("inet: In-flight connection (l) for 49d6c", "dump.tcp_connection"),
    ("TCP_REPAIR can't be enabled for half-closed sockets", "dump.tcp_connection"),
    ("unix: External socket is used. Consider using --ext-unix-sk option.", "dump.unix_socket"),
    ("unix: Can't dump half of stream unix connection.", "dump.unix_socket"),
    ("unix: Unix socket 0x1 with unreachable peer 0x2 (0x3)", "dump.unix_socket"),
    ("sockets: BUG! Unknown socket collected (family 40)", "dump.socket_unsupported"),
    ("inet: Unsupported proto 132 for socket 49d6c", "dump.socket_unsupported"),
    ("netlink: The socket has data to read", "dump.socket_unsupported"),
    ("Iptables configuration failed", "dump.network_lock"),
    ("Locking network failed: iptables-restore returned -1.", "dump.network_lock"),
    ("Some file locks are hold by dumping tasks! You can try --file-locks to dump them.", "dump.file_lock"),
    ("Can't dump ghost file /tmp/x.tmp of 5242880 size, increase limit", "dump.ghost_file"),
    ("Can't create link remap for /tmp/x. Use link-remap option.", "dump.ghost_file"),
    ("Can't lookup mount=42 for fd=3 path=/f", "dump.file_unreachable"),
    ("Open files on overmounted mounts are not supported yet", "dump.file_unreachable"),
    ("Unaccessible path opened 2049:12, need 2049:14", "dump.file_unreachable"),
    ("fsnotify: \tCan't dump that handle", "dump.file_unreachable"),
    ("mnt: 70:./data doesn't have a proper root mount", "dump.mount_unsupported"),
    ("failed to dump fs ./fusion (fuse): always fail", "dump.mount_unsupported"),
    ("mnt: Mount 5 ./x (master_id: 3 shared_id: 0) has unreachable sharing.", "dump.mount_unsupported"),
    ("Can't dump file 3 of that type [20600] (chr 10:229)", "dump.device"),
    ("Can't dump file 3 of that type [60660] (blk 7:0)", "dump.device"),
    ("Can't dump file 17 of that type [20666] (chr 195:255)", "dump.gpu"),
    ("cuda_plugin: CHECKPOINT_DEVICES failed with", "dump.gpu"),
    ("Unknown shit 600 (anon_inode:[io_uring])", "dump.io_uring"),
    ("Can't dump file 3 of that type [600] (anon anon_inode:[io_uring])", "dump.io_uring"),
    ("send_fds failed (-22)", "dump.io_uring"),
    ("Can't dump file 3 of that type [600] (anon anon_inode:[userfaultfd])", "dump.fd_unsupported"),
    ("Can't dump file 3 of that type [600] (anon anon_inode:[perf_event])", "dump.fd_unsupported"),
    ("The packetized mode for pipes is not supported yet", "dump.fd_unsupported"),
    ("Task 30636 with SysVIPC shmem map @7f879679e000 doesn't live in IPC ns", "dump.ipc"),
    ("Can't dump nested user namespace for 30713", "dump.namespace"),
    ("Nested mount namespaces are not supported without mnt_id in fdinfo", "dump.namespace"),
    ("page-pipe: Can't make pipe for page-pipe: Too many open files", "dump.fd_limit"),
    ("page-pipe: Can't make pipe for page-pipe: No file descriptors available", "dump.fd_limit"),  # musl
    ("vdso: Unexpected rt vDSO area bounds", "dump.kernel"),
    ("Tracking memory is not available", "dump.kernel"),
    ("BUG at criu/mem.c:46", "dump.kernel"),
    ("Invalid parent image directory provided: No such file or directory", "dump.incremental_chain"),
    ("page-xfer: Missing 5574d7796000 in parent pagemap", "dump.incremental_chain"),
    ("Script /act.sh exited with -1", "dump.tooling"),
    ("Can't dump tmpfs content", "dump.tooling"),
    ("The criu itself is within dumped tree.", "dump.misconfigured"),
]
RESTORE = [
    ("Too old image, no longer supported", "restore.dump_unfinished"),
    ("Unexpected EOF on (empty-image)", "restore.images_missing"),
    ("Can't read pages data (-9)", "restore.images_missing"),
    ("No entry for reg-file-ID 0x7", "restore.images_missing"),
    ("Unexpected EOF", "restore.images_corrupt"),
    ("Read 1148 bytes while 2308 expected from /x/core-7.img: No such file or directory", "restore.images_corrupt"),
    ("Failed unpacking object 0x7ffef18c2380 from /x/core-2335.img", "restore.images_corrupt"),
    ("Head magic doesn't match for core-2467.img", "restore.images_corrupt"),
    ("Missing 7ffd07635000 in parent pagemap", "restore.incremental_chain"),
    ("No parent for snapshot pagemap", "restore.incremental_chain"),
    ("166 killed by signal 9: Killed", "restore.task_vanished"),
    ("Can't fork for 32592: File exists", "restore.pid_conflict"),
    ("Pid 12 do not match expected 13", "restore.pid_conflict"),
    ("Can't open file tmp/x/data.txt on restore: No such file or directory", "restore.file_missing"),
    ("Can't open fake fifo 0xd [x/p.fifo]: No such file or directory", "restore.file_missing"),
    ("fsnotify: Unable to open /x/watched: No such file or directory", "restore.file_missing"),
    ("File x/data.txt has bad size 100 (expect 5017)", "restore.file_changed"),
    ("File x/data.txt has bad mode 0100755 (expect 0100775)", "restore.file_changed"),
    ("Can't open file x/data.txt on restore: Is a directory", "restore.file_changed"),
    ("File usr/lib/x86_64-linux-gnu/libpthread-2.31.so has bad build-ID", "restore.binary_changed"),
    ("Can't create ghost regfile: File exists", "restore.ghost_file"),
    ("Can't link dev/null.cr.1.ghost -> dev/null: File exists", "restore.ghost_file"),
    ("cpu: CPU xfeatures has unsupported bits (0x60000)", "restore.cpu_mismatch"),
    ("x86: FPU xsave area present, but host cpu doesn't support it", "restore.cpu_mismatch"),
    ("vdso: ELF header magic mismatch", "restore.kernel"),
    ("rseq: can't restore as kernel doesn't support it", "restore.kernel"),
    ("Can't fork for 12: Operation not permitted", "restore.permission"),
    ("sys_prctl(PR_SET_MM, PR_SET_MM_MAP) failed with -1", "restore.permission"),
    ("Unable to reserve memory (539406336 bytes): Cannot allocate memory", "restore.memory"),
    ("Unable to reserve memory (539406336 bytes): Out of memory", "restore.memory"),  # musl
    ("Can't restore 0x7f1164021000 mapping with 0xfffffffffffffff4", "restore.memory"),
    ("sfd: Can't chose service_fd_base: 0 34", "restore.resource_limit"),
    ("Can't fork for 12: Resource temporarily unavailable", "restore.resource_limit"),
    ("cg: Can't move 1 into cpuset//x/cgroup.procs (-1/6): No space left on device", "restore.resource_limit"),
    ("cg: Abort restore of existing cgroups", "restore.resource_limit"),
    ("fsnotify: Can't add watch for 0x3 with 0x1: No space left on device", "restore.resource_limit"),
    ("Can't bind inet socket back: Cannot assign requested address", "restore.network"),
    ("Can't bind inet socket back: Address not available", "restore.network"),  # musl
    ("inet: Can't bind inet socket (id 5): Address in use", "restore.network"),
    ("tty: Found slave peer index 0 without correspond master peer", "restore.terminal"),
    ("tty: Unable to open dev/ptmx with specified index 0", "restore.terminal"),
    ("mnt-v2: Can't stat mountpoint /tmp/.criu.mntns.x/proc: No such file or directory", "restore.mount"),
    ("Unable to mount tmpfs in /tmp/.criu.mntns.x: No such file or directory", "restore.mount"),
    ("unix: Can't connect 376361 socket: Connection refused", "restore.unix_socket"),
    ("Can not set flock!", "restore.file_lock"),
    ("Can't write pidfile: File exists", "restore.misconfigured"),
    ("Can't bind transport socket /crtools-fd-1: Address already in use", "restore.socket_collision"),
    ("Script /act.sh exited with -1", "restore.tooling"),
    ("Can't restore tmpfs content", "restore.tooling"),
    ("Can't read pages data (-5)", "restore.storage_error"),
]


@pytest.mark.parametrize(("message", "cause"), DUMP)
def test_messages_of_dumps(message: str, cause: str) -> None:
    assert cause_of(NOISE + error(message) + error(FAILED["dump"]), "dump") == cause


@pytest.mark.parametrize(("message", "cause"), RESTORE)
def test_messages_of_restores(message: str, cause: str) -> None:
    assert cause_of(NOISE + error(message) + error(FAILED["restore"]), "restore") == cause


def test_every_cause_with_signatures_has_a_message_here() -> None:
    covered = {cause for _, cause in (*DUMP, *RESTORE)}
    of_logs = {shipped().rules[signature.rule].cause for signature in SIGNATURES}
    assert {c for c in of_logs if c.split(".")[0] in ("dump", "restore")} <= covered


@pytest.mark.parametrize("operation", ["dump", "pre-dump", "restore"])
def test_noise_alone_is_no_root(operation: Operation) -> None:
    assert root_of(NOISE + INTERRUPTED_CALL, operation) is None
    assert root_of("", operation) is None


def test_a_success_has_no_root_whatever_stands_in_it() -> None:
    lines = HEADER + "(00.1) " + error("inet: Connected TCP socket") + "(00.500000) Dumping finished successfully\n"
    assert root_of(lines, "dump") is None


@pytest.mark.parametrize("name", ["dump-ok", "pre-dump-ok", "restore-ok"])
def test_recorded_successes_have_no_root_even_if_cut(name: str) -> None:
    data = recorded(name)
    operation: Operation = "restore" if name == "restore-ok" else "pre-dump" if name == "pre-dump-ok" else "dump"
    assert find_root(parse(data, operation), SIGNATURES) is None
    assert find_root(parse(data[: len(data) // 2], operation), SIGNATURES) is None


def test_the_first_known_error_wins_over_its_echoes() -> None:
    lines = (
        NOISE
        + error("inet: Connected TCP socket, consider using --tcp-established option.")
        + error("Dump files (pid: 5) failed with -1")
        + error("bfd: Error flushing image: No space left on device")
        + error("Dumping FAILED.")
    )
    root = root_of(lines, "dump")
    assert root is not None
    assert root.confidence == "certain"
    assert root.line.number == 2
    assert cause_of(lines, "dump") == "dump.tcp_connection"


def test_an_unknown_error_before_it_makes_a_known_one_less_sure() -> None:
    lines = error("something new") + error("inet: Connected TCP socket") + error("Dumping FAILED.")
    root = root_of(lines, "dump")
    assert root is not None
    assert root.confidence == "likely"


def test_a_warning_is_the_root_where_nothing_better_is_there() -> None:
    warning = "Warn  (compel/src/lib/infect.c:131): Unable to interrupt task: 29986 ({})\n"
    echo = "Error (compel/src/lib/infect.c:416): Unable to detach from 29986: No such process\n"
    end = error("Dumping FAILED.")
    assert cause_of(warning.format("Operation not permitted") + echo + end, "dump") == "dump.task_traced"
    assert cause_of(warning.format("No such process") + echo + end, "dump") == "dump.task_vanished"
    better = error("The criu itself is within dumped tree.")
    assert cause_of(warning.format("Operation not permitted") + better + end, "dump") == "dump.misconfigured"
    unknown = root_of(warning.format("Operation not permitted") + error("something new") + end, "dump")
    assert unknown is not None
    assert unknown.signature is None


def test_a_killed_task_is_the_root_only_as_the_first_error() -> None:
    killed, cleaning = error("166 killed by signal 9: Killed"), error("Restoring FAILED.")
    assert cause_of(killed + cleaning, "restore") == "restore.task_vanished"
    real = error("Can't open file x on restore: No such file or directory")
    assert cause_of(real + killed + cleaning, "restore") == "restore.file_missing"
    assert cause_of(killed + real + cleaning, "restore") == "restore.file_missing"


def test_iptables_is_harmless_in_a_restore_that_failed_otherwise() -> None:
    lines = error('execvp("sh", ...) failed: No such file or directory') + error("Iptables configuration failed")
    real = error("tty: Found slave peer index 0 without correspond master peer")
    assert cause_of(lines + real + error("Restoring FAILED."), "restore") == "restore.terminal"
    assert cause_of(lines + error("Restoring FAILED."), "restore") == "restore.network"


def test_remarks_about_the_parent_are_no_cause_where_another_is() -> None:
    remarks = NO_INVENTORY + error("page-xfer: No parent image found, though parent directory is set: Success")
    full = error("page-xfer: Unable to spice data: No space left on device")
    assert cause_of(remarks + full + error("Dumping FAILED."), "dump") == "dump.storage_full"
    assert cause_of(remarks + error("Dumping FAILED."), "dump") == "dump.incremental_chain"


def test_a_server_that_cannot_be_reached_stands_below_a_warning() -> None:
    note = "(00.044771) Can't connect to server 127.0.0.1:28799\n"
    lines = HEADER + note + "(00.1000) " + error("Dumping FAILED.")
    assert cause_of(lines, "dump") == "dump.storage_unavailable"
    assert root_of(HEADER + note, "dump") is None  # nothing says that it failed


def test_a_failure_without_a_reason_is_no_more_than_that() -> None:
    root = root_of(NOISE + error("Dumping FAILED."), "dump")
    assert root is not None
    assert root.signature is None
    assert root.confidence == "possible"


def test_a_file_that_was_mapped_is_told_from_an_open_one() -> None:
    file = error("File x/tool has bad size 16976 (expect 16912)")
    mapped = root_of(file + error("`- Can't open vma") + error("Restoring FAILED."), "restore")
    opened = root_of(file + error("Unable to open fd=3 id=0x5") + error("Restoring FAILED."), "restore")
    assert mapped is not None
    assert opened is not None
    assert (mapped.mapped, opened.mapped) == (True, False)


def test_a_users_own_signature_is_asked_too() -> None:
    own = Signature("FS900", "criu", "frobnicator", r"frobnicator (?P<which>\w+)")
    log = parse(error("the frobnicator alpha is unhappy") + error("Dumping FAILED."), "dump")
    root = find_root(log, (*SIGNATURES, own))
    assert root is not None
    assert root.signature is own
    assert root.groups == {"which": "alpha"}


def test_the_table_has_no_entry_that_swallows_everything() -> None:
    table = noise_table()
    for entry in (*table.noise, *table.wrapper, *table.weak, *table.cause):
        assert len(entry.text) >= 6


@given(st.lists(st.sampled_from([m for m, _ in (*DUMP, *RESTORE)] + ["odd", "Dumping FAILED."]), max_size=12))
@settings(max_examples=80, deadline=None)
def test_certain_needs_a_known_line(messages: list[str]) -> None:
    for operation in ("dump", "restore"):
        root = root_of("".join(map(error, messages)), operation)
        if root and root.confidence == "certain":
            assert root.signature is not None
            assert root.signature.confidence == "certain"
            assert root.message in messages
