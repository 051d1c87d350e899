"""Checks of the way to S3: the work bucket's region, and gateway endpoints on the routes of every subnet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placeholders import safe_values
from analyzer.checks.dumps import FITS, dump_of, dump_through, seconds_of
from analyzer.checks.judge import judged, unseen
from analyzer.checks.result import CheckResult, Status, Subject
from analyzer.checks.setting import Environment, Setting
from analyzer.classifier.units import bytes_text
from analyzer.evidence.job import items, mapping, text, texts
from analyzer.evidence.model import Document

ANYWHERE = "0.0.0.0/0"
HALF_FROM_VCPUS = 32
INTERNET_GATEWAY_GBPS = 5.0
"""What passes an internet gateway: 5 Gbps below 32 vCPUs, half of the line from there on (EC2 user guide)."""


@dataclass(frozen=True)
class Way:
    """How one subnet's hosts get to S3."""

    subnet: str
    kind: str
    """`gateway endpoint`, `interface endpoint`, `internet gateway`, `NAT`, `another way`, `none` or `unknown`."""
    vpc: str | None = None
    route_table: str | None = None


def check_network(setting: Setting) -> Iterator[CheckResult]:
    """Of every work bucket that is known, and of every environment on EC2."""
    yield from _buckets(setting)
    for environment in setting.usable:
        yield endpoint(environment, setting)


def _buckets(setting: Setting) -> Iterator[CheckResult]:
    """FS841."""
    for bucket in setting.gone("bucket_regions"):
        detail = "S3 answers that there is no such bucket: no task can read its input or write its dump."
        subject = Subject("work bucket", bucket)
        yield judged("FS841", subject, "fail", "does not exist", detail, fix="gone", values=setting.values())
    for bucket, told in mapping(setting.evidence.bucket_regions).items():
        subject, region, own = Subject("work bucket", str(bucket)), text(told), setting.region
        if region is None or own is None:
            yield unseen("FS841", subject, setting.gap("bucket_regions"), "its region, or the hosts', is not known")
        elif region == own:
            yield judged("FS841", subject, "pass", region)
        else:
            detail = f"The hosts are in {own}: every dump leaves the region, slower, and paid for by the GB."
            yield judged("FS841", subject, "fail", region, detail, values=setting.values())
    if not setting.evidence.bucket_regions and not setting.gone("bucket_regions"):
        why = "no work bucket is known: name it with --workdir s3://..., or check a job"
        yield unseen("FS841", setting.target, setting.gap("bucket_regions"), why)


def _table_of(subnet: str, vpc: str | None, tables: list[Document]) -> Document | None:
    main: Document | None = None
    for table in tables:
        for association in items(table.get("Associations")):
            if association.get("SubnetId") == subnet:
                return table
            if association.get("Main") is True and vpc and table.get("VpcId") == vpc:
                main = table
    return main


def _s3_endpoints(setting: Setting) -> list[Document]:
    return [
        one
        for one in items(setting.evidence.vpc_endpoints)
        if (text(one.get("ServiceName")) or "").endswith(".s3")
        and (text(one.get("State")) or "available").lower() in ("available", "partial")
    ]


def _is_gateway(endpoint: Document) -> bool:
    return (text(endpoint.get("VpcEndpointType")) or "Gateway") == "Gateway"


def _default_route(table: Document) -> str:
    for route in items(table.get("Routes")):
        if route.get("DestinationCidrBlock") == ANYWHERE and route.get("State") != "blackhole":
            if (text(route.get("GatewayId")) or "").startswith("igw-"):
                return "internet gateway"
            return "NAT" if text(route.get("NatGatewayId")) or text(route.get("InstanceId")) else "another way"
    return "none"


def _way(subnet: str, setting: Setting) -> Way:
    document = next((one for one in items(setting.evidence.subnets) if one.get("SubnetId") == subnet), None)
    vpc = text(mapping(document).get("VpcId"))
    table = _table_of(subnet, vpc, items(setting.evidence.route_tables))
    if table is None:
        return Way(subnet, "unknown", vpc)
    table_id = text(table.get("RouteTableId"))
    vpc = vpc or text(table.get("VpcId"))
    endpoints = _s3_endpoints(setting)
    if any(_is_gateway(one) and table_id in texts(one.get("RouteTableIds")) for one in endpoints):
        return Way(subnet, "gateway endpoint", vpc, table_id)
    if any(not _is_gateway(one) and vpc and one.get("VpcId") == vpc for one in endpoints):
        return Way(subnet, "interface endpoint", vpc, table_id)
    return Way(subnet, _default_route(table), vpc, table_id)


