"""A pre-flight as JUnit XML, for CI systems: a check is a test case, a subject a suite.

A failed check is a failure; one that warns passes, and says so in its `system-out`; what could not be seen is skipped.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from analyzer.checks.result import CheckReport, CheckResult
from analyzer.reporters.check_view import needs
from analyzer.reporters.text import field, own_lines, own_prose, prose

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not have, escaped or not."""


def _legal(text: str) -> str:
    return _NOT_XML.sub("", text)


def _story(result: CheckResult) -> str:
    permission = needs(result)
    lines = [prose(result.found), prose(result.detail)]
    lines += [f"to see it, allow {permission}"] if permission else []
    lines += [f"fix: {own_prose(result.advice)}"] if result.fix else []
    lines += own_lines(result.snippet.text) if result.snippet else []
    return _legal("\n".join(line for line in lines if line))


def _case(suite: ET.Element, result: CheckResult) -> None:
    subject = f"{result.subject.kind}.{field(result.subject.name)}"
    name = f"{result.id} {own_prose(result.title)}"
    case = ET.SubElement(suite, "testcase", classname=_legal(subject), name=_legal(name), time="0")
    message = _legal(prose(result.found))
    if result.status == "fail":
        ET.SubElement(case, "failure", message=message, type=result.id).text = _story(result)
    elif result.status == "unknown":
        ET.SubElement(case, "skipped", message=_legal(prose(f"{result.found}: {result.detail}")))
    elif result.status == "warn":
        ET.SubElement(case, "system-out").text = f"warn: {_story(result)}"


def _counted(results: Sequence[CheckResult]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(result.status == "fail" for result in results)),
        "errors": "0",
        "skipped": str(sum(result.status == "unknown" for result in results)),
        "time": "0",
    }


def format_check_junit(report: CheckReport) -> str:
    """The document, with its declaration and a line end."""
    name = _legal(f"fsnap-diagnose check {field(report.target)}")
    root = ET.Element("testsuites", {"name": name, **_counted(report.results)})
    suites: dict[str, list[CheckResult]] = {}
    for result in report.results:
        suites.setdefault(f"{result.subject.kind} {field(result.subject.name)}", []).append(result)
    for subject, results in suites.items():
        suite = ET.SubElement(root, "testsuite", {"name": _legal(subject), **_counted(results)})
        if report.checked_at:
            suite.set("timestamp", _legal(field(report.checked_at)).removesuffix("Z"))
        for result in results:
            _case(suite, result)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
