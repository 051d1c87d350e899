from __future__ import annotations

import time
from typing import Any

import pytest

from analyzer.evidence.job import read_job
from analyzer.evidence.location import Location, children_in_header, children_in_script, parse_uri, work_directory

HOME = Location("b-1", "work/ab/cdef")
MOUNT = "/fusion/s3/b-1/work/ab/cdef"
FUSION: dict[str, Any] = {"environment": [{"name": "FUSION_WORK", "value": MOUNT}]}
POD: dict[str, Any] = {"env": [{"name": "FUSION_WORK", "value": MOUNT}]}
COMMAND: dict[str, Any] = {"command": ["/usr/bin/fusion", "bash", f"{MOUNT}/.command.run"]}
SHELL: dict[str, Any] = {
    "command": [
        "bash",
        "-o",
        "pipefail",
        "-c",
        "aws s3 cp --only-show-errors s3://b-1/work/ab/cdef/.command.run - | bash",
    ]
}


def everywhere(container: dict[str, Any]) -> list[dict[str, Any]]:
    """The same container in each place where Batch may describe one."""
    task = {"taskProperties": [{"containers": [{"name": "sidecar"}, container]}]}
    return [
        {"container": container},
        {"ecsProperties": task},
        {"nodeProperties": {"nodeRangeProperties": [{"container": container}]}},
        {"nodeProperties": {"nodeRangeProperties": [{"ecsProperties": task}]}},
        {"eksProperties": {"podProperties": {"containers": [container]}}},
    ]


@pytest.mark.parametrize("container", [FUSION, COMMAND, SHELL])
def test_every_clue_in_every_kind_of_container(container: dict[str, Any]) -> None:
    assert [work_directory(read_job(document)) for document in everywhere(container)] == [HOME] * 5


def test_pods_name_their_variables_and_arguments_otherwise() -> None:
    pods = [{"eksProperties": {"podProperties": {"containers": [one]}}} for one in (POD, {"args": COMMAND["command"]})]
    assert [work_directory(read_job(document)) for document in pods] == [HOME, HOME]


def test_the_variable_comes_before_the_command_wherever_they_stand() -> None:
    other = {"command": ["bash", "/fusion/s3/other/work/.command.run"]}
    document = {"ecsProperties": {"taskProperties": [{"containers": [other, FUSION]}]}}
    assert work_directory(read_job(document)) == HOME


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        (r"aws s3 cp s3://b-1/work/my\ run/ab/cd/.command.run - | bash", Location("b-1", "work/my run/ab/cd")),
        ("trap x; s5cmd cat s3://b-1/w/.command.run | bash", Location("b-1", "w")),
        ("bash -c 'cat s3://other/file > x; cat /tmp/.command.run'", None),
        ("s3://b-1/.command.run", None),
        ("", None),
    ],
)
def test_shell_text(shell: str, expected: Location | None) -> None:
    assert work_directory(read_job({"container": {"command": ["bash", "-c", shell]}})) == expected


@pytest.mark.parametrize(
    "container",
    [
        {"environment": [{"name": "FUSION_WORK", "value": "/fusion/gs/b-1/work"}]},
        {"environment": [{"name": "FUSION_WORK", "value": "/fusion/s3/b-1"}]},
        {"environment": [{"name": "FUSION_WORK", "value": 3}]},
        {"command": ["python", "train.py"]},
        {"command": "bash"},
        {},
    ],
)
def test_no_work_directory(container: dict[str, Any]) -> None:
    assert work_directory(read_job({"container": container})) is None


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://b-1/work/ab/cdef/", HOME),
        ("s3://b-1/work", Location("b-1", "work")),
        ("s3://b-1", None),
        ("s3://b-1/", None),
        ("s3:///work", None),
        ("s3://b@d/work", None),
        ("http://b-1/work", None),
        ("s3://b-1/" + "x" * 2000, None),
    ],
)
def test_uris(uri: str, expected: Location | None) -> None:
    assert parse_uri(uri) == expected


def test_children_are_listed_in_the_arrays_wrapper() -> None:
    wrapper = (
        "#!/bin/bash\n### ---\n### name: 'TOOL (1)'\n### array:\n###   index-name: AWS_BATCH_JOB_ARRAY_INDEX\n"
        "###   index-start: 0\n###   work-dirs:\n###   - s3://b-1/work/01/aa\n###   - s3://b-1/work/02/bb\n"
        "### container: 'x'\n###   - s3://b-1/work/03/no\n### ...\nset -e\n"
    )
    assert [child.prefix for child in children_in_header(wrapper)] == ["work/01/aa", "work/02/bb"]
    assert children_in_header("#!/bin/bash\n### ---\n### ...\n") == ()


def test_children_are_listed_in_the_arrays_script() -> None:
    script = (
        "array=( /fusion/s3/b-1/work/01/aa '/fusion/s3/b-1/work/02/bb' )\nchild=${array[AWS_BATCH_JOB_ARRAY_INDEX]}\n"
    )
    assert [child.prefix for child in children_in_script(script)] == ["work/01/aa", "work/02/bb"]
    assert children_in_script("array=( /fusion/s3/b-1/work/01/aa ${other} )") == ()
    assert children_in_script("array=( never closed") == ()


def test_long_hostile_commands_take_no_time() -> None:
    start = time.process_time()
    for text in ("s3://" * 200_000, "/.command.run" * 20_000, "s3://" + "a" * 500_000 + " /.command.run" * 1000):
        work_directory(read_job({"container": {"command": ["bash", "-c", text]}}))
    assert time.process_time() - start < 5
