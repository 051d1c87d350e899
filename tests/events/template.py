"""deploy/template.yaml, read, and with CloudFormation's functions worked out for chosen parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tests.command import REPOSITORY

PATH = REPOSITORY / "deploy" / "template.yaml"
PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333", "AWS::Region": "eu-west-1"}
_NOTHING = object()


class _Loader(yaml.SafeLoader):
    """With `!Ref` and its like as objects of one member, as JSON has them."""


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".") if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tagged)


@cache
def template() -> dict[str, Any]:
    """As it is written."""
    document = yaml.load(PATH.read_text(), _Loader)  # noqa: S506 - a SafeLoader
    assert isinstance(document, dict)
    return document


class Stack:
    """The template for some parameters; others have their defaults."""

    def __init__(self, **parameters: str) -> None:
        self._values: dict[str, Any] = dict(PSEUDO)
        for name, declared in template()["Parameters"].items():
            told = str(parameters.pop(name, declared.get("Default", "")))
            self._values[name] = told.split(",") if declared["Type"] == "CommaDelimitedList" else told
        assert not parameters, "no such parameter"

    def resources(self) -> dict[str, dict[str, Any]]:
        """Those whose condition holds, worked out."""
        return {
            name: self._made(resource)
            for name, resource in template()["Resources"].items()
            if "Condition" not in resource or self._holds(resource["Condition"])
        }

    def rules(self) -> dict[str, dict[str, Any]]:
        """EventBridge's rules: name -> pattern."""
        found = self.resources().items()
        return {name: r["Properties"]["EventPattern"] for name, r in found if r["Type"] == "AWS::Events::Rule"}

    def statements(self) -> list[dict[str, Any]]:
        """What the function's role may do."""
        documents = []
        for resource in self.resources().values():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::IAM::Role":
                documents += [policy["PolicyDocument"] for policy in properties["Policies"]]
            elif resource["Type"] == "AWS::IAM::RolePolicy":
                documents.append(properties["PolicyDocument"])
        return [statement for document in documents for statement in document["Statement"]]

    def _holds(self, name: str) -> bool:
        return bool(self._made(template()["Conditions"][name]))

    def _made(self, value: Any) -> Any:
        if isinstance(value, list):
            return [made for one in value if (made := self._made(one)) is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._called(name, argument)
        return {name: made for name, one in value.items() if (made := self._made(one)) is not _NOTHING}

    def _called(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return _NOTHING if argument == "AWS::NoValue" else self._values.get(argument, f"<{argument}>")
        if name == "Fn::GetAtt":
            return f"<{'.'.join(argument)}>"
        if name == "Fn::Sub":
            return re.sub(r"\$\{([^}]+)\}", lambda m: str(self._values.get(m[1], f"<{m[1]}>")), argument)
        if name == "Fn::If":
            condition, yes, no = argument
            return self._made(yes if self._holds(condition) else no)
        made = self._made(argument)
        if name == "Fn::Not":
            return not made[0]
        if name == "Fn::Equals":
            return made[0] == made[1]
        if name == "Fn::Join":
            return made[0].join(made[1])
        assert name == "Fn::Split", name
        return made[1].split(made[0])


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """EventBridge's matching, as far as these patterns go: every member is there, with one of the values listed.

    EventBridge user guide, "Creating event patterns": a list of the event matches where one of its elements does, and
    what the pattern does not name does not matter.
    """
    if not isinstance(event, Mapping):
        return False
    for name, wanted in pattern.items():
        if name not in event:
            return False
        if isinstance(wanted, Mapping):
            if not matches(wanted, event[name]):
                return False
            continue
        assert isinstance(wanted, list)
        assert all(isinstance(value, str) for value in wanted), "no other kind of matching is known here"
        told = event[name] if isinstance(event[name], list) else [event[name]]
        if not any(value in told for value in wanted):
            return False
    return True
