"""Buckets, keys and addresses of object stores: what of a path may stay, and what stands for the rest."""

from __future__ import annotations

import re
from itertools import pairwise

from analyzer.bundle.arns import Resolve
from analyzer.bundle.data_files import disguised_file, is_common

_KEY = r"[^\s\"'<>|;,()\[\]{}?#&\\`*$]{0,1024}"
_BUCKET = r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}"
URI = re.compile(rf"(?P<scheme>(?:s3[an]?|gs|az)://)(?P<bucket>{_BUCKET})(?P<key>/{_KEY})?")
MOUNT = re.compile(rf"(?P<scheme>fusion/(?:s3|gs|az)/)(?P<bucket>{_BUCKET})(?P<key>/{_KEY})?")
VIRTUAL_HOST = re.compile(
    r"(?<![A-Za-z0-9.-])(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"
    r"(?P<host>\.s3[.-](?:[a-z0-9-]{1,32}\.){0,3}amazonaws\.com(?:\.cn)?(?::\d{1,5})?)(?P<key>/" + _KEY + ")?"
)
PATH_STYLE = re.compile(
    r"(?P<host>(?<![A-Za-z0-9.-])s3[.-](?:[a-z0-9-]{1,32}\.){0,3}amazonaws\.com(?:\.cn)?(?::\d{1,5})?/)"
    rf"(?P<bucket>{_BUCKET})(?P<key>/{_KEY})?"
)
_HASH_HEAD = re.compile(r"[0-9a-f]{2}")
_HASH_TAIL = re.compile(r"[0-9a-f]{6,30}")
_OWN_FILE = re.compile(
    r"\.command\.[a-z]{1,10}|\.exitcode|\.fusion[\w.]{0,20}|\.nextflow[\w.-]{0,20}|trace\.json|dump|dump_metadata|fusion"
    r"|[0-9]{1,4}|(?:pre|pre-?dump|dump|restore)_[\w-]{0,20}\.(?:log|lck)|[a-z][a-z0-9-]{0,40}\.img|rpid_[\w-]{0,20}\.log|irmap-cache|stats-[a-z]{1,10}"
    r"|tmpfs-(?:dev-)?[0-9]{1,9}\.tar(?:\.[a-z0-9]{1,4}){0,2}"
)
"""Files of Nextflow's, Fusion's and CRIU's own in a work directory."""
_PLAIN_FOLDERS = frozenset(
    {"work", "scratch", "tmp", "", ".", "..", "nextflow", "results", "stage", "collect-file", "bin"}
)
_FILE = re.compile(r".{1,200}\.[A-Za-z][A-Za-z0-9]{0,7}")


def disguised_key(key: str, resolve: Resolve) -> str:
    """A key, or a path inside a bucket: the task's hash and the files that every task has stay, the rest goes."""
    parts = key.split("/")
    hash_at = next(
        (n for n, (a, b) in enumerate(pairwise(parts)) if _HASH_HEAD.fullmatch(a) and _HASH_TAIL.fullmatch(b)),
        None,
    )
    shown = []
    for number, part in enumerate(parts):
        in_hash = hash_at is not None and number in (hash_at, hash_at + 1)
        last = number == len(parts) - 1
        shown.append(part if in_hash or is_of_every_task(part) else _component(part, last, resolve))
    return "/".join(shown)


def is_of_every_task(part: str) -> bool:
    """Whether a part of a path is one that tasks have in common."""
    return part in _PLAIN_FOLDERS or _OWN_FILE.fullmatch(part.rstrip(".:")) is not None


def _component(part: str, last: bool, resolve: Resolve) -> str:
    plain = part.rstrip(".:") if last else part
    if last and _FILE.fullmatch(plain):
        return disguised_file(plain, resolve) + part[len(plain) :]
    return resolve("folder", plain) + part[len(plain) :] if plain and not is_common(plain) else part


def disguised_uri(match: re.Match[str], resolve: Resolve) -> str:
    """`s3://bucket/key` or `/fusion/s3/bucket/key`."""
    bucket = match["bucket"].rstrip(".") if not match["key"] else match["bucket"]
    key = match["key"] or match["bucket"][len(bucket) :]
    return match["scheme"] + resolve("bucket", bucket) + disguised_key(key, resolve)


def disguised_virtual_host(match: re.Match[str], resolve: Resolve) -> str:
    """`bucket.s3.region.amazonaws.com/key`."""
    return resolve("bucket", match["bucket"]) + match["host"] + disguised_key(match["key"] or "", resolve)


def disguised_path_style(match: re.Match[str], resolve: Resolve) -> str:
    """`s3.region.amazonaws.com/bucket/key`."""
    return match["host"] + resolve("bucket", match["bucket"]) + disguised_key(match["key"] or "", resolve)
