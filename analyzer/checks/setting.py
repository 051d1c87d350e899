"""What the checks read: the evidence, with its environments, instance types and task made out of the documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from analyzer.advisor.instance_catalogue import InstanceCatalogue, from_documents
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placeholders import safe_values
from analyzer.advisor.placement import Shape, registered_mib, registrable_mib, tasks_that_fit
from analyzer.advisor.window import Window
from analyzer.checks.judge import HOSTS_NOTE, hosts_replaced
from analyzer.checks.result import Subject
from analyzer.classifier.units import MIB, bytes_text
from analyzer.evidence.environment import EnvironmentEvidence, joined_gaps
from analyzer.evidence.job import Job, items, mapping, read_job, text, texts, whole
from analyzer.evidence.model import Document, Gap

SPOT_KINDS = ("SPOT", "FARGATE_SPOT")
EC2_KINDS = ("SPOT", "EC2")
FROM_AWS = "EC2 DescribeInstanceTypes, in the environment's region"


@dataclass(frozen=True)
class Task:
    """What one task asks for: a job's, or one that is planned."""

    memory_bytes: int
    vcpus: float
    planned: bool = False

    @property
    def shape(self) -> Shape:
        """As the placement takes it."""
        return Shape(self.vcpus, self.memory_bytes)

    @property
    def words(self) -> str:
        """`60.0 GiB and 16 vCPUs`."""
        return f"{bytes_text(self.memory_bytes)} and {self.vcpus:g} {'vCPU' if self.vcpus == 1 else 'vCPUs'}"


@dataclass(frozen=True)
class Environment:
    """One compute environment."""

    name: str
    document: Document
    types: tuple[InstanceType, ...] = ()
    """Every type that it allows and whose figures are known."""
    unknown_types: tuple[str, ...] = ()
    """Names in its list that stand for no type that is known."""

    @property
    def resources(self) -> Document:
        """`computeResources`."""
        return mapping(self.document.get("computeResources"))

    @property
    def subject(self) -> Subject:
        """As results name it."""
        return Subject("compute environment", self.name)

    @property
    def provisioning(self) -> str:
        """`SPOT`, `EC2`, `FARGATE`, ...; empty where it is not told."""
        return (text(self.resources.get("type")) or "").upper()

    @property
    def on_ec2(self) -> bool:
        """Managed hosts of EC2 under ECS: what Fusion Snapshots need."""
        managed = (text(self.document.get("type")) or "").upper() == "MANAGED"
        return managed and self.provisioning in EC2_KINDS and not self.on_eks

    @property
    def on_eks(self) -> bool:
        """Run by Kubernetes."""
        told = (text(self.document.get("containerOrchestrationType")) or "").upper()
        return told == "EKS" or bool(mapping(self.document.get("eksConfiguration")))

    @property
    def spot(self) -> bool:
        """Runs on Spot capacity."""
        return self.provisioning in SPOT_KINDS

    @property
    def when_updated(self) -> str:
        """What an update that replaces its hosts does to jobs that run, by its own policy."""
        policy = mapping(self.document.get("updatePolicy"))
        ends, minutes = policy.get("terminateJobsOnUpdate"), whole(policy.get("jobExecutionTimeoutMinutes"))
        return hosts_replaced(ends is True, minutes if minutes and minutes > 0 else None)

    @property
    def wanted_types(self) -> tuple[str, ...]:
        """Its list of types, families and bundles, as it was written."""
        return tuple(dict.fromkeys(name for name in texts(self.resources.get("instanceTypes")) if name.strip()))


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything that a check may look at."""

    evidence: EnvironmentEvidence
    environments: tuple[Environment, ...]
    catalogue: InstanceCatalogue
    task: Task | None = None
    """What is reckoned with; None where neither a job nor the caller says."""
    job: Job | None = None
    window: Window = field(default_factory=Window)

    def gap(self, *members: str) -> Gap | None:
        """Why these members of the evidence are missing, with all that they lack; None where none is."""
        found = [self.evidence.missing[name] for name in members if name in self.evidence.missing]
        return joined_gaps(found) if found else None

    def gone(self, member: str) -> tuple[str, ...]:
        """What of this member AWS says is not there (any more)."""
        return tuple(self.evidence.gone.get(member, ()))

    @property
    def usable(self) -> tuple[Environment, ...]:
        """The environments whose hosts are EC2's: only these have types, images and templates."""
        return tuple(one for one in self.environments if one.on_ec2)

    @property
    def target(self) -> Subject:
        """The target itself."""
        kind = self.evidence.kind
        if kind == "queue":
            return Subject(kind, self.queue_name)
        if kind == "job":
            return Subject(kind, (self.job.id if self.job else None) or self.evidence.target)
        return Subject(kind, self.environments[0].name if self.environments else self.evidence.target)

    @property
    def pool(self) -> Subject:
        """All that a task may land on: the queue, or the one environment."""
        return self.target if self.evidence.kind == "compute environment" else Subject("queue", self.queue_name)

    @property
    def queue_name(self) -> str:
        """The queue's name; the target where it is not told."""
        told = text(mapping(self.evidence.job_queue).get("jobQueueName")) or (self.job.queue_name if self.job else None)
        return told or self.evidence.target

    @property
    def region(self) -> str | None:
        """Where the environments are."""
        return self.evidence.region or next(filter(None, map(_region_of, self.environments)), None)

    @cached_property
    def types(self) -> Mapping[str, InstanceType]:
        """Every type that any environment allows, by name."""
        return {kind.name: kind for one in self.usable for kind in one.types}

    @cached_property
    def registered(self) -> Mapping[str, int]:
        """Instance type -> MiB that hosts of it which are up did register."""
        return registered_mib(items(self.evidence.container_instances))

    def room_bytes(self, kind: InstanceType) -> int:
        """What a host of the type can give to tasks."""
        return registrable_mib(kind, self.registered) * MIB

    def tasks_on(self, kind: InstanceType, task: Task) -> int:
        """How many such tasks Batch can put on one host of the type."""
        return tasks_that_fit(kind, task.shape, self.registered)

    def values(self, environment: Environment | None = None) -> Mapping[str, str]:
        """The names that fixes may use, as far as they are known and safe to paste."""
        known = safe_values(
            {
                "YOUR-COMPUTE-ENVIRONMENT": environment.name if environment else None,
                "YOUR-QUEUE": self.queue_name if self.evidence.job_queue else None,
                "YOUR-REGION": self.region,
            }
        )
        return {**known, HOSTS_NOTE: environment.when_updated} if environment else known


