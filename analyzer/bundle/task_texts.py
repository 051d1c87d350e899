"""Identities that are told by what stands before them in a task's texts: command lines, scripts, logs of Nextflow."""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzer.bundle.arns import Resolve
from analyzer.bundle.data_files import NAME, disguised_data_files, is_common
from analyzer.bundle.labels import Place, disguised_labels, disguised_places
from analyzer.bundle.patterns import disguised_patterns
from analyzer.bundle.storage_names import disguised_key
from analyzer.bundle.variables import NAMES_OF_IDENTITIES, environment_kind
from analyzer.bundle.vocabulary import is_ordinary

_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_REPOSITORY = re.compile(
    r"(?P<head>(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitea\.com|api\.github\.com/repos|"
    r"raw\.githubusercontent\.com)[/:])"
    rf"(?P<owner>{_WORD})/(?P<name>{_WORD})"
)
PUBLIC_OWNERS = frozenset(
    """
    nf-core nextflow-io seqeralabs checkpoint-restore biocontainers bioconda conda-forge broadinstitute samtools lh3
    alexdobin deweylab combine-lab nanoporetech google nvidia aws awslabs amazonlinux docker moby containerd
    opencontainers kubernetes python numpy torvalds rust-lang golang apptainer sylabs repos features sponsors
    """.split()  # noqa: SIM905 - a list of this length is read more easily so
)
"""Owners of public repositories that anybody uses."""
_LAUNCH = re.compile(
    r"(?P<head>Launching `)(?P<what>[^`\n]{1,300})(?P<middle>`(?: \(remote\))? ?\[)(?P<run>[A-Za-z0-9_-]{1,80})(?=\])"
)
_LOCAL_REPOSITORY = re.compile(rf"(?P<owner>{_WORD})/(?P<name>{_WORD})")
_RUN = re.compile(
    r"(?P<head>(?:nextflow(?: [^\n]{0,400}?)? run [^\n]{0,400}? -name |[Rr]un ?[Nn]ame *[:=] *|Workflow name *[:=] *)"
    r"[\"'\[]?)(?P<value>[A-Za-z0-9][A-Za-z0-9_-]{2,79})"
)
_REMOTE_USER = re.compile(
    r"(?P<head>\b(?:ssh|scp|sftp|rsync|mosh)\b[^\n@]{0,200}?[ '\"])(?P<user>[A-Za-z_][A-Za-z0-9._-]{0,31})"
    r"@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})"
)
_PROMPT = re.compile(r"(?P<head>\[)(?P<user>[a-z_][a-z0-9._-]{1,31})@(?P<host>[a-z0-9][a-z0-9.-]{1,62})(?= [~/\w])")
_ASSIGNMENT = re.compile(
    rf"(?P<head>(?<![A-Za-z0-9_])(?P<name>{'|'.join(sorted(NAMES_OF_IDENTITIES))})=\\?[\"']?)"
    r"(?P<value>[^\s\"'\\;|&<>(){}$`,]{1,512})"
)
_SUBJECTS = ("sample", "patient", "subject", "donor", "cohort", "study", "project", "participant", "individual")
_OPTION = re.compile(
    rf"(?P<head>(?<![A-Za-z0-9_-])--?(?:{'|'.join(_SUBJECTS)})(?:[-_]?(?:id|name|Id|Name|ID))?[ =][\"']?)"
    r"(?P<value>[A-Za-z0-9][A-Za-z0-9._-]{0,99})"
)
_READ_GROUP = re.compile(r"(?P<head>(?:\\t|\t|[ :,\"'])(?:SM|LB|PU|CN):)(?P<value>[A-Za-z0-9][A-Za-z0-9._-]{0,99})")
_FOLDERS = (
    r"data|datasets?|mnt|media|projects?|proj|groups?|labs?|scratch|work|workspace|lustre|gpfs|beegfs|fsx|efs|nfs|ceph|"
    r"shared?|storage|archive|cluster|nas|vol\d*|volumes?|home|Users|net|research|incoming|raw|s3|buckets?|inputs?|"
    r"outputs?|results|refs?|references?"
)
PATH = re.compile(rf"(?<![A-Za-z0-9_.~/:}}-])/(?:{_FOLDERS})(?:/[A-Za-z0-9_.@+=~-]{{1,255}}){{1,40}}")
"""Of folders where people keep their data; those of a system stay."""
_STORE = re.compile(
    r"(?P<head>\b(?:abfss?|wasbs?|oss|cos|swift|hdfs|file|ftp|sftp|irods|dx|drs|r2|b2)://)"
    r"(?P<path>[A-Za-z0-9/][A-Za-z0-9_.@+=~/:-]{0,1023})"
)
_PLATFORM_ID = re.compile(
    r"(?P<head>/(?P<what>workflow|launch|ga4gh/wes/v1/runs|compute-envs|datasets|actions|pipelines|trace)/|"
    r"[?&](?P<query>workspaceId|workflowId|runId|organizationId|orgId)=)(?P<id>(?=[A-Za-z_-]{0,30}[0-9])[A-Za-z0-9_-]{2,40})"
)
_PLATFORM_KINDS = {"workflow": "run", "workflowId": "run", "runId": "run", "workspaceId": "workspace"}
_WORDS_OF_PLATFORM = frozenset({"user", "organisation", "workspace", "run"})


