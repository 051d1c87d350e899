"""Hosts in URLs and in container images: well-known public ones stay, any other may tell whose it is."""

from __future__ import annotations

import re

from analyzer.bundle.arns import Resolve
from analyzer.bundle.data_files import is_common
from analyzer.bundle.storage_names import disguised_key

URL = re.compile(
    r"(?P<head>https?://)(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?P<port>:\d{1,5})?"
    r"(?P<path>/[^\s\"'<>|;,()\[\]{}?#&\\`*$]{0,1024})?(?P<query>\?[^\s\"'<>|,(){}\\`*$]{1,1024})?"
)
_IN_QUERY = re.compile(r"(?P<head>=)(?P<value>[A-Za-z0-9][\w.@+-]{2,255})(?=[&;#]|$)")
_IMAGE = re.compile(
    r"(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?::\d{1,5})?)/(?P<repository>[\w./-]{1,255}?)(?P<version>[:@].{1,200})?"
)
PUBLIC_HOSTS = tuple(
    """
    amazonaws.com amazonaws.com.cn amazon.com aws.dev seqera.io tower.nf nextflow.io nf-co.re github.com github.io
    githubusercontent.com gitlab.com bitbucket.org quay.io docker.io docker.com ghcr.io gcr.io pkg.dev mcr.microsoft.com
    criu.org kernel.org python.org pypi.org pythonhosted.org r-project.org bioconductor.org anaconda.org conda.io
    galaxyproject.org nih.gov ebi.ac.uk ensembl.org sanger.ac.uk ucsc.edu broadinstitute.org illumina.com google.com
    googleapis.com go.dev golang.org golang.google.cn java.com oracle.com apache.org eclipse.org gnu.org debian.org
    ubuntu.com opencontainers.org kubernetes.io nvidia.com intel.com mozilla.org w3.org wikipedia.org zenodo.org
    doi.org slack.com stackoverflow.com readthedocs.io docker.internal example.com example.org example.net
    public.ecr.aws
    """.split()  # noqa: SIM905 - a list of this length is read more easily so
)
"""Names of services that anybody uses."""


def is_public_host(host: str) -> bool:
    """Whether the host, or the domain that it is in, is one of a well-known public service."""
    name = host.lower().partition(":")[0]
    return any(name == public or name.endswith(f".{public}") for public in PUBLIC_HOSTS)


def disguised_url(match: re.Match[str], resolve: Resolve) -> str:
    """A URL of somebody's own host: neither host nor path stay, nor what is asked of it."""
    if is_public_host(match["host"]):
        return match[0]
    host, path = resolve("host", match["host"]), disguised_key(match["path"] or "", resolve)
    query = _IN_QUERY.sub(lambda one: one["head"] + _asked(one["value"], resolve), match["query"] or "")
    return match["head"] + host + (match["port"] or "") + path + query


def _asked(value: str, resolve: Resolve) -> str:
    return value if is_common(value) else resolve("value", value)


def disguised_image(image: str, resolve: Resolve) -> str | None:
    """An image of somebody's own registry; None where its registry is a public one."""
    match = _IMAGE.fullmatch(image)
    if match is None or is_public_host(match["host"]):
        return None
    return f"{resolve('host', match['host'])}/{resolve('repository', match['repository'])}{match['version'] or ''}"
