"""Rules on checkpoints: why a dump failed (FS1xx), why a restore failed (FS2xx)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analyzer.classifier.catalogue import RuleRecord
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Outcome

RuleFunction = Callable[[Facts, RuleRecord], Outcome | tuple[Finding, ...]]

RULES: Mapping[str, RuleFunction] = {}
