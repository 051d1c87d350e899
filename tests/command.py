"""Runs `fsnap-diagnose` as a process, as a user does; or many times over in this one, where that shows the same."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 120
REPOSITORY = Path(__file__).parents[1]
_NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens, a connection is refused at once


@dataclass(frozen=True)
class Outcome:
    """How a run of the command ended."""

    status: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        document = json.loads(self.out)
        assert isinstance(document, dict), "one target gives one object"
        return document

    def lines(self) -> list[dict[str, Any]]:
        """The objects of `--format jsonl`."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Command:
    """The command, with an environment of its own."""

    directory: Path
    """Where it runs; it must leave nothing else behind."""
    endpoint: str | None = None
    """Where AWS is; None: nowhere."""

    def environment(self) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("AWS_", "FSNAP_", "COLUMNS", "FORCE_COLOR", "NO_COLOR"))
        }
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint or _NOWHERE,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONWARNINGS": "error::ResourceWarning",
        }

    def __call__(
        self,
        *arguments: str | Path,
        stdin: str | bytes | None = None,
        environment: Mapping[str, str | None] | None = None,
    ) -> Outcome:
        """Run it. A member of `environment` that is None is taken out.

        Raises:
            subprocess.TimeoutExpired: it hangs.
        """
        merged = {**self.environment(), **(environment or {})}
        finished = subprocess.run(
            [sys.executable, "-m", "analyzer", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            cwd=self.directory,
            env={name: value for name, value in merged.items() if value is not None},
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Outcome(finished.returncode, finished.stdout.decode(), finished.stderr.decode())

    def json(self, *arguments: str | Path, **more: Any) -> Outcome:
        return self(*arguments, "--format", "json", **more)


class InProcess(Command):
    """The same without a process of its own, which costs a second and more: for tests of many cases."""

    def __call__(
        self,
        *arguments: str | Path,
        stdin: str | bytes | None = None,
        environment: Mapping[str, str | None] | None = None,
    ) -> Outcome:
        """Run it. What would have been a traceback is raised."""
        from typer.testing import CliRunner

        from analyzer.cli.app import app
        from analyzer.cli.main import with_default_command

        wanted = self.environment()
        hidden = dict.fromkeys(name for name in os.environ if name not in wanted)
        with contextlib.chdir(self.directory):
            finished = CliRunner().invoke(
                app,
                with_default_command([str(argument) for argument in arguments]),
                input=stdin,
                env={**hidden, **wanted, **(environment or {})},
            )
        if finished.exception and not isinstance(finished.exception, SystemExit):
            raise finished.exception
        return Outcome(finished.exit_code, finished.stdout, finished.stderr)
