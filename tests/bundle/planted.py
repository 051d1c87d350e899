"""A capture in which secrets and identities stand in every position that evidence has."""

from __future__ import annotations

import base64
import gzip
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.bundle.planted_identities import Identities, identities_of
from tests.bundle.planted_secrets import ALPHANUMERIC, BASE64, Maker, Written, secrets_of_every_kind

SCENARIO = Path(__file__).parents[2] / "fixtures/scenarios/window-exceeded/capture"
WHOLE_LINES = frozenset({"pgpass", "netrc", "private key"})
"""Kinds that are told only where nothing stands before them in their line."""
BARE_SECRETS = 24
"""Values of the job's environment that stand without a name in all other places."""
TEXT_FILES = (".command.log", ".command.err", ".command.out", ".command.run", ".command.sh", ".fusion/dump/6/pre_6.log")
STAMP = "(00.000123) Error (criu/files-reg.c:1831): Can't open "


@dataclass(frozen=True)
class Planted:
    """Something that must not be delivered."""

    kind: str
    value: str
    position: str
    secret: bool
    """An identity may stand in the map beside the bundle; a secret not even there."""


ENCODINGS: dict[str, Callable[[str], str]] = {
    "url-encoded": lambda line: f"GET /x?q={quote(line, safe='')} 200",
    "url-encoded twice": lambda line: f"GET /x?q={quote(quote(line, safe=''), safe='')} 200",
    "json-escaped": lambda line: f"sent {json.dumps(json.dumps({'text': line}))} off",
    "base64": lambda line: f"echo {base64.b64encode(line.encode()).decode()} | base64 -d",
    "base64, url-safe": lambda line: f"state={base64.urlsafe_b64encode(line.encode()).decode()}",
    "gzip in base64": lambda line: f"user data {base64.b64encode(gzip.compress(line.encode(), mtime=0)).decode()}",
    "coloured": lambda line: f"\x1b[31m{line}\x1b[0m",
    "windows line ends": lambda line: line.replace("\n", "\r\n") + "\r",
}


