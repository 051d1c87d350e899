"""Rules on checkpoints: from logs, a listing and a job to one explanation for each operation that failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.classifier.catalogue import shipped
from analyzer.classifier.facts import AttemptFacts, Facts, Hit, InstanceFact
from analyzer.classifier.finding import Finding, Quote
from analyzer.classifier.root_error import find_root
from analyzer.classifier.rules.checkpoint import RULES
from analyzer.evidence.content import Content, MemoryContent
from analyzer.evidence.job import Attempt, ContainerEnd, Job
from analyzer.evidence.model import ListingEntry
from analyzer.parsers.checkpoints import Checkpoint, read_checkpoints
from analyzer.parsers.dump_metadata import DumpMetadata, MetadataEntry
from analyzer.parsers.log_ref import LogRef
from tests.parsers.checkpoint_samples import HEADER, INTERRUPTED_CALL, NO_INVENTORY, recorded

DONE = HEADER + "(00.500000) Dumping finished successfully\n"
CUT_AT_121 = HEADER + "(121.62504) page-xfer: \tp 0x7f36992fe000 - 0x7f36993fe000\n"
RESTORED = HEADER + "(00.500000) Restore finished successfully. Tasks resumed.\n"
FAILED = "Error (criu/cr-restore.c:2324): Restoring FAILED.\n"
LOOP = "(00.166008) pie: 7: Preadv 0x7ffe3e4df000:4096... (1 iovs)\n(00.166010) pie: 7: `- returned 0\n" * 40
WHOLE = {
    "inventory.img": 86,
    "pstree.img": 30,
    "files.img": 440,
    "core-7.img": 2300,
    "mm-7.img": 1001,
    "pagemap-7.img": 248,
    "fs-7.img": 18,
    "ids-7.img": 36,
    "pages-1.img": 8192,
    "stats-dump": 46,
}
HOST = "Host EC2 (instance i-0abc1234def567890) terminated."


def without(*names: str) -> dict[str, int]:
    return {name: size for name, size in WHOLE.items() if name not in names}


def checkpoints_of(logs: Mapping[str, str | bytes], files: Mapping[str, int] | None = None) -> tuple[Checkpoint, ...]:
    workdir: dict[str, Content] = {
        f".fusion/dump/{name}": MemoryContent(text.encode() if isinstance(text, str) else text)
        for name, text in logs.items()
    }
    keys = {f".fusion/dump/{k if '/' in k else f'1/{k}'}": size for k, size in (files or {}).items()}
    listing = None if files is None else tuple(ListingEntry(k, v, None) for k, v in keys.items())
    return read_checkpoints(workdir, listing)


def facts_of(checkpoints: tuple[Checkpoint, ...], *attempts: AttemptFacts, **more: object) -> Facts:
    signatures = shipped().signatures("criu")
    logs = [log for c in checkpoints for log in (c.pre_dump, c.dump, *c.restores) if log]
    roots = tuple(root for log in logs if (root := find_root(log, signatures)))
    job = Job(status="FAILED") if attempts else None
    kind = "job" if attempts else "workdir"
    return Facts("t", kind, job, attempts=attempts, checkpoints=checkpoints, roots=roots, **more)  # type: ignore[arg-type]  # members by their names


def attempt(
    number: int,
    exit_code: int | None = None,
    *,
    lost: bool = False,
    reclaimed: bool = False,
    by_hand: bool = False,
    reason: str | None = None,
    stopped_at: int | None = None,
) -> AttemptFacts:
    source = f"job.attempts[{number - 1}]"
    end = ContainerEnd(f"{source}.container", exit_code=exit_code, reason=reason)
    status = HOST if lost else reason
    one = Attempt(number, source, started_at=0, stopped_at=stopped_at, status_reason=status, containers=(end,))
    return AttemptFacts(
        one,
        InstanceFact("i-0abc1234def567890", "m6id.4xlarge"),
        host_lost=Quote(f"{source}.statusReason", HOST) if lost else None,
        reclaim=Quote("cloudtrail.json[0].eventName", "BidEvictedEvent") if reclaimed else None,
        not_reclaim=Quote("cloudtrail.json[0].eventName", "TerminateInstances") if by_hand else None,
    )


def findings(facts: Facts) -> list[Finding]:
    found: list[Finding] = []
    for rule, function in RULES.items():
        outcome = function(facts, shipped().rules[rule])
        if isinstance(outcome, tuple):
            found += outcome
    return found


def causes(found: Iterable[Finding]) -> set[str]:
    return {finding.cause for finding in found}


def only(facts: Facts) -> Finding:
    [finding] = findings(facts)
    assert finding.evidence
    return finding


def test_every_rule_of_the_catalogue_has_its_function_and_every_cause_a_rule() -> None:
    own = {rule.id for rule in shipped() if rule.id[:3] in ("FS1", "FS2")}
    assert own == set(RULES)


def test_a_dump_that_went_well_says_nothing() -> None:
    assert findings(facts_of(checkpoints_of({"1/dump_1.log": DONE}))) == []
    assert findings(facts_of(checkpoints_of({"1/dump_1.log": INTERRUPTED_CALL}, WHOLE))) == []
    assert findings(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": RESTORED}, WHOLE))) == []


def test_an_error_is_quoted_with_its_line() -> None:
    log = HEADER + "(00.055120) Error (criu/sk-inet.c:200): inet: Connected TCP socket, consider x\n"
    log += "(00.055592) Error (criu/cr-dump.c:2128): Dumping FAILED.\n"
    found = only(facts_of(checkpoints_of({"1/dump_1.log": log})))
    assert found.cause == "dump.tcp_connection"
    assert found.confidence == "certain"
    assert (found.evidence[0].source, found.evidence[0].line) == ("workdir/.fusion/dump/1/dump_1.log", 4)
    assert found.evidence[0].at == "0.05512 s"
    assert "TCP connection open" in found.summary


class TestWindow:
    """A dump that was cut: by the window, by something else, by nobody knows what."""

    def test_without_a_job_it_is_only_interrupted(self) -> None:
        found = only(facts_of(checkpoints_of({"1/dump_1.log": CUT_AT_121})))
        assert (found.cause, found.confidence) == ("dump.interrupted", "likely")
        assert "121.6 s" in found.summary

    @pytest.mark.parametrize(("reclaimed", "confidence"), [(True, "certain"), (False, "likely")])
    def test_a_lost_host_near_the_end_of_the_window(self, reclaimed: bool, confidence: str) -> None:
        facts = facts_of(checkpoints_of({"1/dump_1.log": CUT_AT_121}), attempt(1, lost=True, reclaimed=reclaimed))
        found = only(facts)
        assert (found.cause, found.confidence, found.attempt) == ("dump.window_exceeded", confidence, 1)
        assert {q.text for q in found.evidence} >= {HOST}
        assert "m6id.4xlarge" in found.summary

    def test_a_host_that_was_ended_by_hand(self) -> None:
        facts = facts_of(checkpoints_of({"1/dump_1.log": CUT_AT_121}), attempt(1, lost=True, by_hand=True))
        assert only(facts).cause == "dump.interrupted"

    def test_a_log_that_stops_early(self) -> None:
        facts = facts_of(checkpoints_of({"1/dump_1.log": HEADER}), attempt(1, lost=True, reclaimed=True))
        found = only(facts)
        assert found.cause == "dump.interrupted"
        assert HOST in {q.text for q in found.evidence}

    def test_a_pre_dump_has_no_window(self) -> None:
        facts = facts_of(checkpoints_of({"1/pre_1.log": CUT_AT_121}), attempt(1, lost=True, reclaimed=True))
        assert only(facts).cause == "dump.interrupted"

    def test_the_next_attempt_finds_nothing_whole(self) -> None:
        logs = {"1/dump_1.log": CUT_AT_121, "1/restore_1.log": NO_INVENTORY}
        facts = facts_of(checkpoints_of(logs), attempt(1, lost=True, reclaimed=True), attempt(2, 176))
        found = {f.cause: f for f in findings(facts)}
        assert set(found) == {"dump.window_exceeded", "restore.dump_unfinished"}
        assert found["restore.dump_unfinished"].attempt == 2

    def test_a_quiet_log_needs_the_listing(self) -> None:
        assert findings(facts_of(checkpoints_of({"1/dump_1.log": INTERRUPTED_CALL}))) == []
        cut = checkpoints_of({"1/dump_1.log": INTERRUPTED_CALL}, {"files.img": 0, "pages-1.img": 4096})
        assert only(facts_of(cut)).cause == "dump.interrupted"

    def test_images_that_were_tidied_away_are_no_sign_of_a_cut_dump(self) -> None:
        tidied = checkpoints_of({"1/dump_1.log": INTERRUPTED_CALL}, {"dump_1.log": 93})
        assert findings(facts_of(tidied, attempt(1, 1))) == []

    def test_images_alone_are_quoted_from_the_listing(self) -> None:
        found = only(facts_of(checkpoints_of({}, {"6/pages-1.img": 8192, "6/files.img": 0})))
        assert found.cause == "dump.interrupted"
        assert json.loads(found.evidence[0].text) == {"key": ".fusion/dump/6/pages-1.img", "size": 8192}


class TestUnfinishedDump:
    """`Unexpected EOF on (empty-image)`: four stories with one line."""

    def test_the_dumps_log_stops(self) -> None:
        logs = {"1/dump_1.log": HEADER, "1/restore_1.log": NO_INVENTORY}
        found = {f.cause: f for f in findings(facts_of(checkpoints_of(logs)))}
        assert found["restore.dump_unfinished"].confidence == "certain"
        assert found["restore.dump_unfinished"].severity == "error"

    def test_the_inventory_was_deleted(self) -> None:
        logs = {"1/dump_1.log": DONE, "1/restore_1.log": NO_INVENTORY}
        found = only(facts_of(checkpoints_of(logs, without("inventory.img"))))
        assert found.cause == "restore.images_missing"
        assert "inventory.img" in found.summary

    def test_the_dump_was_still_going_on(self) -> None:
        logs = {"1/dump_1.log": DONE, "1/restore_1.log": NO_INVENTORY}
        found = only(facts_of(checkpoints_of(logs, WHOLE)))
        assert (found.cause, found.confidence) == ("restore.dump_unfinished", "likely")

    def test_nothing_but_the_restores_log(self) -> None:
        found = only(facts_of(checkpoints_of({"1/restore_1.log": NO_INVENTORY})))
        assert (found.cause, found.confidence) == ("restore.images_missing", "possible")

    def test_only_a_pre_dump(self) -> None:
        old = "Error (criu/image.c:52): Too old image, no longer supported\n"
        facts = facts_of(checkpoints_of({"2/pre_2.log": DONE.replace("Dump", "Pre-dump"), "2/restore_2.log": old}))
        assert causes(findings(facts)) == {"restore.dump_unfinished"}


@pytest.mark.parametrize(
    "name",
    ["pstree.img", "core-7.img", "mm-7.img", "pagemap-7.img", "fs-7.img", "ids-7.img", "pages-1.img", "files.img"],
)
@pytest.mark.parametrize(
    "log", ["", FAILED, "Error (criu/x.c:1): 7 killed by signal 11: Segmentation fault\n" + FAILED]
)
def test_a_missing_image_is_named(name: str, log: str) -> None:
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": log}, without(name))))
    assert found.cause == "restore.images_missing"
    assert found.confidence != "certain"
    assert name in found.summary


def test_a_missing_image_does_not_explain_another_error() -> None:
    log = "Error (criu/cr-restore.c:1230): Can't fork for 7: File exists\n" + FAILED
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": log}, without("fs-7.img"))))
    assert found.cause == "restore.pid_conflict"


def test_an_empty_image_is_corrupt() -> None:
    log = "Error (criu/image.c:887): Unexpected EOF\n"
    files = {**WHOLE, "pstree.img": 0}
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": log}, files)))
    assert found.cause == "restore.images_corrupt"


def test_pages_that_are_not_whole_pages() -> None:
    files = {**WHOLE, "pages-1.img": 8000}
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": HEADER + LOOP}, files)))
    assert found.cause == "restore.images_corrupt"


def test_fewer_pages_than_the_dump_wrote() -> None:
    dump = HEADER + "(00.3000) page-xfer: \tp 0x1000 - 0x9000\n(00.500000) Dumping finished successfully\n"
    found = only(facts_of(checkpoints_of({"1/dump_1.log": dump, "1/restore_1.log": HEADER + LOOP}, WHOLE)))
    assert found.cause == "restore.images_corrupt"
    assert "pages-1.img" in found.summary


def test_a_lost_link_to_the_parent() -> None:
    dump = (
        HEADER.replace("Version", "Will do snapshot from ../2\n(00.1) Version")
        + "(00.500000) Dumping finished successfully\n"
    )
    restore = HEADER + "(00.1000)      7: No parent images directory provided\n" + LOOP
    found = only(facts_of(checkpoints_of({"3/dump_3.log": dump, "3/restore_3.log": restore})))
    assert found.cause == "restore.incremental_chain"
    assert "../2" in found.summary


def test_a_restore_that_repeats_itself_hangs() -> None:
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": HEADER + LOOP}, WHOLE)))
    assert found.cause == "restore.hung"


def test_a_restore_that_ran_into_the_time_limit_hung() -> None:
    logs = {"1/dump_1.log": DONE, "1/restore_1.log": HEADER}
    late = attempt(2, 137, reason="Job attempt duration exceeded timeout")
    found = findings(facts_of(checkpoints_of(logs, WHOLE), attempt(1, lost=True), late))
    assert causes(found) == {"restore.hung"}


def test_a_restore_that_just_stops_was_interrupted() -> None:
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": HEADER}, WHOLE)))
    assert (found.cause, found.confidence) == ("restore.interrupted", "likely")


def test_a_restore_that_waits_for_a_lock() -> None:
    log = HEADER + "(00.042131)   1095: (flock)flag: 2, type: 1, cmd: 2, pid: 1095, fd: 3\n"
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": log}, WHOLE)))
    assert found.cause == "restore.file_lock"


def test_a_mapped_file_is_a_program_or_library() -> None:
    lines = "   7: Error (criu/files-reg.c:2175): File x/tool has bad size 16976 (expect 16912)\n"
    mapped = lines + "   7: Error (criu/mem.c:1467): `- Can't open vma\n" + FAILED
    logs = {"1/dump_1.log": DONE, "1/restore_1.log": mapped}
    assert only(facts_of(checkpoints_of(logs, WHOLE))).cause == "restore.binary_changed"
    logs = {"1/dump_1.log": DONE, "1/restore_1.log": lines + FAILED}
    assert only(facts_of(checkpoints_of(logs, WHOLE))).cause == "restore.file_changed"


def test_a_killed_task_and_the_service_says_memory() -> None:
    log = "Error (criu/cr-restore.c:1262): 166 killed by signal 9: Killed\n" + FAILED
    checkpoints = checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": log}, WHOLE)
    assert only(facts_of(checkpoints)).cause == "restore.task_vanished"
    memory = attempt(2, 176, reason="OutOfMemoryError: Container killed due to memory usage")
    assert causes(findings(facts_of(checkpoints, attempt(1, lost=True), memory))) == {"restore.memory"}


def test_an_unknown_error_is_quoted_and_never_certain() -> None:
    log = "Error (criu/new.c:1): a message from the future\n" + FAILED
    found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE, "1/restore_1.log": log}, WHOLE)))
    assert (found.cause, found.confidence) == ("restore.failed", "possible")
    assert "a message from the future" in found.evidence[0].text


def test_a_failed_pre_dump_that_a_later_one_made_up_for_is_a_warning() -> None:
    failed = "Error (criu/page-xfer.c:263): page-xfer: Unable to spice data: No space left on device\n"
    failed += "Error (criu/cr-dump.c:1922): Pre-dumping FAILED.\n"
    found = only(facts_of(checkpoints_of({"1/pre_1.log": failed, "2/dump_2.log": DONE})))
    assert (found.cause, found.severity) == ("dump.storage_full", "warning")


def test_a_probe_that_fails_ends_a_dump_without_a_failed_line() -> None:
    log = HEADER + "(00.014573) Error (criu/vdso.c:381): vdso: Unexpected rt vDSO area bounds\n"
    assert only(facts_of(checkpoints_of({"1/dump_1.log": log}))).cause == "dump.kernel"


def test_an_unknown_error_in_the_middle_of_a_log_that_stops_is_no_failure() -> None:
    early = HEADER + "(00.014573) Error (criu/new.c:381): something new\n"
    later = early + "(00.1) more\n" * 5
    assert only(facts_of(checkpoints_of({"1/dump_1.log": later}))).cause == "dump.interrupted"
    assert only(facts_of(checkpoints_of({"1/dump_1.log": early}))).cause == "dump.failed"


class TestJobSigns:
    """Exit codes, the metadata and the runtime's own lines."""

    def test_a_code_alone_is_the_tools_own(self) -> None:
        for code in (175, 176, 177):
            assert findings(facts_of((), attempt(1, code))) == []

    @pytest.mark.parametrize(
        ("code", "cause"), [(175, "dump.failed"), (176, "restore.failed"), (177, "restore.manifest_mismatch")]
    )
    def test_a_code_with_traces_of_snapshots(self, code: int, cause: str) -> None:
        found = only(facts_of(checkpoints_of({"1/dump_1.log": DONE}), attempt(1, code)))
        assert found.cause == cause
        assert found.confidence != "certain"
        assert str(code) in {q.text for q in found.evidence}

    def test_the_runtime_says_that_there_is_no_full_dump(self) -> None:
        signature = next(s for s in shipped().rules["FS201"].signatures if s.source == "runtime")
        line = "[ERROR] Error (helpers.c:493): no full dumps found in metadata"
        hit = Hit(signature, Quote("logs/1", line, 12), {}, 1)
        found = only(facts_of((), attempt(1, 175), hits=(hit,)))
        assert found.cause == "restore.dump_unfinished"
        assert found.evidence[0].text == line

    def test_metadata_that_is_stuck_in_dumping(self) -> None:
        reference = LogRef("workdir/.fusion/dump/dump_metadata", '"state": "DUMPING"', 7)
        metadata = DumpMetadata((MetadataEntry(reference, 6, "FULL", "DUMPING"),))
        facts = facts_of((), attempt(1, lost=True), attempt(2, 176), metadata=metadata)
        found = {f.cause: f for f in findings(facts)}
        assert set(found) == {"dump.window_exceeded", "restore.dump_unfinished"}
        assert found["dump.window_exceeded"].confidence == "likely"
        assert found["dump.window_exceeded"].attempt == 1

    def test_metadata_is_old_news_after_a_good_end(self) -> None:
        reference = LogRef("workdir/.fusion/dump/dump_metadata", "DUMPING", 1)
        metadata = DumpMetadata((MetadataEntry(reference, 1, "FULL", "DUMPING"),))
        assert findings(facts_of((), attempt(1, 0), metadata=metadata)) == []

    @pytest.mark.parametrize(("stopped", "expected"), [(41_000, {"restore.crashed_after"}), (7_200_000, set())])
    def test_a_task_that_fails_after_its_restore(self, stopped: int, expected: set[str]) -> None:
        logs = {"1/dump_1.log": DONE, "1/restore_1.log": RESTORED}
        facts = facts_of(checkpoints_of(logs), attempt(1, lost=True), attempt(2, 1, stopped_at=stopped))
        found = findings(facts)
        assert causes(found) == expected
        assert all(f.attempt == 2 for f in found)

    def test_a_task_that_went_on_to_dump_again_did_not_fail_of_its_restore(self) -> None:
        logs = {"1/dump_1.log": DONE, "1/restore_1.log": RESTORED, "2/pre_2.log": DONE.replace("Dump", "Pre-dump")}
        facts = facts_of(checkpoints_of(logs), attempt(1, lost=True), attempt(2, 1, stopped_at=41_000))
        assert findings(facts) == []


