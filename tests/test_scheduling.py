"""docs/scheduling.md: what is there to copy works as far as it can be tried without cron, systemd and AWS."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from botocore.model import StructureShape
from botocore.session import get_session
from botocore.validate import ParamValidator
from typer.main import get_command

from analyzer.cli.report import report
from analyzer.fetchers.notify import parse_notify
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import place_of
from analyzer.fleet.fail_on import parse_fail_on
from analyzer.survey_period import span_of
from tests.command import REPOSITORY

PAGE = (REPOSITORY / "docs" / "scheduling.md").read_text("utf-8")
PROGRAM = "/opt/fsnap/bin/fsnap-diagnose"
PLACEHOLDERS = {"YOUR-REPORT-BUCKET": "reports-of-ours", "YOUR-REGION": "eu-west-1", "YOUR-ACCOUNT": "111122223333"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def filled_in(text: str) -> str:
    for name, value in PLACEHOLDERS.items():
        text = text.replace(name, value)
    return text


def check_arguments(arguments: list[str]) -> None:
    """As the command would, short of doing it.

    Raises:
        click.UsageError, FailOnError, FetchError, PeriodError: it would refuse them.
    """
    app = typer.Typer()
    app.command()(report)
    context = get_command(app).make_context("report", [filled_in(one) for one in arguments])
    given = context.params
    assert given["queue"]
    assert given["fail_on"], "a schedule without conditions cries every day"
    for condition in given["fail_on"]:
        parse_fail_on(condition)
    for place in filter(None, (given["store"], given["publish"])):
        place_of(place, FetchOptions())
    if given["notify"]:
        parse_notify(given["notify"])
    span_of(given["since"], given["until"], datetime(2026, 11, 22, tzinfo=UTC))


def after_report(words: list[str]) -> list[str]:
    """The arguments of the report among a command's words, up to where the shell goes on."""
    start = words.index("report") + 1
    ends = [n for n, word in enumerate(words) if n > start and re.match(r"\d?>|\|\||&&", word)]
    return words[start : ends[0] if ends else None]


def test_the_crontab() -> None:
    (table,) = blocks("cron")
    *settings, line = table.splitlines()
    assert all(re.fullmatch(r"[A-Z_]+=\S+", setting) for setting in settings)
    *fields, user, command = line.split(None, 6)
    limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    for entry, (least, most) in zip(fields, limits, strict=True):
        assert entry == "*" or least <= int(entry) <= most
    assert user == "fsnap"
    assert not re.search(r"(?<!\\)%", command), "cron would end the line there"
    words = shlex.split(command.replace(r"\%", "%"))
    assert PROGRAM in words
    check_arguments(after_report(words))


def run_crontab(tmp_path: Path, program_text: str) -> subprocess.CompletedProcess[str]:
    """The crontab's command with another program in place of the tool; yesterday's report lies there."""
    command = blocks("cron")[0].splitlines()[-1].split(None, 6)[-1].replace(r"\%", "%")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/bash\n{program_text}\n")
    program.chmod(0o755)
    command = command.replace(PROGRAM, str(program)).replace("/var/lib/fsnap", str(tmp_path))
    assert "/var/" not in command, "the user owns one folder"
    (tmp_path / "today.md").write_text("yesterday's\n")
    environment = {"OUT": str(tmp_path / "out"), "TODAY": str(tmp_path / "today.md")}
    return subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, check=False, env=environment)


def test_the_shell_reads_the_crontabs_command(tmp_path: Path) -> None:
    said = 'printf "%s\\n" "$@" > "$OUT"; echo "a condition holds" >&2; echo "the report" > "$TODAY"; exit 1'
    ran = run_crontab(tmp_path, said)
    assert ran.stdout == "a condition holds\nthe report\n", ran.stderr
    arguments = (tmp_path / "out").read_text().splitlines()
    assert arguments[0] == "report"
    check_arguments(arguments[1:])


def test_the_crontab_mails_nothing_where_all_is_well(tmp_path: Path) -> None:
    ran = run_crontab(tmp_path, 'echo "the report" > "$TODAY"; exit 0')
    assert (ran.stdout, ran.stderr) == ("", "")


def test_the_crontab_never_mails_yesterdays_report(tmp_path: Path) -> None:
    ran = run_crontab(tmp_path, 'echo "no permission" >&2; exit 3')
    assert ran.stdout == "no permission\n"
    assert "yesterday" not in ran.stdout + ran.stderr


def units() -> dict[str, str]:
    found = {}
    for block in blocks("systemd"):
        name, text = block.split("\n", 1)
        found[Path(name.removeprefix("# ")).name] = text
    return found