@dataclass
class _Planting:
    folder: Path
    seed: int
    found: list[Planted] = field(default_factory=list)
    round: int = 0

    def written(self, position: str, skip: frozenset[str] = frozenset()) -> Iterator[str]:
        """A line with each kind of secret, new ones for every position."""
        self.round += 1
        for one in secrets_of_every_kind(self.seed * 1000 + self.round):
            if one.kind not in skip:
                self.found.append(Planted(one.kind, one.secret, position, secret=True))
                yield one.line

    def known(self, position: str, values: Iterator[tuple[str, str, bool]]) -> Iterator[str]:
        """Values that are known from elsewhere."""
        for kind, value, secret in values:
            self.found.append(Planted(kind, value, position, secret))
            yield value

    def load(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def save(self, name: str, document: Any) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(json.dumps(document))

    def events(self, name: str, lines: list[str]) -> None:
        path = self.folder / name
        text = "".join(json.dumps({"timestamp": 1794898800000 + n, "message": m}) + "\n" for n, m in enumerate(lines))
        with path.open("a") as stream:
            stream.write(text)


def _renamed(folder: Path, who: Identities) -> None:
    """The scenario's own identities become those that are looked for."""
    names = {
        "111122223333": who.account,
        "example-nf-work/work": f"{who.bucket}/{who.prefix}/work",
        "example-nf-work": who.bucket,
        "eba59299-dce3-5553-a31a-096589b3d8ac": who.job,
        "3yF0cTq8Zb1KpL": who.run,
        "NFCORE_RNASEQRNASEQALIGN_STARSTAR_ALIGN_WT_REP1": who.job_name,
        "WT_REP1": who.sample,
        "5kQ2vXb7RzNtW1pLcYdH": who.forge,
        "i-0e3a46aa239e3e147": who.instance,
        "subnet-0aa11bb22cc33dd44": who.subnet,
        "sg-0aa11bb22cc33dd44": who.security_group,
        "8ce6cebee38623e5f4ecafdcfb072079": who.task,
        f"TowerForge-{who.forge}-JobRole": who.role,
    }
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_text(errors="surrogateescape")
            for old, new in names.items():
                text = text.replace(old, new)
            path.write_text(text, errors="surrogateescape")


def _documents(planting: _Planting, who: Identities, bare: list[Written]) -> None:
    job = planting.load("job.json")
    spec = job["container"]
    spec["environment"] += [{"name": f"SERVICE_{n}_PASSWORD", "value": one.secret} for n, one in enumerate(bare)]
    lines = enumerate(planting.written("job.json environment"))
    spec["environment"] += [{"name": f"SETTING_{n}", "value": line} for n, line in lines]
    spec["command"] += ["bash", "-c", *planting.written("job.json command")]
    spec["environment"] += [
        {"name": "USER", "value": who.user},
        {"name": "KMS", "value": f"arn:aws:kms:eu-west-1:{who.account}:key/{who.key}"},
    ]
    job["tags"] = {f"note {n}": line for n, line in enumerate(planting.written("job.json tags"))}
    job["tags"] |= {"owner": who.user, "contact": who.email, "sample": who.sample}
    job["parameters"] |= {f"p{n}": line for n, line in enumerate(planting.written("job.json parameters"))}
    job["attempts"][0]["container"]["networkInterfaces"] = [
        {"attachmentId": who.interface, "privateIpv4Address": who.address, "ipv6Address": who.address6}
    ]
    job["attempts"][0]["container"]["reason"] = f"OCI: {bare[0].secret} for {who.email}"
    job["names"] = dict.fromkeys(planting.written("job.json member names"), 1)
    planting.save("job.json", job)
    planting.save("array_parent.json", {**planting.load("job.json"), "jobName": "array_" + bare[1].secret})
    instances = planting.load("instances.json")
    instances[0] |= {
        "PrivateDnsName": who.host,
        "VpcId": who.vpc,
        "SubnetId": who.subnet,
        "PrivateIpAddress": who.address,
    }
    instances[0]["NetworkInterfaces"] = [
        {"NetworkInterfaceId": who.interface, "Ipv6Addresses": [{"Ipv6Address": who.address6}]}
    ]
    instances[0]["Tags"] = [
        {"Key": f"k{n}", "Value": line} for n, line in enumerate(planting.written("instances.json tags"))
    ]
    planting.save("instances.json", instances)
    for name in ("job_queue.json", "compute_environments.json", "container_instances.json"):
        document = planting.load(name)
        first = document[0] if isinstance(document, list) else document
        first["tags"] = {f"t{n}": line for n, line in enumerate(planting.written(name))}
        first["statusReason"] = f"CLIENT_ERROR - {who.arn} with {bare[2].secret}"
        planting.save(name, document)
    trail = planting.load("cloudtrail.json")
    for event in trail:
        event["userIdentity"] |= {"userName": who.user, "arn": f"arn:aws:iam::{who.account}:user/{who.user}"}
        event["sourceIPAddress"] = who.address
    data = base64.b64encode("\n".join(planting.written("cloudtrail.json user data")).encode()).decode()
    packed = gzip.compress("\n".join(planting.written("cloudtrail.json packed user data")).encode(), mtime=0)
    trail[0]["requestParameters"] = {
        "userData": data,
        "packed": base64.b64encode(packed).decode(),
        "items": list(planting.written("cloudtrail.json")),
    }
    planting.save("cloudtrail.json", trail)


def _logs(planting: _Planting, who: Identities, bare: list[Written]) -> None:
    planting.events("logs/1.jsonl", list(planting.written("logs/1.jsonl")))
    planting.events(
        "logs/2.jsonl",
        [part for line in planting.written("logs/2.jsonl, an event a line") for part in line.split("\n")],
    )
    for name, encoded in ENCODINGS.items():
        skip = frozenset() if name.startswith(("base64", "gzip", "windows")) else WHOLE_LINES
        planting.events("logs/3.jsonl", [encoded(line) for line in planting.written(f"logs/3.jsonl, {name}", skip)])
        found = [(f"identity {kind}", value, line) for kind, value, line in who.lines()]
        planting.events("logs/3.jsonl", [encoded(line) for _, _, line in found])
        planting.found += [Planted(kind, value, f"logs/3.jsonl, {name}", secret=False) for kind, value, _ in found]
        planting.events("logs/3.jsonl", [encoded(f"as {one.secret} here") for one in bare])
        planting.found += [Planted("known", one.secret, f"logs/3.jsonl, {name}", secret=True) for one in bare]


def _split(planting: _Planting, who: Identities, bare: list[Written]) -> None:
    """Over two events, and over a line's end in a file."""
    make = Maker(random.Random(planting.seed + 77))  # noqa: S311 - made up
    for place in ("logs/1.jsonl, split over events", "workdir/.command.log, split over lines"):
        planting.round += 1
        shapes = [one for one in secrets_of_every_kind(planting.seed * 1000 + planting.round) if one.bare]
        values = [("known", one.secret, True) for one in bare] + [(one.kind, one.secret, True) for one in shapes]
        values += [(f"identity {kind}", value, False) for kind, value in who.each()]
        halves: list[str] = []
        for kind, value, secret in values:
            cut = make.random.randrange(len(value) // 3, len(value) * 2 // 3 + 1)
            halves += [f"wrote {value[:cut]}", f"{value[cut:]} to it"]
            planting.found.append(Planted(kind, value, place, secret))
            if secret and len(value) >= 2 * 12:
                planting.found += [Planted(kind, part, f"{place}, half", secret) for part in (value[:cut], value[cut:])]
        if place.startswith("logs"):
            planting.events("logs/1.jsonl", halves)
        else:
            with (planting.folder / "workdir/.command.log").open("a") as stream:
                stream.write("\n".join(halves) + "\n")


def _files(planting: _Planting, who: Identities, bare: list[Written]) -> None:
    for name in TEXT_FILES:
        position = f"workdir/{name}"
        stamp = STAMP if name.endswith("6.log") else ""
        with (planting.folder / position).open("a") as stream:
            stream.writelines(
                f"{stamp}{line}\n" for line in planting.written(position, WHOLE_LINES if stamp else frozenset())
            )
            for kind, value, line in who.lines():
                planting.found.append(Planted(f"identity {kind}", value, position, secret=False))
                stream.write(f"{stamp}{line}\n")
            for one in bare:
                planting.found.append(Planted("known", one.secret, position, secret=True))
                stream.write(f"{stamp}login of {one.secret} refused\n")
    entries = [
        {"level": "error", "time": n, "error": line, "path": f"/{who.bucket}/{who.prefix}/x"}
        for n, line in enumerate(planting.written("workdir/.fusion.log"))
    ]
    (planting.folder / "workdir/.fusion.log").write_text("".join(json.dumps(e) + "\n" for e in entries))
    dumps = {
        "dumps": [
            {"type": "FULL", "state": "DUMPED", "command": line, "host": who.host}
            for line in planting.written("workdir/.fusion/dump/dump_metadata")
        ]
    }
    planting.save("workdir/.fusion/dump/dump_metadata", dumps)


def _names(planting: _Planting, who: Identities, bare: list[Written]) -> None:
    make = Maker(random.Random(planting.seed + 55))  # noqa: S311 - made up
    told = [
        one.secret
        for one in secrets_of_every_kind(planting.seed + 55)
        if one.bare and "/" not in one.secret and len(one.secret) < 120
    ]
    names = [f"out/{secret}/x.txt" for secret in told] + [f"{one.secret}.log" for one in bare]
    names += [
        f"{value.replace('/', '_').replace(':', '_')}/reads.bam"
        for kind, value in who.each()
        if kind not in ("arn", "address6")
    ]
    names += [f"password={make.text(ALPHANUMERIC, 16)}"]
    with (planting.folder / "workdir.listing.jsonl").open("a") as stream:
        for n, name in enumerate(names):
            stream.write(json.dumps({"key": name, "size": n, "last_modified": "2026-11-17T09:36:36Z"}) + "\n")
    values = [("name", s, True) for s in told] + [("known", one.secret, True) for one in bare]
    values += [("name", names[-1].split("=")[1], True)]
    values += [(f"identity {kind}", value, False) for kind, value in who.each() if kind not in ("arn", "address6")]
    planting.found += [Planted(kind, value, "listing keys", secret) for kind, value, secret in values]
    for n, name in enumerate(names[:: max(1, len(names) // 40)]):
        path = planting.folder / "workdir" / f".fusion/dump/{10 + n}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("(00.000001) Version: 4.2\n")


def _manifest(planting: _Planting, who: Identities, bare: list[Written]) -> None:
    manifest = planting.load("manifest.json")
    token = "IQoJb3JpZ2luX2Vj" + Maker(random.Random(planting.seed)).text(BASE64, 80).replace("/", "x")  # noqa: S311 - to be repeated
    manifest["target"] = f"s3://{who.bucket}/{who.prefix}/{bare[3].secret}?X-Amz-Security-Token={token}"
    manifest["workdir_uri"] = f"s3://{who.bucket}/{who.prefix}/work/04/4a6cc0d254bad4b31d6b3a79af1984"
    planting.found.append(Planted("session token", token, "manifest target", secret=True))
    manifest["gaps"] = [
        {"what": f"gap {n}", "why": line, "matters": f"of {who.arn} at {who.email}", "permission": None}
        for n, line in enumerate(planting.written("manifest gaps"))
    ]
    planting.save("manifest.json", manifest)


def plant(folder: Path, seed: int) -> list[Planted]:
    """Make a capture at `folder`, which must not be there; the same seed makes the same one."""
    shutil.copytree(SCENARIO, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    make = Maker(random.Random(seed))  # noqa: S311 - made up, on purpose the same again
    who = identities_of(make)
    bare = [Written("known", make.text(ALPHANUMERIC, 18), "") for _ in range(BARE_SECRETS)]
    planting = _Planting(folder, seed)
    planting.found += [Planted("known", one.secret, "job.json environment", secret=True) for one in bare]
    planting.found += [Planted(f"identity {kind}", value, "documents", secret=False) for kind, value in who.each()]
    _renamed(folder, who)
    for step in (_documents, _logs, _split, _files, _names, _manifest):
        step(planting, who, bare)
    return planting.found
