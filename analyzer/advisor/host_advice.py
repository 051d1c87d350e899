"""The host of a dump that did not fit: tasks beside it, a slow way to the bucket, or nothing that is wrong with it."""

from __future__ import annotations

from analyzer.advisor.host_line import HostLine
from analyzer.advisor.memory import held_figures, host_figures, window_figures
from analyzer.advisor.placeholders import PROCESS, process_of
from analyzer.advisor.reckoning import Reckoning
from analyzer.advisor.window import BITS_PER_BYTE, GIGA, Line, predict
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Recommendation
from analyzer.classifier.units import bytes_text, seconds_text

LITTLE_OF_THE_LINE = 0.25
"""A dump that used less of its host's line than this was held up elsewhere."""
NETWORK_DOCS = ("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html",)


def held_up_elsewhere(host: HostLine) -> bool:
    """Whether the dump used little of its host's line, and no tasks beside it explain that: more may change little."""
    return host.share_used is not None and host.shared_by == 1 and host.share_used < LITTLE_OF_THE_LINE


def one_task_a_host(facts: Facts, reckoning: Reckoning) -> Recommendation | None:
    """The whole host for the task, where other dumps beside it are what is too much, and that cures it."""
    host, held, line = reckoning.host, reckoning.held, reckoning.line
    if host.kind is None or held is None or line is None or reckoning.now is None:
        return None
    # by its own rate others were beside it; or alone it fits, but not with as many as Batch can put there
    tasks = host.shared_by if host.shared_by > 1 else host.together
    seen = host.shared_by > 1
    if tasks == 1 or reckoning.fits_already or not (seen or reckoning.now.fit(reckoning.window) == "fits"):
        return None
    alone = predict(held.transfer, Line(line.bytes_per_second.times(host.shared_by), line.overhead_seconds))
    if alone.fit(reckoning.window) != "fits":
        return None
    name, vcpus = host.kind.name, host.kind.vcpus
    why = (
        f"this one used {_percent(host.share_used)} of the line of its {name}, as if {tasks} such tasks dumped at once"
        if seen
        else f"Batch can put {tasks} such tasks on one {name}, and all dump at once"
    )
    return Recommendation(
        kind="platform",
        summary=f"Put one snapshot task on a host: {why}. Alone its dump is predicted to take "
        f"{seconds_text(alone.expected)}. On a type with more vCPUs than {name} it would not be alone.",
        current={"tasks_per_host": tasks},
        proposed={"tasks_per_host": 1, "vcpus": vcpus},
        because={
            **held_figures(reckoning),
            **host_figures(reckoning),
            "dump_bytes_per_second": round(line.bytes_per_second.expected),
            "dump_bytes_per_second_from": line.bytes_per_second.source,
            **({"line_share": round(host.share_used, 4)} if host.share_used is not None else {}),
            "predicted_proposed_seconds": round(alone.expected, 1),
            "assumed": "that the rest of the line went to other tasks' dumps; nothing in the evidence counts them"
            if seen
            else "that the host is full of such tasks; nothing in the evidence counts them",
        },
        snippet_language="groovy",
        snippet="\n".join(
            (
                f"// all vCPUs of {name}: Batch puts nothing beside it there",
                "process {",
                f"    withName: '{process_of(facts) or PROCESS}' {{",
                f"        cpus = {vcpus}",
                "    }",
                "}",
            )
        ),
    )


def slow_way_out(reckoning: Reckoning) -> Recommendation | None:
    """Where the dump used little of the line and no sharing explains it: the route to the bucket is the suspect."""
    host = reckoning.host
    if host.share_used is None or host.kind is None or not held_up_elsewhere(host):
        return None
    baseline = host.kind.baseline_gbps or 0
    rate = host.share_used * baseline * GIGA / BITS_PER_BYTE
    return Recommendation(
        kind="network",
        summary=f"The dump used {_percent(host.share_used)} of the {baseline:g} Gbps that its {host.kind.name} has, so "
        "an instance with more bandwidth may change little: look at the route to the bucket first. An S3 gateway "
        "endpoint (free) keeps the traffic off NAT and internet gateways; `fsnap-diagnose check QUEUE` tells whether "
        "there is one.",
        current={"s3_gateway_endpoint": None, "line_share": round(host.share_used, 4)},
        proposed={"s3_gateway_endpoint": True},
        because={
            "dump_bytes_per_second": round(rate),
            **({"dump_bytes_per_second_from": reckoning.rate.measured_in} if reckoning.rate else {}),
            **host_figures(reckoning),
            "s3_gateway_endpoint_from": "not looked at: a diagnosis reads no routes",
        },
        docs=NETWORK_DOCS,
    )


def fits_by_the_model(reckoning: Reckoning) -> Recommendation | None:
    """Where the dump should have fitted as it is: neither size nor bandwidth explains it."""
    now, held, line = reckoning.now, reckoning.held, reckoning.line
    if now is None or held is None or line is None or held_up_elsewhere(reckoning.host) or not reckoning.fits_already:
        return None
    kind = reckoning.host.kind
    where = f" on {kind.name} ({kind.baseline_gbps or 0:g} Gbps)" if kind else ""
    return Recommendation(
        kind="network",
        summary=f"By the figures neither less memory nor more bandwidth is the cure: a dump of "
        f"{bytes_text(held.bytes)}{where} is predicted to take {seconds_text(now.expected)}. Look at what may have "
        "held it up: the route to the bucket (`fsnap-diagnose check QUEUE` tells whether there is an S3 gateway "
        "endpoint), other tasks' dumps on the same host, or a notice that came late.",
        current={"s3_gateway_endpoint": None},
        proposed={"s3_gateway_endpoint": True},
        because={
            **held_figures(reckoning),
            "dump_bytes_per_second": round(line.bytes_per_second.expected),
            "dump_bytes_per_second_from": line.bytes_per_second.source,
            **host_figures(reckoning),
            **window_figures(reckoning),
            "predicted_now_seconds": round(now.expected, 1),
            "s3_gateway_endpoint_from": "not looked at: a diagnosis reads no routes",
        },
        docs=NETWORK_DOCS,
    )


def _percent(share: float | None) -> str:
    return f"{(share or 0) * 100:.0f} %"
