"""Passwords after the options of known tools, and in the sentences of databases: there no word announces them."""

from __future__ import annotations

import re
from functools import cached_property

from analyzer.frozen import frozen
from analyzer.support.secret_names import is_secret_name
from analyzer.support.shapes import Hide

FREE = r"(?:(?<![\w-])|(?<=\x1b\[[0-9]m)|(?<=\x1b\[[0-9][0-9]m))"
"""Where a word may begin: a terminal's colour ends with a letter."""
_ON = r"(?![\w.-])[^|;&\n]{0,200}?[\s\"']"
"""On the same command, up to a new word; in a list of words, each has quotes around it."""
_NEXT = r"(?:[\s\"',\\]{1,8}|=)"
"""From an option to the next word."""
_QUOTE = r"\\{0,15}[\"']?"
_WORD = r"([^\s\"'\\$-][^\s\"'\\]*+)"
"""A value; what begins with a dollar is none, but the name of one."""


@frozen
class _Form:
    hints: tuple[str, ...]
    """A text in lower case that holds none of these is not searched."""
    text: str
    """Of the pattern: what stays is its first group, the secret its second."""
    flags: int

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first needed: few of these tools are met in a log."""
        return re.compile(self.text, self.flags)


def _form(hints: str, pattern: str, flags: int = 0) -> _Form:
    return _Form(tuple(hints.split("|")), pattern, flags)


_FORMS = (
    _form("mysql|mariadb", rf"({FREE}(?:mysql\w{{0,12}}|mariadb(?:-\w{{1,12}})?){_ON}-p{_QUOTE}){_WORD}"),
    _form("-cli", rf"({FREE}(?:redis|valkey)-cli{_ON}-a{_NEXT}){_WORD}"),
    _form("mongo", rf"({FREE}mongo(?:sh|dump|restore|import|export|stat|files)?{_ON}-p{_NEXT}){_WORD}"),
    _form("ldap", rf"({FREE}ldap(?:search|add|modify|whoami|delete|passwd|compare){_ON}-w{_NEXT}){_WORD}"),
    _form("zip", rf"({FREE}(?:un)?zip{_ON}-P{_NEXT}){_WORD}"),
    _form("7z", rf"({FREE}7z[ar]?{_ON}-p{_QUOTE}){_WORD}"),
    _form("smbclient|lftp", rf"({FREE}(?:smbclient|lftp){_ON}-[uU]{_NEXT}[^\s%,\"']{{1,128}}[%,]){_WORD}"),
    _form(
        "openssl",
        rf"({FREE}openssl{_ON}-(?:k|K|passin|passout|pass){_NEXT}(?:pass:)?)(?!(?:file|env|fd):|stdin){_WORD}",
    ),
    _form("sqlplus", rf"({FREE}sqlplus\s[^|;&\n]{{0,200}}?[^\s/\"'@]{{1,64}}/)([^\s@\"'/]++)(?=@)"),
    _form("sshpass", rf"({FREE}sshpass\s{{1,3}}-p\s{{0,3}}[\"']?)([^\s\"']++)"),
    _form("login", rf"({FREE}login{_ON}-p{_NEXT}){_WORD}"),
    _form(
        "curl|wget",
        rf"({FREE}(?:curl|wget){_ON}-[A-Za-z]{{0,6}}u{_NEXT}?(?![\d$])[^\s:\"'/$]{{1,256}}:)([^\s\"'\\]++)",
    ),
    _form(
        "-u",
        rf"({FREE}(?:-u|--user|--proxy-user){_NEXT}(?![\d$])[^\s:\"'/$]{{1,256}}:)([^\s\"'\\]++)",
    ),
    _form(
        "-stdin",
        rf"({FREE}(?:echo|printf)\s{{1,3}}(?:-n\s{{1,3}})?(?:'%s'\s{{1,3}})?[\"']?)([^\s\"'|$]++)"
        r"(?=[\"']?\s{0,3}\|[^|\n]{0,200}-stdin)",
    ),
    _form(
        "sudo|kinit|iinit|chpasswd|passphrase-fd",
        rf"({FREE}(?:echo|printf)\s{{1,3}}(?:-n\s{{1,3}})?(?:'%s'\s{{1,3}})?[\"']?)([^\s\"'|$]++)"
        r"(?=[\"']?\s{0,3}\|\s{0,3}(?:sudo\s[^|\n]{0,80}-S\b|kinit\b|iinit\b|(?:sudo\s{1,3})?chpasswd\b"
        r"|gpg2?\s[^|\n]{0,200}--passphrase-fd))",
    ),
    _form(
        "<<<",
        rf"((?:-stdin\b|{FREE}(?:kinit|iinit|sudo\s{{1,3}}-S)\b)[^|;&\n<]{{0,200}}<<<\s{{0,3}}{_QUOTE})([^\s\"'\\$-][^\s\"'\\]*+)",
    ),
    _form(
        "htpasswd",
        rf"({FREE}htpasswd\s{{1,3}}-[A-Za-z]{{0,8}}b[A-Za-z]{{0,8}}(?:\s{{1,3}}[^\s|;&]{{1,256}}){{2}}\s{{1,3}}{_QUOTE}){_WORD}",
    ),
    _form("ncftp|cypher", rf"({FREE}(?:ncftp\w{{0,8}}|cypher-shell){_ON}-p{_NEXT}){_WORD}"),
    _form("sqlcmd|bcp|tsql|osql", rf"({FREE}(?:sqlcmd|bcp|tsql|osql){_ON}-P{_NEXT}){_WORD}"),
    _form("pdp|sqlldr", rf"({FREE}(?:impdp|expdp|sqlldr)\s{{1,3}}[\"']?[^\s/\"'@]{{1,64}}/)([^\s@\"'/]++)"),
    _form("ascp", rf"({FREE}ascp{_ON}-W{_NEXT}){_WORD}"),
    _form("rclone", rf"({FREE}rclone\s{{1,3}}obscure\s{{1,3}}{_QUOTE}){_WORD}"),
    _form(
        "secrets",
        rf"({FREE}nextflow\s{{1,3}}secrets\s{{1,3}}(?:set|put)\s{{1,3}}(?:-n\s{{1,3}})?[\w.-]{{1,128}}\s{{1,3}}(?:-v\s{{1,3}})?{_QUOTE}){_WORD}",
    ),
    _form(
        "alias",
        rf"({FREE}mc(?:li)?\s{{1,3}}alias\s{{1,3}}(?:set|s)(?:\s{{1,3}}[^\s|;&]{{1,256}}){{3}}\s{{1,3}}{_QUOTE}){_WORD}",
    ),
    _form(
        "identified", r"(\bidentified\s{1,3}(?:with\s{1,3}\S{1,64}\s{1,3})?by\s{1,3}\\{0,15}[\"'])([^\"'\n\\]++)", re.I
    ),
    _form("password", r"(\bpassword\s{1,3}\\{0,15}')([^'\n\\]++)", re.I),
)
_CONFIGURE = re.compile(rf"({FREE}configure\s{{1,3}}set\s{{1,3}}([\w.-]{{1,128}}+)\s{{1,3}}{_QUOTE}){_WORD}")


def hide_in_commands(text: str, hide: Hide) -> str:
    """Without the passwords that stand on command lines of known tools."""
    lowered = text.casefold()
    for form in _FORMS:
        if any(map(lowered.__contains__, form.hints)):
            text = form.pattern.sub(lambda m: m[1] + hide(m[2]), text)
    if "configure" in lowered:
        text = _CONFIGURE.sub(lambda m: m[1] + hide(m[3]) if is_secret_name(m[2]) else m[0], text)
    return text
