"""Where a report goes: the screen or a file, a place that keeps all of them, a topic; and the exit status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.cli.options import EXIT_NOT_EXAMINED, EXIT_USAGE, fail, load_catalogue, say, writing

if TYPE_CHECKING:
    from analyzer.fetchers.notify import Topic
    from analyzer.fetchers.options import FetchOptions
    from analyzer.fetchers.places import Place
    from analyzer.fleet.fail_on import FailOn
    from analyzer.fleet.report import FleetReport
    from analyzer.survey_run import ReportResult

EXIT_FAILED = 1
PUBLISHED = (("report.html", "html"), ("report.md", "markdown"), ("report.json", "json"))
"""What is put into each dated folder: name, format."""


@dataclass(frozen=True)
class Form:
    """How the report is written, and where to."""

    name: str
    output: Path | None
    table: str | None
    """Of CSV."""

    def check(self) -> None:
        """Leaves the command where it cannot be meant."""
        from analyzer.reporters.fleet_csv import TABLES

        if self.name == "parquet" and self.output is None:
            fail("--format parquet is no text; name a file: -o rows.parquet", EXIT_USAGE)
        if self.table is not None and (self.name != "csv" or self.table not in TABLES):
            fail(f"--table goes with --format csv, and is one of {', '.join(TABLES)}", EXIT_USAGE)

    def write(self, result: ReportResult) -> None:
        """Leaves the command where it cannot be written."""
        from analyzer.reporters.fleet_output import write_fleet

        with writing(self.output):
            if self.name != "parquet" or self.output is None:
                write_fleet(result.report, self.name, self.output, table=self.table)
                return
            from analyzer.reporters.whole_file import whole_file
            from analyzer.store.export import write_rows

            with whole_file(self.output) as sink:
                write_rows(result.rows(), sink)


@dataclass(frozen=True)
class Delivery:
    """What the command line says of it, checked before any job is looked at."""

    form: Form
    conditions: tuple[FailOn, ...]
    place: Place | None
    """Where dated reports are kept."""
    topic: Topic | None
    options: FetchOptions

    @classmethod
    def of(
        cls,
        form: Form,
        fail_on: Sequence[str],
        publish: str | None,
        notify: str | None,
        rules: Path | None,
        options: FetchOptions,
    ) -> Delivery:
        """Leaves the command where something cannot be meant."""
        from analyzer.fetchers.errors import FetchError
        from analyzer.fetchers.notify import parse_notify
        from analyzer.fetchers.places import place_of
        from analyzer.fleet.fail_on import FailOnError, parse_fail_on

        form.check()
        causes = {rule.cause for rule in load_catalogue(rules).rules.values()}
        try:
            conditions = tuple(parse_fail_on(text, causes) for text in fail_on)
            place = place_of(publish, options) if publish is not None else None
            topic = parse_notify(notify) if notify is not None else None
        except (FailOnError, FetchError) as error:
            fail(str(error), EXIT_USAGE)
        return cls(form, conditions, place, topic, options)

    def check(self) -> None:
        """Find out early, and say, whether reports may be kept where they shall be; the report is made all the same."""
        from analyzer.fetchers.errors import FetchError

        try:
            if self.place is not None:
                self.place.check()
        except FetchError as error:
            say(f"the report will not be published: {error}")

    def deliver(self, result: ReportResult) -> int:
        """Write, publish and send the report; the exit status."""
        self.form.write(result)
        broken = [told for one in self.conditions if (told := one.broken_by(result.report))]
        undelivered = [told for told in (self._publish(result), self._notify(result.report, broken)) if told]
        unknown = [told for one in self.conditions if (told := one.unknown_in(result.report))]
        for sentence in (*broken, *unknown, *undelivered):
            say(sentence)
        survey = result.survey
        trouble = (*survey.unreached, *(told for told in (survey.stopped, survey.missed()) if told))
        for sentence in trouble:
            say(sentence)
        if undelivered or trouble:
            return EXIT_NOT_EXAMINED
        wrong = broken if self.conditions else result.report.totals.failed
        return EXIT_FAILED if wrong else 0

    def _publish(self, result: ReportResult) -> str | None:
        """Put the report there; why it could not be, for the user."""
        if self.place is None:
            return None
        from analyzer.fetchers.errors import FetchError
        from analyzer.publish import publish
        from analyzer.reporters.fleet_output import fleet_text

        files = {name: fleet_text(result.report, form).encode("utf-8", "replace") for name, form in PUBLISHED}
        try:
            publish(files, self.place, result.report.made_at)
        except FetchError as error:
            return f"the report could not be published: {error}"
        return None

    def _notify(self, report: FleetReport, broken: Sequence[str]) -> str | None:
        """Send the short form; why it could not be, for the user."""
        if self.topic is None:
            return None
        from analyzer.fetchers.clients import Clients
        from analyzer.fetchers.errors import FetchError
        from analyzer.fetchers.notify import notify
        from analyzer.publish import LATEST
        from analyzer.reporters.fleet_brief import format_fleet_brief
        from analyzer.reporters.fleet_view import headline

        link = f"{self.place.uri}/{LATEST}/report.html" if self.place else None
        message = format_fleet_brief(report, broken=broken, link=link)
        try:
            notify(self.topic, f"fsnap-diagnose: {headline(report)}", message, Clients(self.options))
        except FetchError as error:
            return f"the report could not be sent: {error}"
        return None
