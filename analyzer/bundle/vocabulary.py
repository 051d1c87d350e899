"""Words that are never taken for somebody's name where they stand alone: the tool's own, CRIU's, AWS's, everyday ones."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,}")
_EVERYDAY = frozenset(
    """
    access account action admin agent align alpha analysis annotation application archive array attempt auto average
    bam bash batch beta binary block bucket build cache cancel cancelled capacity capture central cleanup client cluster
    code command common complete compute config configuration connection console container control core count cpu create
    criu data database date debug default definition demo deploy description dev development directory disk dist docker
    done down dump east ec2-user elastic email end endpoint engine ensembl entry environment env error event example
    execution executor exit export fail failed failure fastq file files filter final first folder free full fusion
    general genome gpu group head health help high highmem high-priority home host hosts hot human image images import
    index info inner input install instance instances internal item job jobs join jobs-queue key label large last launch
    layer lib library limit linux list load local localhost location log logs long low low-priority main manager map mark
    master medium member memory merge message metadata micro mini mode model module monitor mount mouse name names
    network new nextflow next node nodes none normal north null object offset on-demand ondemand open option order other
    output owner package page pages parent parse part partition password path pattern pending pipe pipeline pipelines
    platform pod policy pool port prefix present primary private process processing prod production profile program
    project projects proxy public pull push quality query queue quick random range raw read reads ready reason record
    reference references region release remote report reports request research resource resources restore result results
    retry role root rule rules run runner running runs sample samples scan schedule science scratch script scripts search
    secondary section security seqera server service session set setup shared short signal singularity size slot small
    snapshot snapshots socket sort source south spot stage staging standard start started state static status stderr stdout
    step stop storage store stream submit subnet success sys system table tag target task tasks team temp temporary test
    testing tests thread throughput time tmp token tool tools total tower trace transfer true false type ubuntu undefined
    unit unknown update upload usage user users usr util utility value values version view virtual volume wait web west
    work work-dir workdir worker workers workflow workspace workspaces write xlarge zone vm centos debian amazon root
    home folder bucket account queue cluster repository environment stream project-id user-id tenant organisation
    organization cost center cost-center department managed-by created-by terraform cloudformation nfcore nf-core
    """.split()
)


@cache
def ordinary_words() -> frozenset[str]:
    """In lower case; the words of the catalogue's signatures are among them, so that no rule loses its text."""
    folder = files("analyzer.data")
    told = [folder / "criu-noise.toml", *(f for f in (folder / "catalogue").iterdir() if f.name.endswith(".toml"))]
    words = {word.lower() for file in told for word in _WORD.findall(file.read_text("utf-8"))}
    return frozenset(words | _EVERYDAY)


def is_ordinary(value: str) -> bool:
    """Whether the text is such a word, or a number of fewer than twelve digits."""
    shortest_number = 12
    return value.lower() in ordinary_words() or (value.isdigit() and len(value) < shortest_number)
