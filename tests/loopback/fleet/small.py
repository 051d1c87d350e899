"""Small accounts."""

from __future__ import annotations

from tests.loopback.fleet.account import Settings

SMALL = Settings(
    jobs=1_500,
    failing=0.02,
    host_lost=0.0055,
    surviving=0.0035,
    cancelled=0.006,
    waiting=0.002,
    arrays=0.004,
)
"""Some of each."""
TINY = Settings(
    jobs=300,
    failing=0.1,
    host_lost=0.0,
    surviving=0.0,
    cancelled=0.02,
    waiting=0.01,
    arrays=0.02,
)
"""Nothing that CloudTrail need be asked for, which takes half a second each time."""
