"""
What the administrator decides before the start: environment first, then `helpdesk.toml`, then a default.

`docs/settings.md` lists the same fields; a test keeps the two alike.
"""

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

ROOT: Final = Path(__file__).parents[2]
"""The folder that holds templates, static files and migrations."""

Network = IPv4Network | IPv6Network
Port = Annotated[int, Meta(ge=0, le=65535)]


SHORTEST_KEY: Final = 32
"""Characters of the secret key."""


class BadConfig(Exception):
    """A setting that cannot be used; the text names it and says what would do."""


class Config(Struct, frozen=True, kw_only=True):
    """Every setting of the process. `HELPDESK_BASE_URL` in the environment is `base_url` in `helpdesk.toml`."""

    database_url: str = ""
    """`sqlite:///path` or `postgresql://user:password@host/name`. Empty: SQLite inside `data_dir`."""
    database_pool: Annotated[int, Meta(ge=1, le=200)] = 10
    """How many connections one process keeps to PostgreSQL."""
    data_dir: Path = Path("var")
    """Where files, the search index and the SQLite database live."""
    base_url: str = "http://127.0.0.1:8000"
    """The address people type; links in letters start with it. `https` turns on secure cookies."""
    secret_key: str = ""
    """Signs links and reply addresses. Empty: made once and kept in `data_dir/secret_key`."""
    host: str = "127.0.0.1"
    port: Port = 8000
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 2525
    """Where letters are taken in by SMTP and LMTP; 0 takes none."""
    smtp_peers: str = "127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7"
    """Networks whose mail servers may hand in letters, separated by commas."""
    smtp_certificate: str = ""
    """A PEM file with the certificate chain for STARTTLS. Empty: letters are taken in without encryption only."""
    smtp_key: str = ""
    """The PEM file with its private key. Empty: it is in the same file."""
    smtp_url: str = ""
    """`smtp://user:password@host:587` or `smtps://…`. Empty: letters stay on the outbox page."""
    mail_domain: str = "localhost"
    """Right-hand side of our Message-IDs."""
    dns_server: str = ""
    """`192.0.2.53:53`: the name server asked about our domains. Empty: those of the machine."""
    letter_limit: Annotated[int, Meta(ge=65536)] = 50 * 1024 * 1024
    """The largest letter taken in, in bytes."""
    upload_limit: Annotated[int, Meta(ge=65536)] = 20 * 1024 * 1024
    """The largest file taken from a browser, in bytes."""
    trusted_proxies: str = ""
    """Addresses, separated by commas, whose X-Forwarded-For and -Proto are believed."""
    log_level: str = "info"
    log_format: str = "text"
    """`text` for people, `json` for machines."""

    @property
    def is_secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, or None on PostgreSQL."""
        if not self.database_url:
            return self.data_dir / "helpdesk.sqlite"
        if self.database_url.startswith("sqlite:///"):
            return Path(self.database_url.removeprefix("sqlite:///"))
        return None


def load(environment: Mapping[str, str], folder: Path) -> Config:
    """
    The configuration of this process.

    Raises BadConfig with one sentence that names the setting and where it was found.
    """
    file = Path(environment.get("HELPDESK_CONFIG", folder / "helpdesk.toml"))
    found: dict[str, tuple[object, str]] = {}
    if file.exists():
        try:
            written = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadConfig(f"{file} is not valid TOML: {error}") from None
        found |= {name: (value, f"{name} in {file}") for name, value in written.items()}
    names = {"HELPDESK_" + field.upper(): field for field in Config.__struct_fields__}
    for variable, value in environment.items():
        if variable in names:
            found[names[variable]] = (value, variable)
        elif variable.startswith("HELPDESK_") and variable != "HELPDESK_CONFIG":
            raise BadConfig(f"{variable} is no setting of the help desk. Is it misspelt?")
    values = {name: _convert(name, value, where) for name, (value, where) in found.items()}
    config = msgspec.structs.replace(Config(), **values)
    _check(config, {name: where for name, (_, where) in found.items()})
    return config


def _convert(name: str, value: object, where: str) -> object:
    kinds = {field.name: field.type for field in msgspec.structs.fields(Config)}
    if name not in kinds:
        raise BadConfig(f"{where} is no setting of the help desk. Is it misspelt?")
    try:
        if kinds[name] is Path:
            return Path(msgspec.convert(value, str))
        return msgspec.convert(value, kinds[name], strict=False)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{where} cannot be {value!r}: {error}.") from None


def _check(config: Config, where: Mapping[str, str]) -> None:
    """What a type cannot say."""
    if not config.database_url.startswith(("sqlite:///", "postgresql://")) and config.database_url:
        raise BadConfig(f"{where['database_url']} must be sqlite:///path or postgresql://user:password@host/name.")
    base = urlsplit(config.base_url)
    if base.scheme not in {"http", "https"} or not base.hostname or base.path not in {"", "/"}:
        raise BadConfig(f"{where['base_url']} must be like https://help.example.com, without a path.")
    if config.smtp_url and urlsplit(config.smtp_url).scheme not in {"smtp", "smtps"}:
        raise BadConfig(f"{where['smtp_url']} must begin with smtp:// or smtps://.")
    try:
        networks(config.smtp_peers)
    except ValueError as error:
        raise BadConfig(f"{where['smtp_peers']} must be networks, separated by commas: {error}.") from None
    if config.smtp_key and not config.smtp_certificate:
        raise BadConfig(f"{where['smtp_key']} is of no use without smtp_certificate.")
    if config.dns_server and not re.fullmatch(r"(?:[0-9.]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}", config.dns_server):
        raise BadConfig(f"{where['dns_server']} must be an address and a port, such as 192.0.2.53:53.")
    if config.secret_key and len(config.secret_key) < SHORTEST_KEY:
        raise BadConfig(f"{where['secret_key']} must be at least {SHORTEST_KEY} characters long.")
    if config.log_level not in {"debug", "info", "warning", "error"}:
        raise BadConfig(f"{where['log_level']} must be debug, info, warning or error.")
    if config.log_format not in {"text", "json"}:
        raise BadConfig(f"{where['log_format']} must be text or json.")


def networks(text: str) -> list[Network]:
    """Networks or single addresses, separated by commas. Raises ValueError for what is neither."""
    return [ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip()]


@cache
def config() -> Config:
    """The configuration of this process, read once."""
    return load(os.environ, Path.cwd())


@cache
def secret_key() -> str:
    """
    The configured key, or one made at the first call and kept beside the data (mode 0600).

    Raises BadConfig for a file without a whole key, which a full disk may have left: with half of one, anybody
    could make the marks that prove to whom a letter belongs.
    """
    if config().secret_key:
        return config().secret_key
    import secrets  # only here: the pipe, which starts for every letter, has no use for it

    file = config().data_dir / "secret_key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _keep_private(file, secrets.token_urlsafe(48) + "\n")
    key = file.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST_KEY:
        raise BadConfig(f"{file} holds no key of {SHORTEST_KEY} characters: put the one of your backup there.")
    return key


def _keep_private(file: Path, text: str) -> None:
    """A new file, whole or not at all; one that another process has made meanwhile stays. Mode 0600."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
