"""Servers, their users and domains, in every place that tells them; what is anybody's stays."""

from __future__ import annotations

import re

import pytest

from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.hosts import domain_of
from tests.bundle.evidence import evidence


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("postgresql://carla:[masked]@db.inst.example:5432/x", ("carla", "inst")),
        ("redis://:[masked]@cache-7:6379/0", ("cache-7",)),
        ("mongodb+srv://carla@h1.acme.org,h2.acme.org/x", ("carla", "acme")),
        ("ssh://carlam@login.acme.ac.uk/x", ("carlam", "acme")),
        ("sftp://login.acme.org/x ftp://up.acme.org", ("acme",)),
        ("jdbc:postgresql://db01.acme.org:5432/x", ("acme",)),
        ("jdbc:oracle:thin:@db01.acme.org:1521:sid", ("acme",)),
        ("http://node17:8080/x", ("node17",)),
        ("GET https://lims.acme.org:8443/v2/p?pid=HS19620714&n=4&of=Sauer#x", ("acme", "HS19620714", "Sauer")),
        ("GET https://lims.acme.org/p?key=[masked]&pid=HS19620714", ("acme", "HS19620714")),
        ("nas01.acme.org:/export/x on /mnt type nfs4 (rw)", ("nas01",)),
        ("mount -t nfs nas01:/export /mnt", ("nas01",)),
        ("db.acme.org:5432 refused", ("acme",)),
        ("Connecting to db7.acme.org port 5432", ("acme",)),
        ("curl: (6) Could not resolve host: api.acme.org", ("acme",)),
        ("Error: getaddrinfo ENOTFOUND api.acme.org", ("acme",)),
        ("java.net.UnknownHostException: api.acme.org: Name or service not known", ("acme",)),
        ("> Host: api.acme.org", ("acme",)),
        ("lookup api.acme.org on 10.0.0.2:53: no such host", ("acme",)),
        ("LM_LICENSE_FILE=27000@lic.acme.org;5053@lic2", ("acme", "lic2")),
        ("ssh carlam@login.acme.org ls", ("carlam", "acme")),
        ("rsync -a x carlam@n17:/data", ("carlam", "n17")),
        ('{"url": "mysql:\\/\\/carla@db.acme.org\\/x"}', ("carla", "acme")),
        ("a=1;url=mysql%3A%2F%2Fcarla%40db.acme.org%2Fx", ("carla", "acme")),
        ("--db='mysql://carla@db.acme.org/x'", ("carla", "acme")),
        ("AROA" + "EXAMPLEEXAMPLE12:session-of-alice", ("EXAMPLEEXAMPLE12", "alice")),
        ("AIDA" + "EXAMPLEEXAMPLE12", ("EXAMPLEEXAMPLE12",)),
        ("fs-0a23456789abcdef0 fsap-0a23456789abcdef0", ("0a23456789abcdef0",)),
        ("Request ID: 5J8K2M4N6P8Q1R3S", ("5J8K2M4N6P8Q1R3S",)),
    ],
)
def test_a_server_and_its_user_go(line: str, hidden: tuple[str, ...]) -> None:
    shown = make_disguise([evidence(line)]).text(line)
    assert all(part in line and part not in shown for part in hidden)
    assert "person-" not in shown


@pytest.mark.parametrize(
    "line",
    [
        "Main.java:57 at foo.py:123 criu/mem.c:1234 main.nf:12 lib.rs:20",
        "docker://quay.io/a/b https://api.tower.nf connect to quay.io",
        "lookup s3.amazonaws.com on 127.0.0.1:53",
        "(00.001) sockets: Connected to host file",
        "Host EC2 terminated. Connecting to host",
        "git@github.com:nextflow-io/nextflow.git",
        "redis://localhost:6379/0",
        "quay.io/a/bwa:0.7@sha256:0123456789 containerd://sandbox",
    ],
)
def test_what_is_anybodys_stays(line: str) -> None:
    assert make_disguise([evidence(line)]).text(line) == line


def test_a_domain_seen_once_goes_everywhere() -> None:
    disguise = make_disguise([evidence("Connecting to db7.acme-bio.org port 5432", "all of acme-bio.org is down")])
    assert "acme-bio" not in disguise.text("all of acme-bio.org is down, and www2.acme-bio.org")


def test_only_an_address_for_mail_is_a_person() -> None:
    disguise = make_disguise([evidence("5053@lic.acme.org carlam@n17.acme.org:/data alice@acme.org wrote")])
    shown = disguise.text("5053@lic.acme.org carlam@n17.acme.org:/data alice@acme.org wrote")
    form = r"5053@host-\d+\.example\.com user-\d+@host-\d+\.example\.com:/data person-\d+@example\.com wrote"
    assert re.fullmatch(form, shown)
    assert disguise.text(shown) == shown


@pytest.mark.parametrize(
    ("host", "domain"),
    [("a.b.acme.org", "acme.org"), ("x.acme.ac.uk", "acme.ac.uk"), ("acme.org", "acme.org"), ("n7", None)],
)
def test_the_domain_of_a_host(host: str, domain: str | None) -> None:
    assert domain_of(host) == domain
