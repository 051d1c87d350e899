"""The host of a dump that did not fit: tasks beside it, a slow way to the bucket, or nothing that is wrong with it."""

from __future__ import annotations

from analyzer.advisor.footprint import Footprint
from analyzer.advisor.host_line import HostLine
from analyzer.advisor.memory import held_figures, host_figures, window_figures
from analyzer.advisor.placeholders import PROCESS, process_of
from analyzer.advisor.reckoning import Reckoning
from analyzer.advisor.window import BITS_PER_BYTE, GIGA, Line, Prediction, predict
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Recommendation
from analyzer.classifier.units import bytes_text, seconds_text

LITTLE_OF_THE_LINE = 0.25
"""A dump that used less of its host's line than this was held up elsewhere."""
NETWORK_DOCS = ("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html",)


def held_up_elsewhere(host: HostLine) -> bool:
    """Whether the dump used little of its host's line, and no tasks beside it explain that: more may change little."""
    return host.share_used is not None and host.shared_by == 1 and host.share_used < LITTLE_OF_THE_LINE


def fewer_tasks_a_host(facts: Facts, reckoning: Reckoning) -> Recommendation | None:
    """As few tasks on the host as their dumps fit, where other dumps beside it are what is too much; at best one."""
    host, held, line = reckoning.host, reckoning.held, reckoning.line
    if host.kind is None or held is None or line is None or reckoning.now is None:
        return None
    # by its own rate others were beside it; or alone it fits, but not with as many as Batch can put there
    seen = host.shared_by > 1
    tasks = host.shared_by if seen else host.together
    if tasks == 1 or reckoning.fits_already or not (seen or reckoning.now.fit(reckoning.window) == "fits"):
        return None
    fewer = next(
        (n for n in range(tasks - 1, 0, -1) if _among(n, reckoning, held, line).fit(reckoning.window) == "fits"), None
    )
    if fewer is None:
        return None
    name, vcpus, prediction = host.kind.name, _vcpus_of(fewer, host.kind.vcpus), _among(fewer, reckoning, held, line)
    why = (
        f"this one used {_percent(host.share_used)} of the line of its {name}, as if {tasks} such tasks dumped at once"
        if seen
        else f"Batch can put {tasks} such tasks on one {name}, and all dump at once"
    )
    most, then = ("one snapshot task", "alone") if fewer == 1 else (f"at most {fewer} such tasks", "together")
    return Recommendation(
        kind="platform",
        summary=f"Put {most} on a host: {why}. With {vcpus} vCPUs each, {then}, a dump is predicted to take "
        f"{seconds_text(prediction.expected)}; a type with more vCPUs than {name} still takes more of them.",
        current={"tasks_per_host": tasks},
        proposed={"tasks_per_host": fewer, "vcpus": vcpus},
        because={
            **held_figures(reckoning),
            **host_figures(reckoning),
            "dump_bytes_per_second": round(line.bytes_per_second.expected),
            "dump_bytes_per_second_from": line.bytes_per_second.source,
            **({"line_share": round(host.share_used, 4)} if host.share_used is not None else {}),
            "predicted_proposed_seconds": round(prediction.expected, 1),
            "assumed": "that the rest of the line went to other tasks' dumps; nothing in the evidence counts them"
            if seen
            else "that the host is full of such tasks; nothing in the evidence counts them",
        },
        snippet_language="groovy",
        snippet="\n".join(
            (
                f"// so many vCPUs that Batch puts {'nothing' if fewer == 1 else f'no more than {fewer} of them'} "
                f"{'beside it ' if fewer == 1 else ''}on one {name}",
                "process {",
                f"    withName: '{process_of(facts) or PROCESS}' {{",
                f"        cpus = {vcpus}",
                "    }",
                "}",
            )
        ),
    )


def _among(tasks: int, reckoning: Reckoning, held: Footprint, line: Line) -> Prediction:
    """How long the dump takes when so many such tasks dump at once on the host that the job had."""
    share = reckoning.host.shared_by / tasks
    return predict(held.transfer, Line(line.bytes_per_second.times(share), line.overhead_seconds))


def _vcpus_of(tasks: int, vcpus: int) -> int:
    """What each has to ask for; a task that is to be alone gets all, so that nothing else is beside it either."""
    return vcpus if tasks == 1 else vcpus // (tasks + 1) + 1


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
