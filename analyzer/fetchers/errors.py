"""What a fetcher says when a target cannot be examined at all."""

from __future__ import annotations


class FetchError(Exception):
    """A target that cannot be examined. The text is one sentence or two for the user: the thing, the reason, the way out."""