@given(
    st.integers(min_value=0, max_value=len(recorded("dump-ok"))),
    st.integers(min_value=0, max_value=len(recorded("restore-ok"))),
    st.sampled_from([None, WHOLE, {"pages-1.img": 4096}, {}]),
)
@settings(max_examples=80, deadline=None)
def test_cut_logs_never_give_a_certain_accusation_without_their_end(
    dump_cut: int, restore_cut: int, files: dict[str, int] | None
) -> None:
    logs = {"1/dump_1.log": recorded("dump-ok")[:dump_cut], "1/restore_1.log": recorded("restore-ok")[:restore_cut]}
    for finding in findings(facts_of(checkpoints_of(logs, files))):
        assert finding.confidence != "certain"
        assert finding.evidence
        assert all(quote.text for quote in finding.evidence)


@given(st.binary(max_size=600), st.binary(max_size=600), st.dictionaries(st.text(max_size=20), st.integers(0, 10**12)))
@settings(max_examples=80, deadline=None)
def test_no_bytes_and_no_listing_make_a_rule_fail(dump: bytes, restore: bytes, files: dict[str, int]) -> None:
    facts = facts_of(checkpoints_of({"1/dump_1.log": dump, "1/restore_1.log": restore}, files), attempt(1, 176))
    for finding in findings(facts):
        assert finding.evidence
