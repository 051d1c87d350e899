"""The good environment of tests/loopback/environments.py, served, and how the tests here look at what is fetched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.fetchers.environment import fetch_environment
from analyzer.fetchers.gather import Progress
from analyzer.fetchers.options import FetchOptions
from tests.loopback import environments as good

if TYPE_CHECKING:
    from tests.loopback.faults import Fault
    from tests.loopback.server import Loopback
    from tests.loopback.world import World

MEMBERS = (
    "job_queue",
    "compute_environments",
    "instance_types",
    "launch_templates",
    "images",
    "recommended_images",
    "container_instances",
    "subnets",
    "route_tables",
    "vpc_endpoints",
    "bucket_regions",
)
"""All that is fetched for a job."""


@dataclass(frozen=True)
class Served:
    """A loopback with the good environment in it."""

    loopback: Loopback
    world: World
    made: good.Made

    @property
    def resources(self) -> dict[str, Any]:
        """`computeResources` of the environment, to be changed."""
        found: dict[str, Any] = self.world.environments[good.ENVIRONMENT_ARN]["computeResources"]
        return found

    def fetch(
        self,
        target: str = good.JOB_ID,
        *,
        seconds: float = 60,
        workdirs: Iterable[str] = (),
        region: str | None = None,
        progress: Progress = lambda _: None,
    ) -> EnvironmentEvidence:
        """Fetch it; `calls` of the loopback are of this fetch alone."""
        self.loopback.calls.clear()
        options = FetchOptions(region=region, timeout_seconds=seconds)
        return fetch_environment(target, options, workdirs=tuple(workdirs), progress=progress)

    def fail(self, *faults: Fault) -> None:
        """From now on."""
        from tests.loopback.faults import FaultPlan

        self.loopback.faults = FaultPlan(faults)


def serve(loopback: Loopback) -> Served:
    world = loopback.serve()
    return Served(loopback, world, good.make(loopback, world))


def filled(evidence: EnvironmentEvidence) -> set[str]:
    """Members that hold something."""
    return {member for member in MEMBERS if getattr(evidence, member)}


def type_names(evidence: EnvironmentEvidence) -> set[str]:
    return {one["InstanceType"] for one in evidence.instance_types}