def endpoint(environment: Environment, setting: Setting) -> CheckResult:
    """FS842."""
    gap = setting.gap("route_tables", "vpc_endpoints", "subnets")
    subnets = tuple(dict.fromkeys(texts(environment.resources.get("subnets"))))
    if gap or not subnets:
        return unseen("FS842", environment.subject, gap, "the environment names no subnets")
    ways = [_way(subnet, setting) for subnet in subnets]
    lacking = [way for way in ways if way.kind not in ("gateway endpoint", "unknown")]
    if not lacking:
        unknown = [way.subnet for way in ways if way.kind == "unknown"]
        if unknown:
            return unseen("FS842", environment.subject, None, f"no route table is known of {_some(unknown)}")
        return judged("FS842", environment.subject, "pass", f"on the routes of all {len(ways)} subnets")
    status: Status = "fail" if any(way.kind == "none" for way in lacking) else "warn"
    kinds = list(dict.fromkeys(way.kind for way in lacking))
    found = f"{len(lacking)} of {len(ways)} subnets go to S3 through: {', '.join(kinds)}"
    detail = " ".join(
        [*(_cost(kind, environment, setting) for kind in kinds), f"({_some([w.subnet for w in lacking])})"]
    )
    return judged("FS842", environment.subject, status, found, detail, values=_values(lacking, environment, setting))


def _some(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _values(lacking: list[Way], environment: Environment, setting: Setting) -> Mapping[str, str]:
    vpcs = {way.vpc for way in lacking if way.vpc}
    tables = dict.fromkeys(way.route_table for way in lacking if way.route_table)
    own = {"YOUR-VPC": vpcs.pop() if len(vpcs) == 1 else None, "YOUR-ROUTE-TABLES": " ".join(tables) or None}
    return {**setting.values(environment), **safe_values(own)}


def _cost(kind: str, environment: Environment, setting: Setting) -> str:
    if kind == "none":
        return "No way out is to be seen: hosts cannot reach S3 at all."
    if kind == "interface endpoint":
        return "An interface endpoint starts at 10 Gbps for each zone, shared by all hosts, and is paid for by the GB."
    if kind == "NAT":
        return "All hosts share the NAT gateway's line, and every GB of every dump is paid for."
    if kind == "another way":
        return "What that way lets pass is not known here."
    return _internet_gateway(environment, setting)


def _internet_gateway(environment: Environment, setting: Setting) -> str:
    rule = (
        "An internet gateway lets 5 Gbps pass of a host with fewer than 32 vCPUs, and of a larger one half of its line "
        "or 5 Gbps, whichever is more."
    )
    known = [kind for kind in environment.types if kind.baseline_gbps]
    largest = max(known, key=lambda kind: kind.baseline_gbps or 0, default=None)
    if largest is None:
        return rule
    passed = through_internet_gateway(largest)
    held = setting.task.memory_bytes if setting.task else setting.room_bytes(largest)
    prediction = dump_of(largest, held)
    if passed is None or largest.baseline_gbps is None or prediction is None or passed >= largest.baseline_gbps:
        return rule
    slower = dump_through(passed, held)
    state = FITS[slower.fit(setting.window)]
    verdict = {"pass": "still inside the window", "warn": "hardly inside the window"}.get(state, "outside the window")
    return (
        f"{rule} On {largest.name} that is {passed:g} of {largest.baseline_gbps:g} Gbps: a dump of {bytes_text(held)} "
        f"takes {seconds_of(slower)} instead of {seconds_of(prediction)}, {verdict}."
    )


def through_internet_gateway(kind: InstanceType) -> float | None:
    """Gbps of the type's baseline that an internet gateway lets pass; None where AWS gives no baseline."""
    if kind.baseline_gbps is None:
        return None
    half = kind.baseline_gbps / 2 if kind.vcpus >= HALF_FROM_VCPUS else 0.0
    return min(kind.baseline_gbps, max(half, INTERNET_GATEWAY_GBPS))
