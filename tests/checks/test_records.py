"""What is written about the checks is whole, and what can be pasted is what it claims to be."""

from __future__ import annotations

import base64
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.checks.judge import hosts_replaced
from analyzer.checks.record import CheckRecord, Fix, checks
from analyzer.checks.run import run_checks
from analyzer.checks.user_data import read_user_data
from analyzer.classifier.catalogue import shipped
from tests.advisor.config_subset import parse
from tests.advisor.groovy import complaints
from tests.checks.environments import NAMES, fixture, report_of

RECORDS = list(checks().values())
FIXES = [(record, fix) for record in RECORDS for fix in record.fixes.values()]
MOST_CHARACTERS = 60
SCOPE_IDS = {
    "environment": r"FS80[1-9]",
    "queue": r"FS80[1-9]",
    "instance types": r"FS8[12]\d",
    "image": r"FS83\d",
    "network": r"FS84\d",
    "launch template": r"FS85\d",
    "task": r"FS86\d",
    "job": r"FS86\d",
}
SAMPLES = {
    "YOUR-MEMORY": "43.GB",
    "YOUR-CPUS": "32",
    "YOUR-QUEUE": "snapshots-work",
    "YOUR-ONDEMAND-QUEUE": "on-demand",
    "YOUR-REGION": "eu-west-1",
    "YOUR-BUCKET": "example",
    "YOUR-MAX-VCPUS": "512",
    "YOUR-TYPE-LIST": '["c6id.8xlarge", "m6idn.8xlarge"]',
    "YOUR-INSTANCE-TYPES": "c6id.8xlarge,m6idn.8xlarge",
    "YOUR-COMPUTE-ENVIRONMENT": "spot",
    "YOUR-LAUNCH-TEMPLATE": "lt-0a1b2c3d4e5f60718",
    "YOUR-PART-TYPE": "text/x-shellscript",
    "YOUR-VERSION": "2",
}


def name_of(value: CheckRecord | Fix) -> str:
    return value.id if isinstance(value, CheckRecord) else value.name


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_a_record_is_whole(record: CheckRecord) -> None:
    assert re.fullmatch(SCOPE_IDS[record.scope], record.id)
    assert 0 < len(record.title) <= MOST_CHARACTERS
    assert not record.title.endswith(".")
    assert record.requirement
    assert record.why
    assert "default" in record.fixes
    assert record.references
    assert all(reference.startswith("https://") for reference in record.references)


def test_an_id_is_a_rules_or_a_checks() -> None:
    assert set(checks()) & set(shipped().rules) == set()


@pytest.mark.parametrize(("record", "fix"), FIXES, ids=name_of)
def test_a_fix_says_what_to_do(record: CheckRecord, fix: Fix) -> None:
    assert fix.text, record.id
    assert (fix.language in ("groovy", "bash", "json")) if fix.snippet else fix.language is None


def _filled(snippet: str) -> str:
    for placeholder, value in SAMPLES.items():
        snippet = snippet.replace(placeholder, value)
    return snippet


def _snippets(language: str) -> list[str]:
    """Those of the records, and those that the fixtures' results fill in."""
    found = [_filled(fix.snippet) for _, fix in FIXES if fix.language == language and fix.snippet]
    made = [result.snippet for name in NAMES for result in report_of(name).results]
    found += [snippet.text for snippet in made if snippet and snippet.language == language]
    return list(dict.fromkeys(_filled(text) for text in found))


@pytest.mark.parametrize("snippet", _snippets("groovy"))
def test_configuration_is_read_by_both_parsers(snippet: str) -> None:
    assert parse(snippet)
    assert complaints(snippet) == []


@pytest.mark.parametrize("snippet", _snippets("json"))
def test_json_is_what_batch_takes(snippet: str) -> None:
    shape = get_session().get_service_model("batch").shape_for("ComputeResource")
    report = ParamValidator().validate(json.loads(snippet), shape).generate_report().splitlines()
    assert [line for line in report if "Missing required parameter" not in line] == []


NUMBERS = {"maxvCpus", "maxTimeSeconds"}
LISTS = {"instanceTypes"}


def _shorthand(written: str) -> object:
    """The AWS command line's short form of a flat structure; JSON as it is."""
    if written.startswith(("{", "[")):
        return json.loads(written)
    found: dict[str, object] = {}
    name = ""
    for part in written.split(","):
        if "=" in part:
            name, value = part.split("=", 1)
            found[name] = [value] if name in LISTS else int(value) if name in NUMBERS else value
        else:
            values = found[name]
            assert isinstance(values, list)
            values.append(part)
    return found


def _commands(snippet: str) -> Iterator[list[str]]:
    for command in re.findall(r"^aws (?:batch|ec2) (?:[^\\\n|>]|\\[\s\S])*", snippet, re.MULTILINE):
        if "create-launch-template-version" not in command:  # its data are made by the shell
            yield shlex.split(command.replace("\\\n", " "))


