"""A small account that has some of each."""

from __future__ import annotations

from tests.loopback.fleet.account import Settings

SMALL = Settings(
    jobs=1_500,
    failing=0.024,
    host_lost=0.006,
    surviving=0.006,
    cancelled=0.006,
    waiting=0.002,
    arrays=0.004,
)
