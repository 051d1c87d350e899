"""Clients for AWS: made when first needed, one a service and region, by the user's own configuration."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import analyzer
from analyzer.fetchers.answers import insist
from analyzer.fetchers.limiter import Limiter
from analyzer.fetchers.options import FetchOptions

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 20.0
"""Without a byte of the answer; less where a whole target has less time than that."""
TOTAL_ATTEMPTS = 4
"""Tries of one call, the first included; botocore waits longer between each."""
CONNECTIONS = 16


class Clients:
    """A session and its clients. The session is not safe to share between threads, clients are: hence the lock."""

    def __init__(self, options: FetchOptions, limiter: Limiter | None = None) -> None:
        """`limiter` keeps every call within the services' rates, where many are made."""
        self._options, self._limiter = options, limiter
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._clients: dict[tuple[str, str | None], Any] = {}

    def get(self, service: str, region: str | None) -> Any:
        """The client of a service in a region; None: the region that is set up.

        Raises:
            botocore.exceptions.BotoCoreError: no such profile, no region, no usable configuration.
        """
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                session = self._open()
                client = session.client(service, region_name=region, config=_config(self._options.timeout_seconds))
                insist(client)
                if self._limiter is not None:
                    self._limiter.watch(client)
                self._clients[key] = client
            return self._clients[key]

    def prepare(self, services: Iterable[str], region: str | None, enough: Callable[[], bool]) -> None:
        """Make clients that are likely to be needed, one by one, while a first answer is waited for.

        Each costs tens of milliseconds of reading service models (ec2 most); what fails here fails again, and is told,
        where it is needed.
        """
        for service in services:
            if enough():
                return
            with suppress(Exception):
                self.get(service, region)

    def default_region(self) -> str | None:
        """The region for targets that name none: as given, as boto3 finds it, or AWS_REGION as other SDKs do.

        Raises:
            botocore.exceptions.BotoCoreError: no such profile, no usable configuration.
        """
        if self._options.region:
            return self._options.region
        with self._lock:
            session = self._open()
            if os.environ.get("AWS_DEFAULT_REGION"):
                return session.region_name
            return os.environ.get("AWS_REGION") or session.region_name

    def _open(self) -> Session:
        if self._session is None:
            import boto3.session

            self._session = boto3.session.Session(profile_name=self._options.profile)
        return self._session


def _config(limit_seconds: float) -> Config:
    from botocore.config import Config

    # what the user chose in the environment counts, as with every program on boto3
    chosen = bool(os.environ.get("AWS_RETRY_MODE") or os.environ.get("AWS_MAX_ATTEMPTS"))
    return Config(
        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, limit_seconds),
        read_timeout=min(READ_TIMEOUT_SECONDS, limit_seconds),
        # adaptive: throttled once, it slows down before AWS has to say so again (40 jobs with 5 logs each at 10 calls a
        # second: 22 refusals and nothing lost, against 359 refusals and 12 jobs with missing logs in standard mode)
        retries=None if chosen else {"mode": "adaptive", "total_max_attempts": TOTAL_ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        user_agent_extra=f"fsnap-diagnose/{analyzer.__version__}",
    )
