"""A strict reader of the part of Nextflow's configuration language that the advice is written in.

What it does not know it refuses, with line and column: a snippet that it accepts holds nothing but scopes, selectors,
assignments of literals and closures, and comments. What it read it hands back as data, so that a test can ask what
`memory` of process X is.

    parse("process {\n    withName: 'A:B' {\n        memory = 47.GB\n    }\n}").get("process.memory", process="A:B")

gives `Size(50465865728)`. Sizes are of 1024, as Nextflow's are (nextflow.util.MemoryUnit).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.advisor.config_values import (
    Closure,
    Config,
    ConfigError,
    Duration,
    Placeholder,
    Reference,
    Selector,
    Setting,
    Size,
    Value,
)

__all__ = [
    "Closure",
    "Config",
    "ConfigError",
    "Duration",
    "Placeholder",
    "Reference",
    "Selector",
    "Setting",
    "Size",
    "Value",
    "parse",
]

SELECTORS = ("withName", "withLabel")
SIZES = {"B": 0, "KB": 1, "MB": 2, "GB": 3, "TB": 4, "PB": 5}
SECONDS = {"ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
DEEPEST = 20
"""Scopes and lists inside each other; a configuration has three or four."""
_LITERALS = {"true": True, "false": False, "null": None}
_REFERENCES = ("secrets", "params", "projectDir", "launchDir", "baseDir")
"""What a value may refer to by its name."""
_CLOSERS = {"{": "}", "[": "]", "(": ")"}
_TOKENS = re.compile(
    r"(?P<blank>[ \t\r]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)"
    r"|(?P<newline>[\n;])"
    r"|(?P<placeholder>YOUR[-_][A-Z]+(?:[-_][A-Z]+)*+)"
    r"|(?P<amount>\d+(?:\.\d+)?\.[A-Za-z]+(?!\w))"
    r"|(?P<number>\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<string>'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\")"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||->|\.\.|\?:|[-+*/%<>!?:=,.{}\[\]()])"
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int
    column: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at, line, begin = 0, 1, 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            raise ConfigError(line, at - begin + 1, f"{_word(text, at)!r} is nothing that a configuration may hold")
        kind = match.lastgroup or ""
        if kind != "blank":
            found.append(_Token(kind, match[0], line, at - begin + 1))
        if breaks := match[0].count("\n"):
            line += breaks
            begin = at + match[0].rindex("\n") + 1
        at = match.end()
    return [*found, _Token("end", "the end", line, at - begin + 1)]


def _word(text: str, at: int) -> str:
    return text[at : at + 20].split("\n", 1)[0] or text[at]


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens, self.at, self.depth = _tokens(text), 0, 0
        self.settings: list[Setting] = []

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def fail(self, why: str, token: _Token | None = None) -> ConfigError:
        token = token or self.next
        return ConfigError(token.line, token.column, why)

    def take(self) -> _Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def accept(self, text: str) -> bool:
        if self.next.kind in ("sign", "newline") and self.next.text == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.fail(f"{text!r} is expected, not {self.next.text!r}")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail("too deep: no configuration is")

    def skip_lines(self) -> None:
        while self.next.kind == "newline":
            self.at += 1

    def statements(self, scope: tuple[str, ...], selector: Selector | None, end: str) -> None:
        """Until `}` or the end of the text."""
        self.deeper()
        self.skip_lines()
        while not (self.next.kind == "end" or (self.next.text == "}" and self.next.kind == "sign")):
            self.statement(scope, selector)
            if self.next.text not in ("}", "the end") and self.next.kind != "newline":
                raise self.fail(f"{self.next.text!r} follows a statement on its line")
            self.skip_lines()
        if self.next.text != end:
            raise self.fail("a '}' that opens nothing" if end == "the end" else "a '}' is missing")
        self.take()
        self.depth -= 1

    def statement(self, scope: tuple[str, ...], selector: Selector | None) -> None:
        first = self.take()
        if first.kind not in ("name", "placeholder"):
            raise self.fail(f"a setting, a scope or a selector is expected, not {first.text!r}", first)
        if first.text in SELECTORS:
            self.selected(first, scope, selector)
            return
        path = [first.text]
        while self.accept("."):
            name = self.take()
            if name.kind != "name":
                raise self.fail(f"a name is expected after '.', not {name.text!r}", name)
            path.append(name.text)
        if self.accept("{"):
            if selector is not None:
                raise self.fail(f"the scope {'.'.join(path)!r} stands inside a selector", first)
            self.statements((*scope, *path), None, "}")
        elif self.accept("="):
            self.assigned((*scope, *path), selector, first)
        else:
            raise self.fail(f"'=' or '{{' is expected after {'.'.join(path)!r}, not {self.next.text!r}")

    def assigned(self, path: tuple[str, ...], selector: Selector | None, first: _Token) -> None:
        if path == ("process",):
            raise self.fail("'process' is a scope and takes no value", first)
        self.settings.append(Setting(".".join(path), self.value(), selector))

    def selected(self, kind: _Token, scope: tuple[str, ...], selector: Selector | None) -> None:
        if scope != ("process",) or selector is not None:
            raise self.fail(f"{kind.text!r} stands outside of 'process'", kind)
        self.expect(":")
        pattern = self.take()
        if pattern.kind not in ("string", "name", "placeholder"):
            raise self.fail(f"a name is expected after {kind.text!r}, not {pattern.text!r}", pattern)
        self.expect("{")
        text = self.string(pattern) if pattern.kind == "string" else pattern.text
        self.statements(scope, Selector(kind.text, text), "}")

    def value(self) -> Value:
        token = self.take()
        if token.kind == "string":
            return self.string(token)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "amount":
            return self.amount(token)
        if token.kind == "placeholder":
            return Placeholder(token.text)
        if token.kind == "name":
            return self.named(token)
        if token.text == "[":
            self.deeper()
            found = self.collection()
            self.depth -= 1
            return found
        if token.text == "{":
            return self.closure(token)
        raise self.fail(f"a value is expected, not {token.text!r}", token)

    def string(self, token: _Token) -> str:
        body = token.text[1:-1]
        if token.text[0] == '"' and re.search(r"(?<!\\)\$", body):
            raise self.fail("a string that is put together: the advice uses none", token)
        return re.sub(r"\\(.)", r"\1", body)

    def amount(self, token: _Token) -> Size | Duration:
        count, _, unit = token.text.rpartition(".")
        if unit in SIZES:
            return Size(int(float(count) * 1024 ** SIZES[unit]))
        if unit in SECONDS:
            return Duration(float(count) * SECONDS[unit])
        raise self.fail(f"{unit!r} is no unit of memory or time", token)

    def named(self, token: _Token) -> bool | Reference | None:
        if token.text in _LITERALS:
            return _LITERALS[token.text]
        if token.text not in _REFERENCES:
            raise self.fail(f"{token.text!r} is no value: a string stands in quotes", token)
        name = token.text
        while self.accept("."):
            name += f".{self.take().text}"
        return Reference(name)

    def collection(self) -> list[Value] | dict[str, Value]:
        self.skip_lines()
        if self.accept("]"):
            return []
        if self.accept(":"):
            self.expect("]")
            return {}
        is_map = self.next.kind in ("name", "string") and self.tokens[self.at + 1].text == ":"
        keyed: dict[str, Value] = {}
        values: list[Value] = []
        while True:
            if is_map:
                key = self.take()
                if key.kind not in ("name", "string"):
                    raise self.fail(f"a key is expected, not {key.text!r}", key)
                self.expect(":")
                keyed[self.string(key) if key.kind == "string" else key.text] = self.value()
            else:
                values.append(self.value())
            self.skip_lines()
            if self.accept("]"):
                return keyed if is_map else values
            self.expect(",")
            self.skip_lines()

    def closure(self, opened: _Token) -> Closure:
        """Whatever stands between balanced brackets; the grammar of its inside is another parser's."""
        pending, parts = [opened], list[str]()
        while pending:
            token = self.take()
            if token.kind == "end":
                raise self.fail(f"the {pending[-1].text!r} is not closed", pending[-1])
            if token.kind == "sign" and token.text in _CLOSERS:
                pending.append(token)
            elif token.kind == "sign" and token.text in _CLOSERS.values():
                if _CLOSERS[pending[-1].text] != token.text:
                    raise self.fail(f"{token.text!r} does not close {pending[-1].text!r}", token)
                pending.pop()
            parts.append(" " if token.kind == "newline" and token.text == "\n" else token.text)
        text = re.sub(r" +", " ", " ".join(parts[:-1])).strip()
        if not text:
            raise self.fail("the closure is empty", opened)
        return Closure(text)


def parse(text: str) -> Config:
    """Read a configuration.

    Raises:
        ConfigError: something that is not of the subset.
    """
    reader = _Reader(text)
    reader.statements((), None, "the end")
    return Config(tuple(reader.settings))