def _parameters(words: list[str], members: dict[str, str]) -> dict[str, object]:
    found: dict[str, list[str]] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--")
            found[name] = []
        else:
            found[name].append(word)
    for option in ("query", "region", "output"):
        found.pop(option, None)
    return {members[name]: _value(members[name], values) for name, values in found.items()}


def _placed(value: str) -> tuple[str, str]:
    order, name = value.split(",")
    return order.removeprefix("order="), name.removeprefix("computeEnvironment=")


def _value(member: str, values: list[str]) -> object:
    if member == "jobStateTimeLimitActions":
        return [_shorthand(value) for value in values]
    if member == "computeEnvironmentOrder":
        return [{"order": int(order), "computeEnvironment": name} for order, name in map(_placed, values)]
    if member in ("computeEnvironments", "jobQueues", "RouteTableIds", "Versions"):
        return values
    (value,) = values
    return _shorthand(value) if member in ("computeResources",) else value


@pytest.mark.parametrize("snippet", _snippets("bash"))
def test_commands_are_ones_that_aws_knows(snippet: str) -> None:
    assert subprocess.run(["bash", "-n"], input=snippet, text=True, capture_output=True, check=False).stderr == ""
    for command in _commands(snippet):
        model = get_session().get_service_model(command[1])
        operation = "".join(part.title() for part in command[2].split("-"))
        shape = model.operation_model(operation).input_shape
        assert shape is not None
        members = {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower(): name for name in shape.members}
        parameters = _parameters(command[3:], members)
        assert ParamValidator().validate(parameters, shape).generate_report() == ""


def test_the_wrapping_of_user_data_survives_an_indented_terminal(tmp_path: Path) -> None:
    """The shell runs it as it was copied, with a stand-in for `aws` that has the old user data and takes the new."""
    (result,) = [one for one in report_of("draining-off").results if one.id == "FS854"]
    assert result.snippet
    script = "#!/bin/bash\necho 'a \\n b' \"$HOME\"\n"
    aws = tmp_path / "aws"
    aws.write_text(
        f"""#!/bin/bash
case "$2" in
  describe*) printf %s {base64.b64encode(script.encode()).decode()} ;;
  create*) printf '%s' "${{@: -1}}" > taken.json ;;
esac
"""
    )
    aws.chmod(0o700)
    indented = "".join(f"        {line}\n" for line in result.snippet.text.splitlines())
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-e"], input=indented, text=True, cwd=tmp_path, env=environment, check=True)
    assert done.returncode == 0
    taken = json.loads((tmp_path / "taken.json").read_text())["UserData"]
    archive = message_from_bytes(base64.b64decode(taken))
    (part,) = (one for one in archive.walk() if not one.is_multipart())
    assert part.get_content_type() == "text/x-shellscript"
    assert str(part.get_payload()).rstrip("\n") == script.rstrip("\n")
    settings = read_user_data(taken)
    assert settings is not None
    assert settings.multipart


@pytest.mark.parametrize("name", ["old-image", "good", "amazon-linux-2"])
def test_an_update_that_replaces_hosts_says_what_becomes_of_jobs(name: str) -> None:
    for result in report_of(name).results:
        if (
            result.snippet
            and "update-compute-environment" in result.snippet.text
            and "maxvCpus" not in result.snippet.text
        ):
            assert "jobExecutionTimeoutMinutes, the default" in result.effects


def test_an_environments_own_update_policy_is_told() -> None:
    assert "go on for 5 minutes" in hosts_replaced(False, 5)
    assert "as it is set" in hosts_replaced(False, 5)
    assert "go on for 30 minutes" in hosts_replaced()
    assert "ends running jobs at once" in hosts_replaced(True, 5)


def test_an_image_that_batch_chooses_is_not_pinned() -> None:
    one = fixture("good")
    host = json.loads(json.dumps(one.documents["container_instances"][0]).replace("20261", "20241"))
    image = {"ImageId": "ami-0aaaaaaaaaaaaaaaa", "Name": "al2023-ami-ecs-hvm-2023.0.20250101-kernel-6.1-x86_64"}
    image |= {"ImageOwnerAlias": "amazon"}
    host["attributes"] = [{"name": "ecs.ami-id", "value": image["ImageId"]}]
    evidence = replace(one.evidence, container_instances=(host,), images=(image,))
    (old,) = [r for r in run_checks(evidence, shipped_instances()).results if r.id == "FS833"]
    assert old.status == "warn"
    assert old.snippet
    assert '"updateToLatestImageVersion": true' in old.snippet.text
    assert "imageIdOverride" not in old.snippet.text
