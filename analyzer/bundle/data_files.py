"""Names of data files: what of a name is its subject, and what every such name has."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from analyzer.bundle.arns import Resolve
from analyzer.bundle.vocabulary import everyday_words

_ENDINGS = (
    "bam|cram|sam|bai|crai|csi|tbi|fai|fastq|fq|fasta|fa|fna|faa|ffn|fas|gtf|gff|gff3|bed|bedgraph|narrowpeak|broadpeak|"
    "vcf|gvcf|bcf|maf|bw|bigwig|wig|h5ad|h5|hdf5|loom|rds|rdata|rda|csv|tsv|xlsx|xls|parquet|npy|npz|mtx|ped|fam|bim|"
    "bgen|pgen|pvar|psam|pod5|fast5|sra|cel|idat|mzml|mgf|raw|nii|dcm|svs|czi|nd2|tiff|paf|gfa|2bit|sf|pdb|mmcif"
)
_PACKINGS = "gz|bgz|bz2|zst|xz|zip|bai|crai|csi|tbi|fai|gzi|md5|sha256"
NAME = re.compile(
    rf"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_][A-Za-z0-9_.+-]{{0,200}}?\.(?:{_ENDINGS})(?:\.(?:{_PACKINGS})){{0,3}}(?![A-Za-z0-9_]|[.+-][A-Za-z0-9])",
    re.IGNORECASE,
)
"""A word that ends as a data file does; only one that begins a word is tried, so that the time stays in proportion."""
PROBE = re.compile(rf"\.(?:{_ENDINGS})(?![A-Za-z0-9_])", re.IGNORECASE)
_ENDING = re.compile(rf"\.(?:{_PACKINGS}|[A-Za-z][A-Za-z0-9]{{0,7}})$", re.IGNORECASE)
_PACKED = re.compile(rf"\.(?:{_PACKINGS})$", re.IGNORECASE)
_LAST_WORD = re.compile(r"[._-](?P<word>[A-Za-z0-9]{1,40})$")
_PART = re.compile(r"[._-](?:[RI]?[12]|L00[1-8]|S\d{1,3}|001|chr(?:\d{1,2}|[XYM]|MT))|\.\d{1,4}", re.IGNORECASE)
"""What sequencers and tools append to tell the parts of one sample: reads, lanes, shards, chromosomes."""
_MOST_WORDS = 12
_NOT_TELLING_NUMBER = 3
"""Digits of a number that tells of nobody beside ordinary words: `sample_12`."""
_SYSTEM_FOLDERS = ("/usr/", "/lib", "/opt/", "/etc/", "/proc/", "/sys/", "/dev/", "/run/", "/var/", "/bin/", "/sbin/")
_BREAK = re.compile(r"[\s\"'=:,;()<>|]")
_LOOK_BACK = 200


@cache
def _words_of_data() -> frozenset[str]:
    told = files("analyzer.data").joinpath("data-file-words.txt").read_text("utf-8").split()
    return everyday_words() | frozenset(told)


def is_common(name: str) -> bool:
    """Whether a name consists of words that many files and folders have: `genome_index`, `multiqc_report`."""
    words = re.split(r"[._+-]+", name.lower())
    return all(
        len(word) <= 1 or word in _words_of_data() or (word.isdigit() and len(word) <= _NOT_TELLING_NUMBER)
        for word in words
    )


def split_name(name: str) -> tuple[str, str]:
    """(subject, rest): `Schmidt_Anna.sorted.bam` is of `Schmidt_Anna`, and `WT_REP1_1.fastq.gz` of `WT_REP1`."""
    subject = name
    for _ in range(4):
        if not (packed := _PACKED.search(subject)):
            break
        subject = subject[: packed.start()]
    if ending := _ENDING.search(subject):
        subject = subject[: ending.start()]
    for _ in range(_MOST_WORDS):
        word = _LAST_WORD.search(subject)
        if word is None or not word.start():
            break
        if not (_PART.fullmatch(word[0]) or word["word"].lower() in _words_of_data()):
            break
        subject = subject[: word.start()]
    return (subject, name[len(subject) :]) if subject else (name, "")


def disguised_file(name: str, resolve: Resolve) -> str:
    """A file's name: a stand-in for its subject, and the rest as it is; of common words all stays."""
    subject, rest = split_name(name)
    return name if is_common(subject) else resolve("file", subject) + rest


def disguised_data_files(text: str, resolve: Resolve) -> str:
    """Every data file that is named in a text, but for those of the system's own folders."""
    if "." not in text or not PROBE.search(text):
        return text

    def replaced(match: re.Match[str]) -> str:
        return match[0] if _in_system_folder(match) else disguised_file(match[0], resolve)

    return NAME.sub(replaced, text)


def _in_system_folder(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()]
    return before.endswith("/") and _BREAK.split(before)[-1].startswith(_SYSTEM_FOLDERS)
