"""A setting's present value as the evidence tells it, and what it is read from.

A value that the evidence does not tell is None, with a source that says what was not seen. Values come from outside, so
they are bounded, and nothing in them that looks secret is kept.
"""

from __future__ import annotations

from collections.abc import Callable

from analyzer.advisor.conditions import EVALUATED
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.evidence.job import ContainerSpec, Job, items, mapping, texts
from analyzer.evidence.model import Document, Evidence
from analyzer.frozen import frozen
from analyzer.support.redaction import mask_secrets

LONGEST_VALUE = 200
MOST_VALUES = 40
NO_JOB = "not seen: there is no job's description"
NO_ENVIRONMENTS = "not seen: there is no compute environment's description"
NO_CONFIGURATION = "not seen: the pipeline's configuration is not in the evidence"


@frozen
class Case:
    """What a reader may look at."""

    facts: Facts
    root: Finding
    evidence: Evidence | None = None

    @property
    def job(self) -> Job | None:
        """The job, where it was described."""
        return self.facts.job if EVALUATED["job-known"](self.facts) else None

    @property
    def spec(self) -> ContainerSpec | None:
        """The container that runs the task, as the job describes it."""
        return self.job.main if self.job else None

    @property
    def container(self) -> Document:
        """The same, with all that the service told; empty where it is not there."""
        job = mapping(self.evidence.job) if self.evidence else {}
        tasks = items(mapping(job.get("ecsProperties")).get("taskProperties"))
        listed = [mapping(job.get("container")), *(c for task in tasks for c in items(task.get("containers")))]
        found = [c for c in listed if c]
        nextflow = [c for c in found if any(".command.run" in part for part in texts(c.get("command")))]
        return next(iter(nextflow or found), {})

    @property
    def environments(self) -> tuple[Document, ...]:
        """The compute environments' resources."""
        documents = self.evidence.compute_environments if self.evidence else ()
        return tuple(r for d in documents if (r := mapping(d.get("computeResources"))))


@frozen
class Reading:
    """A setting's present value, and where that stands."""

    value: object
    """Ready for JSON; None: not known."""
    source: str


Reader = Callable[[Case], Reading]


def plain(value: str) -> str:
    """A value from outside as it may be shown."""
    return mask_secrets("".join(c for c in value if c.isprintable())[:LONGEST_VALUE])


def unseen(why: str) -> Reader:
    """The reader of a setting that no diagnosis sees."""
    return lambda _: Reading(None, why)