def test_the_units_command() -> None:
    assert set(units()) == {"fsnap-report.service", "fsnap-report.timer"}
    (start,) = re.findall(r"^ExecStart=(.*)$", units()["fsnap-report.service"], re.MULTILINE)
    assert not re.search(r"(?<!%)%(?!%)", start), "systemd would put something in its place"
    words = shlex.split(start.replace("%%", "%").replace("${STATE_DIRECTORY}", "/var/lib/fsnap"))
    assert words[0] == PROGRAM
    check_arguments(after_report(words))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name, text in units().items():
        (tmp_path / name).write_text(text.replace(PROGRAM, "/bin/true"))
    paths = [str(tmp_path / name) for name in units()]
    ran = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    complaints = [line for line in ran.stderr.splitlines() if "fsnap-report" in line]
    assert complaints == []
    (when,) = re.findall(r"^OnCalendar=(.*)$", units()["fsnap-report.timer"], re.MULTILINE)
    subprocess.run(["systemd-analyze", "calendar", when], check=True, capture_output=True)


def input_of(service: str, operation: str) -> StructureShape:
    shape = get_session().get_service_model(service).operation_model(operation).input_shape
    assert shape is not None
    return shape


def complaints(service: str, operation: str, parameters: dict[str, Any]) -> str:
    return str(ParamValidator().validate(parameters, input_of(service, operation)).generate_report())


def documents(member: str) -> list[dict[str, Any]]:
    return [one for one in map(json.loads, blocks("json")) if member in one]


def test_every_json_block_is_one_that_is_tried() -> None:
    known = ("jobDefinitionName", "ScheduleExpression", "Version", "LifecycleConfiguration")
    assert sum(len(documents(member)) for member in known) == len(blocks("json"))


def test_the_job_definition() -> None:
    (definition,) = documents("jobDefinitionName")
    assert complaints("batch", "RegisterJobDefinition", definition) == ""
    command = definition["containerProperties"]["command"]
    assert command[0] == "report"
    check_arguments(command[1:])
    sizes = {one["type"]: int(one["value"]) for one in definition["containerProperties"]["resourceRequirements"]}
    # Fargate's memory for one vCPU: 2 to 8 GiB in steps of one
    assert sizes["VCPU"] == 1
    assert sizes["MEMORY"] in range(2048, 8193, 1024)


def test_the_schedule_submits_that_job() -> None:
    (schedule,), (definition,) = documents("ScheduleExpression"), documents("jobDefinitionName")
    assert complaints("scheduler", "CreateSchedule", schedule) == ""
    submitted = json.loads(schedule["Target"]["Input"])
    # a universal target names members with a capital
    parameters = {name[0].lower() + name[1:]: value for name, value in submitted.items()}
    assert complaints("batch", "SubmitJob", parameters) == ""
    assert submitted["JobDefinition"] == definition["jobDefinitionName"]
    assert schedule["Target"]["Arn"].endswith(":aws-sdk:batch:submitJob")


def test_the_roles_and_the_lifecycle() -> None:
    trust, submit = documents("Version")
    assert trust["Statement"][0]["Action"] == "sts:AssumeRole"
    for policy in (trust, submit):
        parameters = {"RoleName": "fsnap-report-schedule", "AssumeRolePolicyDocument": json.dumps(policy)}
        assert complaints("iam", "CreateRole", parameters) == ""
    (schedule,) = documents("ScheduleExpression")
    queue = json.loads(schedule["Target"]["Input"])["JobQueue"]
    assert any(resource.endswith(f":job-queue/{queue}") for resource in submit["Statement"][0]["Resource"])
    (lifecycle,) = documents("LifecycleConfiguration")
    assert complaints("s3", "PutBucketLifecycleConfiguration", lifecycle) == ""


def test_the_commands_of_the_aws_cli_are_operations() -> None:
    (script,) = blocks("bash")
    operations = {"register-job-definition", "create-role", "put-role-policy", "create-schedule"}
    commands = [shlex.split(line) for line in script.splitlines()]
    assert {words[2] for words in commands} == operations
    for _, service, operation, *arguments in commands:
        name = "".join(part.capitalize() for part in operation.split("-"))
        members = input_of(service, name).members
        for option in (word for word in arguments if word.startswith("--") and word != "--cli-input-json"):
            assert "".join(part.capitalize() for part in option.removeprefix("--").split("-")) in members
        named = [word.removeprefix("file://") for word in arguments if word.startswith("file://")]
        assert all(f"`{name}`" in PAGE for name in named)


def test_the_workflow() -> None:
    (text,) = blocks("yaml")
    assert re.findall(r'- cron: "(.*)"', text) == ["17 6 * * *"]
    (command,) = re.findall(r"- run: (fsnap-diagnose .*)", text)
    assert not re.search(r": | #", command), "YAML would read something else"
    check_arguments(after_report(shlex.split(command)))


def test_the_policies_that_are_named_are_there() -> None:
    policies = json.loads((REPOSITORY / "docs" / "iam-policies.json").read_text())
    named = set(re.findall(r"`(report-[a-z0-9-]+)`", PAGE))
    assert named
    assert named <= set(policies)
