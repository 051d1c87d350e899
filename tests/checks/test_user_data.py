"""User data in every form that EC2 takes, and in forms that it does not."""

from __future__ import annotations

import base64
import gzip
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.checks.user_data import MAX_TEXT, HostSettings, duration_seconds, read_user_data

SCRIPT = """#!/bin/bash
mkfs -t xfs /dev/nvme1n1
mount /dev/nvme1n1 /scratch/fusion
echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config
echo ECS_CONTAINER_STOP_TIMEOUT=10m >> /etc/ecs/ecs.config
"""
ALL = HostSettings(multipart=False, draining=True, stop_seconds=600.0, mounts_scratch=True)


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def archive(*parts: str, boundary: str = "==MY BOUNDARY==") -> str:
    head = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{boundary}"\n'
    return head + "".join(f"\n--{boundary}\n{part}" for part in parts) + f"\n--{boundary}--\n"


def shell(text: str, header: str = "") -> str:
    return f'Content-Type: text/x-shellscript; charset="us-ascii"\n{header}\n{text}'


def test_a_script() -> None:
    assert read_user_data(encoded(SCRIPT)) == ALL


def test_a_script_that_is_gzipped() -> None:
    assert read_user_data(encoded(gzip.compress(SCRIPT.encode()))) == ALL


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("boundary", ["//", "==BOUNDARY==", "a.b*c"])
def test_a_mime_archive(boundary: str, end: str) -> None:
    text = archive(shell("#!/bin/bash\ntrue\n"), shell(SCRIPT), boundary=boundary).replace("\n", end)
    found = read_user_data(encoded(text))
    assert found == HostSettings(True, True, 600.0, True)


@pytest.mark.parametrize("packed", [SCRIPT.encode(), gzip.compress(SCRIPT.encode())])
def test_a_part_that_is_encoded_once_more(packed: bytes) -> None:
    part = shell(encoded(packed), "Content-Transfer-Encoding: base64\n")
    assert read_user_data(encoded(archive(part))) == HostSettings(True, True, 600.0, True)


def test_cloud_config_that_mounts() -> None:
    text = "#cloud-config\nmounts:\n  - [nvme1n1, /scratch/fusion, xfs]\n"
    assert read_user_data(encoded(text)) == HostSettings(mounts_scratch=True, cloud_config=True)


def test_comments_set_nothing_and_the_last_setting_counts() -> None:
    text = "#!/bin/bash\n  # ECS_CONTAINER_STOP_TIMEOUT=10m\nA='ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'\n"
    assert read_user_data(encoded(text)) == HostSettings(draining=True)
    both = text + "ECS_ENABLE_SPOT_INSTANCE_DRAINING=false\n"
    assert read_user_data(encoded(both)) == HostSettings(draining=False)


def test_a_path_alone_is_no_mount() -> None:
    assert read_user_data(encoded("#!/bin/bash\nmkdir -p /scratch/fusion\n")) == HostSettings()


@pytest.mark.parametrize(
    "line", ["#include\nhttps://site.example/host.sh", "    encoding: b64", "    encoding: gz+b64"]
)
def test_what_is_loaded_or_encoded_within_is_hidden(line: str) -> None:
    found = read_user_data(encoded(f"#cloud-config\n{line}\n"))
    assert found == HostSettings(partly_hidden=True, cloud_config=True)


@pytest.mark.parametrize("value", [None, ""])
def test_no_user_data_set_nothing(value: object) -> None:
    assert read_user_data(value) == HostSettings()


@pytest.mark.parametrize("value", ["%%%%", 17, ["x"], {"a": 1}, encoded(b"\x1f\x8bnonsense"), "A"])
def test_what_cannot_be_decoded_is_not_known(value: object) -> None:
    assert read_user_data(value) is None


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("10m", 600.0),
        ("90s", 90.0),
        ("1h30m", 5400.0),
        ("1.5m", 90.0),
        ("500ms", 0.5),
        ("120", None),
        ("m", None),
        ("", None),
    ],
)
def test_durations_as_go_writes_them(written: str, seconds: float | None) -> None:
    assert duration_seconds(written) == seconds


def test_a_bomb_is_unpacked_in_part_only() -> None:
    began = time.monotonic()
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(bomb.compress(b"#" * 2**20) for _ in range(48)) + bomb.flush()
    assert len(packed) < MAX_TEXT
    assert read_user_data(encoded(packed)) == HostSettings(partly_hidden=True)
    assert time.monotonic() - began < 5


def packed_parts(*parts: bytes) -> str:
    """A MIME archive of such parts, each gzipped and in base64, gzipped as a whole."""
    told = [f"--b\nContent-Transfer-Encoding: base64\n\n{encoded(gzip.compress(part))}\n" for part in parts]
    return encoded(gzip.compress(f'Content-Type: multipart/mixed; boundary="b"\n\n{"".join(told)}--b--\n'.encode()))


def test_many_small_bombs_are_no_more_than_one() -> None:
    began = time.monotonic()
    found = read_user_data(packed_parts(*[b"\n" * (MAX_TEXT - 1)] * 49, b"ECS_CONTAINER_STOP_TIMEOUT=10m\n"))
    assert found == HostSettings(multipart=True, partly_hidden=True), "what is not read may be set all the same"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("count", "hidden"), [(40, False), (60, True)])
def test_more_parts_than_are_read_are_hidden(count: int, hidden: bool) -> None:
    found = read_user_data(packed_parts(b"ECS_CONTAINER_STOP_TIMEOUT=10m\n", *[b"x\n"] * count))
    assert found == HostSettings(multipart=True, stop_seconds=600.0, partly_hidden=hidden)


@pytest.mark.parametrize(
    "text",
    [
        "boundary=" + " " * 200_000,
        "\n--a" * 50_000,
        'Content-Type: multipart/mixed; boundary="a"\n' + "\n--a\n" * 40_000,
        "ECS_CONTAINER_STOP_TIMEOUT=" * 9_000,
        "mount" * 50_000,
    ],
    ids=["blanks", "boundaries", "parts", "settings", "mounts"],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.monotonic()
    read_user_data(encoded(gzip.compress(text.encode())))
    assert time.monotonic() - began < 1


@given(st.one_of(st.binary(max_size=2000).map(encoded), st.text(max_size=2000), st.text(max_size=2000).map(encoded)))
def test_anything_is_read_without_a_crash(value: str) -> None:
    found = read_user_data(value)
    assert found is None or isinstance(found, HostSettings)