def disguised_text(text: str, resolve: Resolve) -> str:
    """The text with everything replaced that its place in a task's text, or its form alone, tells."""
    text = disguised_labels(disguised_places(text, _PLACES, resolve), resolve)
    text = disguised_patterns(text, lambda kind, value: _unless_public(kind, value, resolve))
    if "/" in text:
        text = PATH.sub(lambda match: disguised_path(match[0], resolve), text)
    return disguised_data_files(text, resolve)


def disguised_path(path: str, resolve: Resolve) -> str:
    """A path of a file system: its first folder, and what many paths have in common, stay."""
    root, first, rest = path[:1], *path[1:].partition("/")[::2]
    if first in ("home", "Users"):
        user, slash, rest = rest.partition("/")
        return f"{root}{first}/{user}{slash}{disguised_key(rest, resolve)}"  # its owner is told by patterns
    return f"{root}{first}/{disguised_key(rest, resolve)}" if rest else path


def _unless_public(kind: str, value: str, resolve: Resolve) -> str:
    word = kind in _WORDS_OF_PLATFORM and is_ordinary(value) and not value.isdigit()
    return value if word or (kind == "email" and value.startswith("git@")) else resolve(kind, value)


def _repository(match: re.Match[str], resolve: Resolve) -> str:
    name = match["name"].removesuffix(".git").rstrip(".")
    rest = match["name"][len(name) :]
    if match["owner"].lower() in PUBLIC_OWNERS or not name:
        return match[0]
    return f"{match['head']}{resolve('organisation', match['owner'])}/{_project(name, resolve)}{rest}"


def _project(name: str, resolve: Resolve) -> str:
    return name if is_common(name) else resolve("project", name)


def _launch(match: re.Match[str], resolve: Resolve) -> str:
    what = match["what"]
    named = _LOCAL_REPOSITORY.fullmatch(what)
    if named and named["owner"].lower() not in PUBLIC_OWNERS:
        what = f"{resolve('organisation', named['owner'])}/{_project(named['name'], resolve)}"
    return match["head"] + what + match["middle"] + resolve("run", match["run"])


def _value(kind: str) -> Callable[[re.Match[str], Resolve], str]:
    def replaced(match: re.Match[str], resolve: Resolve) -> str:
        value = match["value"].rstrip(".")
        if is_common(value) or NAME.fullmatch(value):
            return match[0]
        return match["head"] + resolve(kind, value) + match["value"][len(value) :]

    return replaced


def _remote(match: re.Match[str], resolve: Resolve) -> str:
    user = match["user"] if is_common(match["user"]) else resolve("user", match["user"])
    host = match["host"]
    # a host with a domain, or named after its address, is told by its form
    shown = host if "." in host or host.startswith("ip-") or is_common(host) else resolve("host", host)
    return f"{match['head']}{user}@{shown}"


def _assignment(match: re.Match[str], resolve: Resolve) -> str:
    value, kind = match["value"], environment_kind(match["name"])
    return match[0] if kind is None or is_common(value) or "/" in value else match["head"] + resolve(kind, value)


def _store(match: re.Match[str], resolve: Resolve) -> str:
    path = match["path"]
    if path.startswith("/fusion/"):
        return match[0]  # told by patterns
    if path.startswith("/"):
        return match["head"] + disguised_path(path, resolve)
    place, slash, key = path.partition("/")
    return match["head"] + resolve("bucket", place) + slash + disguised_key(key, resolve)


def _platform_id(match: re.Match[str], resolve: Resolve) -> str:
    kind = _PLATFORM_KINDS.get(match["what"] or match["query"], "platform-id")
    return match["head"] + resolve(kind, match["id"])


_PLACES: tuple[Place, ...] = (
    (("github", "gitlab.com", "bitbucket.org", "codeberg.org", "gitea.com"), _REPOSITORY, _repository),
    (("Launching `",), _LAUNCH, _launch),
    (("-name ", "un name", "un Name", "unName", "Workflow name"), _RUN, _value("run")),
    (("@",), _REMOTE_USER, _remote),
    (("@",), _PROMPT, _remote),
    (tuple(f"{name}=" for name in NAMES_OF_IDENTITIES), _ASSIGNMENT, _assignment),
    (tuple(f"-{subject}" for subject in _SUBJECTS), _OPTION, _value("sample")),
    (("SM:", "LB:", "PU:", "CN:"), _READ_GROUP, _value("sample")),
    (("://",), _STORE, _store),
    (
        ("api", "Id=", "/workflow/", "/launch/", "/compute-envs/", "/datasets/", "/pipelines/", "/trace/"),
        _PLATFORM_ID,
        _platform_id,
    ),
)
"""(one of these must stand in the text, what is looked for, what becomes of it)"""
