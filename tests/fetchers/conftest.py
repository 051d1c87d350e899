"""A small AWS on the loopback, and an environment that leads nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.fetchers import fetch
from tests.fetchers.endpoint import Endpoint
from tests.fetchers.environment_world import Served, serve

if TYPE_CHECKING:
    from tests.loopback.server import Loopback


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models: None) -> pytest.MonkeyPatch:
    """Keys that open nothing, no configuration of this machine, no instance metadata."""
    del models
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return monkeypatch


@pytest.fixture
def aws(environment: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """All of AWS, answering what a test tells it to; CloudTrail's pace is not waited for."""
    endpoint = Endpoint()
    environment.setenv("AWS_ENDPOINT_URL", endpoint.url)
    environment.setattr(fetch, "SECONDS_BETWEEN_CALLS", 0.001)
    yield endpoint
    endpoint.close()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A server of moto's own, one for all tests of a worker."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def served(environment: pytest.MonkeyPatch, loopback: Loopback) -> Served:
    """The loopback with a good compute environment in it, and all of AWS there."""
    environment.setenv("AWS_ENDPOINT_URL", loopback.endpoint)
    return serve(loopback)
