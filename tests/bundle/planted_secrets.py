"""Secrets of every kind, made up from a seed: their known beginnings are put together here, none is in a file."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

LETTERS = string.ascii_letters
ALPHANUMERIC = LETTERS + string.digits
UPPER = string.ascii_uppercase + string.digits
BASE64 = ALPHANUMERIC + "+/"
URL_SAFE = ALPHANUMERIC + "_-"
HEXADECIMAL = "0123456789abcdef"


@dataclass(frozen=True)
class Written:
    """A secret, and a line of text as it is met in the wild."""

    kind: str
    secret: str
    """The characters that must not be delivered."""
    line: str
    """The secret where and how it is written; it may be one of several lines."""
    bare: bool = False
    """It can be told by its shape alone."""


@dataclass(frozen=True)
class Maker:
    """Random text, the same for the same seed."""

    random: random.Random

    def text(self, alphabet: str, length: int) -> str:
        """Random characters; a letter of each case and a digit are among them where the alphabet has them."""
        groups = [[c for c in alphabet if test(c)] for test in (str.islower, str.isupper, str.isdigit)]
        start = [self.random.choice(group) for group in groups if group]
        rest = self.random.choices(alphabet, k=length - len(start))
        return "".join(self.random.sample(start + rest, length))

    def object64(self, document: dict[str, object]) -> str:
        """base64 of a JSON object, URL-safe and without padding, as in a JSON web token."""
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    def jwt(self) -> str:
        """A JSON web token as Fusion's licence is one."""
        header = self.object64({"alg": "RS256", "typ": "JWT"})
        body = self.object64({"sub": self.text(ALPHANUMERIC, 12), "workspaceId": self.random.randrange(10**9)})
        return f"{header}.{body}.{self.text(URL_SAFE, 86)}"

    def tower(self) -> str:
        """An access token of Seqera Platform: base64 of `{"tid": 123}.` and a hash."""
        inside = json.dumps({"tid": self.random.randrange(10**5)}) + "." + self.text(HEXADECIMAL, 40)
        return base64.b64encode(inside.encode()).decode()

    def body(self, lines: int = 4) -> list[str]:
        """The lines between a private key's first and last."""
        return [self.text(BASE64, 64) for _ in range(lines)] + [self.text(BASE64, 22) + "=="]


def amazon(make: Maker) -> Iterator[Written]:
    """Keys and tokens of AWS."""
    for first in ("AK" + "IA", "AS" + "IA"):
        key = first + make.text(UPPER, 16)
        yield Written("aws access key", key, f"using key {key} for eu-west-1", bare=True)
        yield Written("aws access key", key, f'"accessKeyId": "{key}",', bare=True)
    for line in (
        "aws_secret_access_key = {}",
        "export AWS_SECRET_ACCESS_KEY={}",
        '"SecretAccessKey": "{}",',
        "aws.secretKey='{}'",
        "aws {{ secretKey = '{}' }}",
        "credentials refused: {} is not valid",
        "<SecretAccessKey>{}</SecretAccessKey>",
    ):
        secret = make.text(BASE64.replace("/", ""), 40)
        yield Written("aws secret key", secret, line.format(secret), bare=True)
    pair, beside = "AK" + "IA" + make.text(UPPER, 16), make.text(BASE64, 40)
    yield Written("aws secret key", beside, f"{pair}:{beside}")
    beside = make.text(BASE64, 40)
    yield Written("aws secret key", beside, f"aws configure set k {pair} {beside}")
    for first in ("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdzE", "FQoGZXIvYXdzE"):
        token = first + make.text(BASE64, 300) + "=="
        yield Written("aws session token", token, f"aws_session_token={token}", bare=True)
        yield Written("aws session token", token, f"SessionToken was {token}", bare=True)


