"""What every test may use: a loopback AWS, and the command as users run it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.command import Command, InProcess

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

# a busy machine must not fail a test: nothing here is timed
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# where a change is judged, the same examples every time; at a desk, new ones
settings.register_profile("same", settings.get_profile("untimed"), derandomize=True)
settings.load_profile("same" if os.environ.get("CI") else "untimed")


# a shell that starts the tests in the background, or nohup, has them ignore these, and so what they start
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def models() -> Iterator[None]:
    """botocore reads what the services are once for all sessions of a worker: half a second for EC2 alone."""
    from botocore.loaders import create_loader

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        yield


@pytest.fixture(scope="session")
def loopback(models: None) -> Iterator[Loopback]:
    """AWS on 127.0.0.1, one for all tests of a worker: call `serve` first."""
    del models
    from tests.loopback.server import Loopback

    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command in an empty directory, with no way to AWS."""
    return Command(tmp_path)


@pytest.fixture
def live(tmp_path: Path, loopback: Loopback) -> Command:
    """The command in an empty directory, pointed to the loopback."""
    return Command(tmp_path, endpoint=loopback.endpoint)


@pytest.fixture
def inside(tmp_path: Path, loopback: Loopback) -> Command:
    """As `live`, without a process of its own."""
    return InProcess(tmp_path, endpoint=loopback.endpoint)


@pytest.fixture
def offline(tmp_path: Path) -> Command:
    """As `command`, without a process of its own."""
    return InProcess(tmp_path)
