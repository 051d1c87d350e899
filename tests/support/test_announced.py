"""Secrets that a query, a sentence or a tool's option announces, and what merely sounds alike."""

from __future__ import annotations

import pytest

from analyzer.support.redaction import mask_secrets


@pytest.mark.parametrize(
    "line",
    [
        "GET https://api.x.org/v1?a=1&key={}",
        "GET /v1?auth={}&x=1",
        "the password is {}",
        "your passphrase is '{}'",
        "using password {}",
        "using password: {}",
        "Enter password for me: {}",
        "License key: {}",
        "the token is {}",
        "tool --pass {}",
        "mariadb -u me -p{} db",
        '["mysql", "-p{}", "-u"]',
        "redis-cli -h c -p 6379 -a {} ping",
        "mongosh --username me -p {} db",
        "ldapsearch -D cn=me -w {} -b dc=x",
        "zip -P {} x.zip a",
        "7z x -p{} x.7z",
        "smbclient -U me%{} //h/x",
        "openssl rsa -passin pass:{} -in x",
        "curl -sSu me:{} https://x",
        "curl -ume:{} https://x",
        "machine h login u account a password {}",
        "aws configure set aws_secret_access_key {}",
        "sqlplus me/{}@db",
        "CREATE USER me IDENTIFIED BY '{}'",
        "mount //me:{}@host/share",
        "pw={}",
        "Passwort: {}",
        "Das Passwort lautet {}",
        "LIMS_KENNWORT={}",
        "wachtwoord: {}",
        "mot de passe : {}",
        'docker login --password-stdin r.x.de <<< "{}"',
        "iinit <<< {}",
        "echo {} | sudo -S mount /mnt",
        "echo '{}' | kinit me",
        "printf '%s' {} | gpg -d --passphrase-fd 0 x",
        "htpasswd -bc f me {}",
        "ncftpput -u me -p {} ftp.x.de / f",
        "cypher-shell -u me -p {} x",
        "sqlcmd -S srv -U sa -P {} -Q x",
        "impdp me/{} schemas=x",
        "ascp -W {} me@x.de:/f .",
        "rclone obscure {}",
        "nextflow secrets set LIMS {}",
        "nextflow secrets put -n LIMS -v {}",
        "mc alias set s3 https://minio.x.de ACCESS {}",
    ],
)
def test_what_is_announced_goes(line: str) -> None:
    shown = mask_secrets(line.format("hunter2x"))
    assert "hunter2x" not in shown
    assert mask_secrets(shown) == shown


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("License key: ABCD-1234-EFGH-5678", "ABCD-1234"),
        ("product key = ABCDE-FGHIJ-KLMNO-PQRST-UVWXY", "KLMNO"),
        ("Basic bWU6cHc=", "bWU6cHc"),
        ('{"auth": "bWU6"}', "bWU6"),
        ("got tw" + "_abcdefgh1234567890abcdefgh1234567890", "abcdefgh1234"),
        ('"private_key_id": "0123456789abcdef0123456789abcdef01234567"', "0123456789"),
    ],
)
def test_short_and_grouped_ones_go(line: str, secret: str) -> None:
    assert secret in line
    assert secret not in mask_secrets(line)


@pytest.mark.parametrize(
    "line",
    [
        "the password is not set",
        "password is required; the passphrase is missing",
        "the password is incorrect.",
        "Access denied for user 'me'@'host' (using password: YES)",
        "connecting with password authentication",
        "pull denied or may require authorization: server message: insufficient_scope: authorization failed",
        "botocore.exceptions.CredentialRetrievalError: Error when retrieving credentials from iam-role: ",
        "License: GPL-3.0-or-later; see the license file of the-other-tool-here",
        "gzip -p x; unzip -o a.zip; redis-cli ping; mysql -u me -p results",
        "exit code 137; error code: E1234567",
        "https://s3/console?key=work/ab/file.txt",
    ],
)
def test_what_sounds_alike_stays(line: str) -> None:
    assert mask_secrets(line) == line
