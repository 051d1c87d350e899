"""What is done about one event: a job's evidence is kept and diagnosed, an instance is looked up before it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzer.diagnosis import Diagnosis
from analyzer.events.invocation import Record
from analyzer.events.journal import Journal
from analyzer.events.parse import Ignored, JobChanged, QueueBlocked, SpotWarning, parse
from analyzer.events.settings import Settings
from analyzer.evidence.job import items, text
from analyzer.evidence.model import Document
from analyzer.examine import Failure
from analyzer.fetchers.errors import gap_for, may_pass
from analyzer.fetchers.instances import describe_instances
from analyzer.fleet.happening import happening_of
from analyzer.keep import Keeper, Kept, LaterError, gap_worth_waiting, went_well_at_once
from analyzer.reporters.json_report import dumps, masked_document
from analyzer.reporters.watch_lines import what
from analyzer.store.capture_layout import ENDING, capture_name
from analyzer.support.redaction import mask_environment

FETCHING = 0.7
"""Of a record's time: the rest is for diagnosing and saving."""
_BATCH_TAGS = ("AWSBatchServiceTag", "aws:batch:")
_GROUP_TAG, _BATCH_GROUP = "aws:autoscaling:groupName", "AWSBatch-"


@dataclass(frozen=True)
class Done:
    """What came of a record."""

    outcome: str
    """`kept`, `known` (it was kept before), `ignored`, `malformed`."""
    diagnosis: Diagnosis | None = None
    """To tell of: of a job that failed, or that cannot be placed."""


class Work:
    """One event after the other, of one invocation."""

    def __init__(self, keeper: Keeper, settings: Settings, journal: Journal) -> None:
        self._keeper, self._settings, self._journal = keeper, settings, journal

    def do(self, record: Record, seconds: float) -> Done:
        """Do what an event asks for; at most about so many seconds are spent on fetching.

        Raises:
            LaterError, FetchError, CaptureError: it could not be done now.
        """
        parsed = parse(record.payload)
        if isinstance(parsed, Ignored):
            if not parsed.malformed:
                return Done("ignored")
            self._journal.say(
                "warning", f"an event was passed over: {parsed.reason}", message=_shown_id(record.message_id)
            )
            return Done("malformed")
        fetcher = self._keeper.fetcher
        fetcher.options = replace(fetcher.options, timeout_seconds=max(1.0, seconds * FETCHING))
        is_last = record.receives >= self._settings.receives
        if isinstance(parsed, SpotWarning):
            return self._warned(parsed, is_last)
        return self._changed(parsed, is_last)

    def _changed(self, event: JobChanged | QueueBlocked, is_last: bool) -> Done:
        if not self._settings.wants(event.job):
            return Done("ignored")
        kept = self._keeper.prepare(event.job, event.region)
        if kept is None:
            # nothing to keep yet, as of a job that waits for the first time, or it was kept before
            return Done("known")
        if not is_last and (missing := gap_worth_waiting(kept.evidence)):
            raise LaterError(f"{missing.what}: {missing.why}")
        if not went_well_at_once(event.job) and isinstance(kept.diagnosis, Diagnosis):
            self._save_diagnosis(kept, kept.diagnosis)
        if self._keeper.commit(kept) is None:
            return Done("known")
        self._tell(kept)
        return Done("kept", _to_tell_of(kept))

    def _save_diagnosis(self, kept: Kept, diagnosis: Diagnosis) -> None:
        """Beside the capture, masked as that is, and before it: whoever finds the one finds the other."""
        name = capture_name(kept.job_id, kept.moment.name).removesuffix(ENDING) + ".json"
        shown = dumps(masked_document(diagnosis, verbose=False), indent=1)
        self._keeper.saved.place.write(name, f"{shown}\n".encode("utf-8", "replace"))

    def _tell(self, kept: Kept) -> None:
        about: dict[str, str | int | None] = {"job": kept.job_id, "moment": kept.moment.name}
        if isinstance(kept.diagnosis, Failure):
            self._journal.say("error", kept.diagnosis.message, **about)
            return
        at = self._keeper.fetcher.options.captured_at()
        happening = happening_of(kept.evidence.job or {}, kept.moment, kept.diagnosis, at)
        verdict = kept.diagnosis.verdict
        self._journal.say(
            "info",
            what(happening),
            **about,
            queue=_text_of(kept.diagnosis.job.get("queue")),
            cause=verdict.cause,
            rule=verdict.rule,
            confidence=verdict.confidence,
            gaps=len(kept.evidence.gaps) or None,
        )

    def _warned(self, warning: SpotWarning, is_last: bool) -> Done:
        saved = self._keeper.saved
        before = saved.host(warning.instance_id)
        if before is not None and before.interruption is not None:
            return Done("known")
        instances = self._instances(warning, is_last)
        if instances and not is_of_batch(instances[0]):
            return Done("ignored")
        # of one that is gone already the warning alone still proves the reclaim
        instance = instances[0] if instances else None
        at = self._keeper.fetcher.options.captured_at()
        saved.save_host(warning.instance_id, instance, warning.event, at, mask_environment)
        self._journal.say(
            "info",
            "a Spot instance is being taken back",
            instance=warning.instance_id,
            type=_text_of((instance or {}).get("InstanceType")),
        )
        return Done("kept")

    def _instances(self, warning: SpotWarning, is_last: bool) -> Sequence[Document]:
        try:
            client = self._keeper.fetcher.clients.get("ec2", warning.region)
            return describe_instances(client, [warning.instance_id])
        except Exception as error:
            gap = gap_for("the instance", error, "DescribeInstances")
            if may_pass(gap) and not is_last:
                raise LaterError(f"{gap.what}: {gap.why}") from error
            self._journal.say(
                "warning", f"the instance could not be described: {gap.why}", instance=warning.instance_id
            )
            return ()


def is_of_batch(instance: Document) -> bool:
    """Batch launched it: by its own tags, or by the group that launches for a compute environment."""
    for tag in items(instance.get("Tags")):
        key, value = text(tag.get("Key")) or "", text(tag.get("Value")) or ""
        if key.startswith(_BATCH_TAGS) or (key == _GROUP_TAG and value.startswith(_BATCH_GROUP)):
            return True
    return False


def _to_tell_of(kept: Kept) -> Diagnosis | None:
    """What somebody wants to be told of: not of a job that Batch tries again by itself, nor of one that went well."""
    if isinstance(kept.diagnosis, Failure) or kept.diagnosis.healthy:
        return None
    return kept.diagnosis if kept.moment.final or kept.moment.name.startswith("blocked-") else None


def _text_of(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _shown_id(message_id: str | None) -> str | None:
    return message_id[:80] if message_id else None