def _region_of(environment: Environment) -> str | None:
    match (text(environment.document.get("computeEnvironmentArn")) or "").split(":"):
        case ["arn", _, _, region, *_]:
            return region or None
    return None


def _figures(evidence: EnvironmentEvidence, catalogue: InstanceCatalogue) -> InstanceCatalogue:
    told = from_documents(evidence.instance_types, source=FROM_AWS, date="", region=evidence.region)
    return told if told.types else catalogue


def _environment(document: Document, position: int, told: InstanceCatalogue, rest: InstanceCatalogue) -> Environment:
    arn = text(document.get("computeEnvironmentArn")) or ""
    name = text(document.get("computeEnvironmentName")) or arn.rsplit("/", 1)[-1] or f"number {position}"
    environment = Environment(name, document)
    kinds: dict[str, InstanceType] = {}
    unknown = []
    for wanted in environment.wanted_types:
        found = told.expand([wanted]) or rest.expand([wanted])
        kinds.update({kind.name: kind for kind in found})
        if not found:
            unknown.append(wanted)
    return replace(environment, types=tuple(kinds.values()), unknown_types=tuple(unknown))


def _task_of(job: Job | None) -> Task | None:
    spec = job.main if job else None
    if spec is None or not spec.memory_mib or spec.memory_mib <= 0:
        return None
    return Task(spec.memory_mib * MIB, spec.vcpus if spec.vcpus and spec.vcpus > 0 else 1.0)


def setting_of(
    evidence: EnvironmentEvidence,
    catalogue: InstanceCatalogue,
    planned: Task | None = None,
    window: Window | None = None,
) -> Setting:
    """The setting that the evidence shows. `planned` stands in for the job's own task; figures of AWS's win."""
    job = read_job(evidence.job) if evidence.job else None
    told = _figures(evidence, catalogue)
    documents: Iterable[Document] = (one for one in evidence.compute_environments if isinstance(one, Mapping))
    environments = tuple(_environment(one, n, told, catalogue) for n, one in enumerate(documents, 1))
    return Setting(evidence, environments, told, planned or _task_of(job), job, window or Window())


def max_vcpus(environment: Environment) -> int | None:
    """`maxvCpus`."""
    return whole(environment.resources.get("maxvCpus"))
