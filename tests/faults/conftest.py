"""The tool's clients, as cases want them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import fake_clients
from tests.faults.sockets import Sockets


@pytest.fixture(scope="module")
def cases(models: None) -> Iterator[None]:
    """Whatever fetches jobs does so with the clients of its thread's case."""
    del models
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analyzer.fetchers.fetch.Clients", fake_clients)
        yield


@pytest.fixture(scope="module")
def sockets(cases: None) -> Iterator[Sockets]:
    """Real sockets for the calls that fail."""
    del cases
    served = Sockets()
    yield served
    served.close()