def tokens(make: Maker) -> Iterator[Written]:
    """Tokens that stand in headers, variables and licences."""
    for line in ("FUSION_LICENSE_TOKEN={}", "licence {} accepted", "id_token: {}"):
        jwt = make.jwt()
        yield Written("json web token", jwt, line.format(jwt), bare=True)
    tower = make.tower()
    decoded = base64.b64decode(tower).decode()
    yield Written("tower token", tower, f"TOWER_ACCESS_TOKEN={tower}", bare=True)
    yield Written("tower token", tower, f"tower said {tower}", bare=True)
    yield Written("tower token", decoded.split(".")[1], f"token is {decoded}")
    for line in ("Authorization: Bearer {}", "curl -H 'Authorization: Bearer {}' x", "authorization=Bearer {}"):
        bearer = make.text(URL_SAFE, 40)
        yield Written("bearer", bearer, line.format(bearer))
    basic = base64.b64encode(f"user:{make.text(ALPHANUMERIC, 12)}".encode()).decode()
    yield Written("basic", basic, f"Authorization: Basic {basic}")
    for header in ("X-Api-Key", "X-Vault-Token", "X-Auth-Token", "Private-Token", "PRIVATE-TOKEN", "X-Access-Token"):
        value = make.text(ALPHANUMERIC, 24)
        yield Written("header", value, f'curl --header "{header}: {value}" https://example.org/x')
    session = make.text(ALPHANUMERIC, 32)
    yield Written("cookie", session, f"Set-Cookie: JSESSIONID={session}; Path=/; HttpOnly")
    user = make.text(ALPHANUMERIC, 14)
    yield Written("basic", user, f"curl -u me:{user} https://example.org/x")
    user = make.text(ALPHANUMERIC, 14)
    yield Written("basic", user, f"wget --user=me --password={user} https://example.org/x")


