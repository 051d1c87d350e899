"""The way from the hosts to their objects: subnets, route tables, endpoints, and where the work bucket is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.job import items, mapping, read_job, text, texts
from analyzer.evidence.location import parse_uri, work_directory
from analyzer.evidence.model import Document, Gap
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.environment_calls import absent, each, filtered, is_gone
from analyzer.fetchers.environment_flow import Answer, Step
from analyzer.fetchers.environment_names import resources
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.permissions import check_lacks
from analyzer.fetchers.recognise import shown

MAX_BUCKETS = 20
_REGION_HEADER = "x-amz-bucket-region"


def bucket_of(uri: str) -> str:
    """The bucket of a work directory, which may be the bucket itself.

    Raises:
        FetchError: it is no place in S3.
    """
    place = parse_uri(f"{uri.strip().rstrip('/')}/work")
    if place is None:
        raise FetchError(f"{shown(uri)} is not a work directory in S3: those look like s3://BUCKET/WORK.")
    return place.bucket


def subnet_ids(evidence: EnvironmentEvidence) -> tuple[str, ...]:
    """The subnets that the compute environments start hosts in."""
    return tuple(dict.fromkeys(name for one in resources(evidence) for name in texts(one.get("subnets"))))


def _vpcs(documents: Iterable[Document]) -> set[str]:
    return {vpc for one in documents if (vpc := text(one.get("VpcId")))}


def _main_table(unseen: Gap) -> Gap:
    """The main table of a VPC that is not known, as its subnets are not."""
    return Gap("the main route table", unseen.why, check_lacks("DescribeRouteTables"), unseen.permission)


def _associated(tables: Iterable[Document]) -> set[str]:
    """Subnets that a route table is told to serve."""
    return {
        subnet
        for table in tables
        for association in items(table.get("Associations"))
        if (subnet := text(association.get("SubnetId")))
    }


@dataclass(frozen=True)
class NetworkSteps:
    """Steps that fill the members about the network."""

    clients: Clients
    region: str | None
    buckets: tuple[str, ...] = ()
    """Work buckets that were named beside the target."""

    def steps(self) -> tuple[Step, ...]:
        """All of them."""
        environments = ("compute_environments",)
        tables, subnets = ("route_tables",), ("subnets",)
        return (
            Step("subnets", "the subnets", "DescribeSubnets", self._subnets, environments),
            Step("route_tables", "the route tables", "DescribeRouteTables", self._route_tables, environments, subnets),
            Step(
                "vpc_endpoints",
                "the endpoints of the network",
                "DescribeVpcEndpoints",
                self._endpoints,
                environments,
                (*subnets, *tables),
            ),
            Step("bucket_regions", "the region of the work bucket", "HeadBucket", self._bucket_regions),
        )

    def _ec2(self) -> Any:
        return self.clients.get("ec2", self.region)

    def _subnets(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        wanted = subnet_ids(evidence)
        if not wanted:
            return Answer(())
        found = filtered(self._ec2(), "describe_subnets", "Subnets", deadline, {"subnet-id": wanted})
        return Answer(found, absent(wanted, (s.get("SubnetId") for s in found), "DescribeSubnets"))

    def _route_tables(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        wanted = subnet_ids(evidence)
        if not wanted:
            return Answer(())

        def ask(**filters: Iterable[str]) -> tuple[Document, ...]:
            return filtered(self._ec2(), "describe_route_tables", "RouteTables", deadline, filters)

        explicit = ask(**{"association.subnet-id": wanted})
        # a subnet that no table is told to serve goes by its VPC's main table
        left = set(wanted) - _associated(explicit)
        known = [s for s in evidence.subnets if s.get("SubnetId") in left]
        main = ask(**{"vpc-id": _vpcs(known), "association.main": ("true",)}) if known else ()
        unique = {text(table.get("RouteTableId")): table for table in (*explicit, *main)}
        unseen = evidence.missing.get("subnets") if left and not evidence.subnets else None
        gaps = (_main_table(unseen),) if unseen else ()
        return Answer(tuple(unique.values()), gaps)

    def _endpoints(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        vpcs = _vpcs((*evidence.subnets, *evidence.route_tables))
        if not vpcs:
            return Answer(())
        return Answer(filtered(self._ec2(), "describe_vpc_endpoints", "VpcEndpoints", deadline, {"vpc-id": vpcs}))

    def _bucket_regions(self, evidence: EnvironmentEvidence, deadline: Deadline) -> Answer:
        place = work_directory(read_job(evidence.job)) if evidence.job else None
        buckets = dict.fromkeys((*((place.bucket,) if place else ()), *self.buckets))
        gone: list[str] = []
        found, gaps = each(
            list(buckets)[:MAX_BUCKETS],
            lambda bucket: f"the region of the bucket {bucket}",
            "HeadBucket",
            deadline,
            lambda bucket: (bucket, self._bucket_region(bucket)),
            gone.append,
        )
        return Answer(dict(found), gaps, tuple(gone))

    def _bucket_region(self, bucket: str) -> str:
        client = self.clients.get("s3", self.region)
        try:
            answer = client.head_bucket(Bucket=bucket)
        except Exception as error:
            # S3 tells the region also to those whom it refuses the bucket, and where it sends them elsewhere
            region = _told_region(getattr(error, "response", None))
            if region is None or is_gone(error):
                raise
            return region
        region = text(answer.get("BucketRegion")) or _told_region(answer)
        if region is None:
            raise TypeError("no region is told")
        return region


def _told_region(answer: object) -> str | None:
    headers = mapping(mapping(mapping(answer).get("ResponseMetadata")).get("HTTPHeaders"))
    return text(headers.get(_REGION_HEADER))
