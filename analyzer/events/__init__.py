"""Capture by events, with nothing running in between: `analyzer.events.handler` for AWS Lambda. See docs/events.md."""

from analyzer.events.entry import handler

__all__ = ["handler"]