def links(make: Maker) -> Iterator[Written]:
    """Links that let in whoever has them."""
    signature, token = make.text(HEXADECIMAL, 64), quote("IQoJb3JpZ2luX2Vj" + make.text(BASE64, 200), safe="")
    key = "AS" + "IA" + make.text(UPPER, 16)
    url = (
        f"https://store.s3.eu-west-1.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20260801"
        f"%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260801T000000Z&X-Amz-Security-Token={token}"
        f"&X-Amz-Signature={signature}"
    )
    for secret in (signature, token, key):
        yield Written("pre-signed url", secret, f"GET {url} 403")
    old = make.text(BASE64, 27)
    yield Written(
        "pre-signed url", quote(old, safe=""), f"s3?AWSAccessKeyId={key}&Expires=1&Signature={quote(old, safe='')}%3D"
    )
    front = make.text(URL_SAFE, 80)
    yield Written(
        "cloudfront url", front, f"https://d1.cloudfront.net/a?Expires=1&Signature={front}&Key-Pair-Id=K{key[4:]}"
    )
    google = make.text(HEXADECIMAL, 128)
    yield Written("gcs url", google, f"https://storage.googleapis.com/b/o?X-Goog-Expires=9&X-Goog-Signature={google}")
    azure = quote(make.text(BASE64, 43) + "=", safe="")
    yield Written("azure sas", azure, f"https://acct.blob.core.windows.net/c/b?sv=2022-11-02&sp=r&sig={azure}")
    account = make.text(BASE64, 86) + "=="
    yield Written("azure key", account, f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={account};x=y")
    sent = make.text(ALPHANUMERIC, 24)
    yield Written("slack webhook", sent, "https://hooks.slack" + f".com/services/T{key[5:14]}/B{key[6:15]}/{sent}")


def urls(make: Maker) -> Iterator[Written]:
    """Passwords inside addresses of databases and stores."""
    for line in (
        "postgresql://me:{}@db.internal.corp:5432/x",
        "jdbc:postgresql://db/x?user=me&password={}",
        "jdbc:sqlserver://db:1433;databaseName=x;user=me;password={};encrypt=true",
        "jdbc:oracle:thin:me/{}@//db:1521/x",
        "jdbc:mysql://me:{}@db/x",
        "Driver={{PostgreSQL}};Server=db;Uid=me;Pwd={};",
        "redis://:{}@cache:6379/0",
        "rediss://default:{}@cache:6379/0",
        "mongodb+srv://me:{}@cluster0.example.net/x",
        "amqp://me:{}@queue/vhost",
        "https://me:{}@example.org/a.git",
        "https://{}@example.org/a.git",
        "s3://me:{}@store/work",
        "ftp://me:{}@ftp.example.org/x",
        "smtp://me%40example.org:{}@mail:587",
    ):
        password = make.text(ALPHANUMERIC, 18)
        yield Written("url password", password, f"connecting to {line.format(password)}")
    password = make.text(LETTERS, 6) + "@" + make.text(ALPHANUMERIC, 8)
    yield Written("url password", password.split("@")[1], f"postgres://me:{password}@db/x")


def files(make: Maker) -> Iterator[Written]:
    """Secrets in files of known tools."""
    password = make.text(ALPHANUMERIC, 16)
    yield Written("pgpass", password, f"db.internal.corp:5432:results:me:{password}")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("netrc", password, f"machine example.org login me password {password}")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("netrc", password, f"machine example.org\n  login me\n  password {password}")
    auth = base64.b64encode(f"me:{make.text(ALPHANUMERIC, 14)}".encode()).decode()
    yield Written("docker config", auth, f'{{"auths": {{"quay.io": {{"auth": "{auth}"}}}}}}')
    yield Written("docker config", auth, f'      "auth": "{auth}"')
    token = make.text(ALPHANUMERIC, 64)
    yield Written("kubeconfig", token, f"    user:\n      token: {token}")
    data = base64.b64encode(make.text(ALPHANUMERIC, 120).encode()).decode()
    yield Written("kubeconfig", data, f"    client-key-data: {data}")
    token = make.text(URL_SAFE, 36)
    yield Written("npmrc", token, f"//registry.example.org/:_authToken={token}")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("pypirc", password, f"[pypi]\nusername = __token__\npassword = {password}")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("docker login", password, f"docker login -u me -p {password} quay.io")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("docker login", password, f"echo {password} | docker login -u me --password-stdin quay.io")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("mysql option", password, f"mysql -u me -p{password} -h db results")
    password = make.text(ALPHANUMERIC, 16)
    yield Written("sshpass", password, f"sshpass -p {password} ssh me@example.org")


def services(make: Maker) -> Iterator[Written]:
    """Keys of well-known services, which their beginning tells."""
    text = make.text
    for kind, secret in (
        ("github", "gh" + "p_" + text(ALPHANUMERIC, 36)),
        ("github", "gh" + "s_" + text(ALPHANUMERIC, 36)),
        ("github", "github" + "_pat_" + text(ALPHANUMERIC, 22) + "_" + text(ALPHANUMERIC, 59)),
        ("gitlab", "gl" + "pat-" + text(URL_SAFE, 20)),
        ("gitlab", "gl" + "rt-" + text(URL_SAFE, 20)),
        ("slack", "xo" + f"xb-{text(string.digits, 12)}-{text(string.digits, 12)}-{text(ALPHANUMERIC, 24)}"),
        ("slack", "xa" + f"pp-1-A{text(UPPER, 10)}-{text(string.digits, 12)}-{text(HEXADECIMAL, 64)}"),
        ("npm", "np" + "m_" + text(ALPHANUMERIC, 36)),
        ("pypi", "py" + "pi-AgEIcHlwaS5vcmc" + text(URL_SAFE, 120)),
        ("hugging face", "h" + "f_" + text(LETTERS, 34)),
        ("openai", "s" + "k-" + text(ALPHANUMERIC, 48)),
        ("openai", "s" + "k-proj-" + text(URL_SAFE, 100)),
        ("anthropic", "s" + "k-ant-api03-" + text(URL_SAFE, 93) + "AA"),
        ("google", "AI" + "za" + text(URL_SAFE, 35)),
        ("google", "ya" + "29." + text(URL_SAFE, 100)),
        ("google", "GOC" + "SPX-" + text(URL_SAFE, 28)),
        ("stripe", "s" + "k_live_" + text(ALPHANUMERIC, 24)),
        ("stripe", "r" + "k_test_" + text(ALPHANUMERIC, 24)),
        ("twilio", "S" + "K" + text(HEXADECIMAL, 32)),
        ("sendgrid", "S" + "G." + text(URL_SAFE, 22) + "." + text(URL_SAFE, 43)),
        ("vault", "hv" + "s." + text(URL_SAFE, 90)),
        ("digitalocean", "do" + "p_v1_" + text(HEXADECIMAL, 64)),
        ("databricks", "da" + "pi" + text(HEXADECIMAL, 32)),
        ("docker hub", "dckr" + "_pat_" + text(URL_SAFE, 27)),
        ("shopify", "shp" + "at_" + text(HEXADECIMAL, 32)),
        ("wave", "tw" + "_" + text(ALPHANUMERIC, 40)),
    ):
        if kind not in ("wave",):
            yield Written(f"{kind} key", secret, f"calling the service with {secret} now", bare=True)
        yield Written(f"{kind} key", secret, f"SERVICE_TOKEN={secret}")


def keys(make: Maker) -> Iterator[Written]:
    """Private keys; each line of one is a secret."""
    for title in ("RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"):
        body = make.body()
        whole = "\n".join(["-----" + f"BEGIN {title}-----", *body, f"-----END {title}-----"])
        for line in body:
            yield Written("private key", line, whole)
        body = make.body()
        flat = "\\n".join(["-----" + f"BEGIN {title}-----", *body, f"-----END {title}-----\\n"])
        yield Written("private key", body[1], json.dumps({"private_key": "@"}).replace("@", flat))
    body = make.body()
    yield Written("private key", body[0], "PuTTY-User-Key-" + "File-2: ssh-rsa\nPrivate-Lines: 2\n" + "\n".join(body))
    age = "AGE-SECRET-" + "KEY-1" + make.text(UPPER, 58)
    yield Written("age key", age, f"identity {age}", bare=True)


NOTATIONS = {
    "shell": "{name}={value}",
    "exported": "export {name}={value}",
    "quoted": 'export {name}="{value}"',
    "single": "declare -x {name}='{value}'",
    "json": '{{"{name}": "{value}"}}',
    "json, tight": '{{"{name}":"{value}","x":1}}',
    "yaml": "  {name}: {value}",
    "yaml, quoted": '  {name}: "{value}"',
    "properties": "app.{name} = {value}",
    "flag": "run --{name} {value} --threads 4",
    "flag=": "run --{name}={value} --threads 4",
    "java flag": "java -D{name}={value} -jar x.jar",
    "docker flag": "docker run -e {name}={value} image",
    "xml": "<{name}>{value}</{name}>",
    "xml attribute": '<connection {name}="{value}"/>',
    "xml entry": '<entry key="{name}">{value}</entry>',
    "xml property": '<property name="{name}" value="{value}"/>',
    "xml pair": "<name>fs.{name}</name><value>{value}</value>",
    "groovy": "  {name} = '{value}'",
    "groovy map": "[{name}: '{value}', b: 2]",
    "groovy block": "secrets.{name} = '{value}'",
    "python": "{name} = '{value}'",
    "python call": "connect({name}='{value}', x=1)",
    "python dict": "{{'{name}': '{value}'}}",
    "ruby": ":{name} => '{value}'",
    "go": '{name} := "{value}"',
    "r": 'Sys.setenv({name} = "{value}"); {name} <- "{value}"',
    "csh": "setenv {name} {value}",
    "windows": "set {name}={value}",
    "pair": '{{"name": "{name}", "value": "{value}"}}',
    "pair, reversed": '{{"value": "{value}", "name": "{name}"}}',
    "pair, aws": '{{"Key": "{name}", "Value": "{value}"}}',
    "query": "https://example.org/x?a=1&{name}={value}&b=2",
    "escaped": '{{\\"{name}\\": \\"{value}\\"}}',
    "trace": "+ {name}={value}",
    "toml": '{name}="{value}"',
    "ini": "{name}: {value}",
    "make": "{name}:={value}",
    "fish": "set -gx {name} {value}",
    "dockerfile": "ENV {name} {value}",
    "env array": '["{name}={value}"]',
    "go map": "map[{name}:{value} x:y]",
    "column": "{name} | {value}",
}
"""How a name and its value are written; every one of them is planted with every name of a secret."""

SECRET_NAMES = (
    ("DB_PASSWORD", "any"),
    ("dbPassword", "any"),
    ("MY_SERVICE_API_KEY", "any"),
    ("client_secret", "any"),
    ("GITHUB_TOKEN", "any"),
    ("secretKey", "any"),
    ("api-key", "any"),
    ("PGPASSWORD", "any"),
    ("passphrase", "any"),
)


def named(make: Maker) -> Iterator[Written]:
    """Values of variables with the name of a secret, in every notation."""
    for notation, form in NOTATIONS.items():
        for name, _ in SECRET_NAMES:
            value = make.text(ALPHANUMERIC, 16)
            yield Written(f"named, {notation}", value, form.format(name=name, value=value))


def secrets_of_every_kind(seed: int) -> list[Written]:
    """The same for the same seed."""
    make = Maker(random.Random(seed))  # noqa: S311 - made up, on purpose the same again
    kinds = (amazon, tokens, links, urls, files, services, keys, named)
    return [written for kind in kinds for written in kind(make)]
