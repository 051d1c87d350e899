"""Identities of every kind, made up from a seed."""

from __future__ import annotations

import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bundle.planted_secrets import ALPHANUMERIC, HEXADECIMAL, Maker

LOWER = string.ascii_lowercase


@dataclass(frozen=True)
class Identities:
    """Who and where; each stands in a document that tells what it is, and in texts that do not."""

    account: str
    bucket: str
    prefix: str
    user: str
    email: str
    host: str
    address: str
    address6: str
    instance: str
    vpc: str
    subnet: str
    security_group: str
    interface: str
    run: str
    forge: str
    job: str
    job_name: str
    sample: str
    role: str
    queue: str
    task: str
    key: str
    """Of KMS."""

    @property
    def arn(self) -> str:
        """Of the role."""
        return f"arn:aws:iam::{self.account}:role/{self.role}"

    def each(self) -> Iterator[tuple[str, str]]:
        """(kind, value)"""
        for name in self.__dataclass_fields__:
            yield name, getattr(self, name)
        yield "arn", self.arn

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """(kind, value, a line of a log with the value in it)."""
        for kind, value in self.each():
            yield kind, value, f"stage 3: {value} was refused"
            yield kind, value, f'"{value}" is not [{value}]; see {value}.'
        yield "bucket", self.bucket, f"cp s3://{self.bucket}/{self.prefix}/run/x.bam ."
        yield "prefix", self.prefix, f"open /fusion/s3/{self.bucket}/{self.prefix}/x.bam: no such file"
        yield "bucket", self.bucket, f"GET https://{self.bucket}.s3.eu-west-1.amazonaws.com/{self.prefix}/x 403"
        yield "user", self.user, f"cannot write /home/{self.user}/.cache/x"
        yield "email", self.email, f"Submitted by <{self.email}>"
        yield "arn", self.arn, f"User: {self.arn} is not authorized to perform: s3:GetObject"
        yield "account", self.account, f"pull {self.account}.dkr.ecr.eu-west-1.amazonaws.com/team/tool:1.2"
        yield "address", self.address, f"connect to {self.address}:5432 failed"
        yield "address6", self.address6, f"connect to [{self.address6}]:443 failed"
        yield "host", self.host, f"Running on {self.host} Linux 6.1.0"


def identities_of(make: Maker) -> Identities:
    """All of them at random, none of them a word."""
    digits, hexadecimal = string.digits, HEXADECIMAL

    def word(length: int) -> str:
        return "".join(make.random.choices(LOWER, k=length))

    address = [make.random.randrange(11, 223), *(make.random.randrange(1, 254) for _ in range(3))]
    user, forge = word(9), make.text(ALPHANUMERIC, 22)
    return Identities(
        account=make.random.choice("123456789") + "".join(make.random.choices(digits, k=11)),
        bucket=f"{word(7)}-{word(6)}-nf",
        prefix=f"{word(8)}-study",
        user=user,
        email=f"{user}.{word(6)}@{word(8)}.example.org",
        host=f"ip-10-{address[1]}-{address[2]}-{address[3]}.eu-west-1.compute.internal",
        address=".".join(map(str, address)),
        address6="2a05:d018:" + ":".join(f"{make.random.randrange(4096, 65535):x}" for _ in range(6)),
        instance="i-0" + "".join(make.random.choices(hexadecimal, k=16)),
        vpc="vpc-0" + "".join(make.random.choices(hexadecimal, k=16)),
        subnet="subnet-0" + "".join(make.random.choices(hexadecimal, k=16)),
        security_group="sg-0" + "".join(make.random.choices(hexadecimal, k=16)),
        interface="eni-0" + "".join(make.random.choices(hexadecimal, k=16)),
        run=make.text(ALPHANUMERIC, 14),
        forge=forge,
        job=str(uuid.UUID(int=make.random.getrandbits(128), version=4)),
        job_name=f"{word(8).upper()}_ALIGN_{word(7)}",
        sample=f"{word(7).upper()}_REP1",
        role=f"{word(8)}-JobRole",
        queue=f"TowerForge-{forge}-work",
        task="".join(make.random.choices(hexadecimal, k=32)),
        key=str(uuid.UUID(int=make.random.getrandbits(128), version=4)),
    )
