"""Settings: their names, defaults and bounds. Only this module reads the environment."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from me_api.validation import urls
from me_api.validation.messages import describe, otherwise

PREFIX = "ME_API_"
SLUG = r"^[^\W_A-Z][\w-]{0,63}$"
NODE = r"^(?:[a-z0-9-]{1,16})?$"
MAIL_FROM = r"^(?:[^\s@<>]{1,64}@[^\s@<>]{1,255})?$"
MIN_SECRET = 32
"""The fewest characters of the key that signs tokens."""


class ConfigError(Exception):
    """An invalid setting or database, described in one line for the operator."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Origin = Annotated[str, AfterValidator(urls.origin)]
Origins = Annotated[tuple[Origin, ...], BeforeValidator(_split), Field(min_length=1)]
Slug = Annotated[
    str,
    Field(pattern=SLUG),
    otherwise(
        "must be a name of at most 64 characters such as my-room: it begins with a lower-case"
        " letter or a digit, and continues with these, _ and -"
    ),
]
"""The name of a room."""
Rooms = Annotated[tuple[Slug, ...], BeforeValidator(_split), Field(min_length=1)]


class Settings(BaseModel):
    """The settings; each is read from the variable `ME_API_` followed by its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, description="Address to listen on")] = "127.0.0.1"
    port: Annotated[
        int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    ] = 1337
    database_url: Annotated[
        str,
        AfterValidator(urls.database_url),
        Field(description="SQLAlchemy URL; by default an SQLite file in the instance folder"),
    ]
    jwt_secret: Annotated[
        str,
        Field(
            min_length=MIN_SECRET,
            repr=False,
            description="Key that signs tokens; by default created once in the instance folder",
        ),
    ]
    node: Annotated[
        str,
        Field(
            pattern=NODE,
            description="Name of this server in a cluster, and prefix of its sessions' ids; by"
            " default made of machine, folder and port",
        ),
        otherwise("must have at most 16 characters, of a to z, 0 to 9 and -"),
    ] = ""
    redis_url: Annotated[
        str,
        AfterValidator(urls.redis_url),
        Field(repr=False, description="Redis that makes a cluster faster; nothing depends on it"),
    ] = ""
    serve: Annotated[
        Literal["all", "chat", "api"],
        Field(description="What is served: everything, the chat alone, or the API without it"),
    ] = "all"
    token_hours: Annotated[
        float, Field(gt=0, le=8760, description="Hours until a token expires")
    ] = 24
    rooms: Annotated[Rooms, Field(description="Rooms that are created at start-up if missing")] = (
        "lobby",
        "kundtjanst",
    )
    course_room: Annotated[
        Slug, Field(description="Room of clients of the course that name none")
    ] = "lobby"
    cors_origins: Annotated[
        Origins, Field(description="Origins whose pages may use the API, or *")
    ] = ("*",)
    rate_limits: Annotated[
        Literal["on", "off"], Field(description="Whether posts, searches and logins are limited")
    ] = "on"
    rates: Annotated[
        tuple[str, ...],
        BeforeValidator(_split),
        Field(description="Rate limits that differ from the defaults, as post=10/30"),
    ] = ()
    address_connections: Annotated[
        int, Field(ge=0, description="Realtime connections of one address; 0: half of open files")
    ] = 0
    room_limit: Annotated[
        int, Field(ge=0, description="The most rooms; only the owner may create more")
    ] = 200
    message_max_length: Annotated[
        int, Field(ge=1, le=100_000, description="Longest message, in characters")
    ] = 4000
    ping_interval: Annotated[
        float, Field(gt=0, le=3600, description="Seconds between pings; fractions allowed")
    ] = 25
    ping_timeout: Annotated[
        float, Field(gt=0, le=3600, description="Seconds to wait for a pong")
    ] = 20
    connect_timeout: Annotated[
        float,
        Field(
            gt=0,
            le=3600,
            description="Seconds for which a Socket.IO connection may be in no namespace",
        ),
    ] = 45
    recovery_hours: Annotated[
        float, Field(gt=0, le=8760, description="Hours for which a lost session can be recovered")
    ] = 24
    recovery_limit: Annotated[
        int, Field(ge=0, le=1_000_000, description="The most changes that a recovery replays")
    ] = 10_000
    outbox_bytes: Annotated[
        int, Field(ge=1024, description="The most bytes that wait in a client's write buffer")
    ] = 1_048_576
    websocket_max_bytes: Annotated[
        int,
        Field(
            ge=1024,
            le=1_073_741_824,
            description="Bytes of the largest message on a native WebSocket",
        ),
    ] = 1_000_000
    head_timeout: Annotated[
        float, Field(gt=0, le=3600, description="Seconds for a client to send a request's head")
    ] = 15
    body_timeout: Annotated[
        float,
        Field(
            gt=0,
            le=3600,
            description="Seconds to wait for more of a body, or until a response is read on",
        ),
    ] = 30
    idle_timeout: Annotated[
        float, Field(gt=0, le=86_400, description="Seconds for which a connection may be idle")
    ] = 75
    input_bytes: Annotated[
        int,
        Field(
            ge=0,
            description="The most bytes of incomplete requests and messages; 0: 32 MiB, or four"
            " times the largest message",
        ),
    ] = 0
    drain: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            description="Seconds for which a stopping server is not ready, but still serves",
        ),
    ] = 0
    registration: Annotated[
        Literal["open", "closed"], Field(description="Whether anybody may register")
    ] = "open"
    reserved_nicks: Annotated[
        tuple[str, ...],
        BeforeValidator(_split),
        Field(description="Nicks that nobody may take, beside those like `server` and `owner`"),
    ] = ()
    access_log: Annotated[
        Literal["off", "common", "json"],
        Field(description="Whether each request is logged, and in which form"),
    ] = "off"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="The least severe of what is logged"),
    ] = "warning"
    public_url: Annotated[
        str,
        AfterValidator(urls.public_url),
        Field(description="Address of the site, for links in e-mail and on the command line"),
    ] = ""
    smtp_url: Annotated[
        str,
        AfterValidator(urls.smtp_url),
        Field(repr=False, description="Mail server by which links for new passwords are sent"),
    ] = ""
    mail_from: Annotated[
        str,
        Field(pattern=MAIL_FROM, description="Sender of e-mail, such as me@example.com"),
        otherwise("is not an email address"),
    ] = ""
    trusted_proxies: Annotated[
        int,
        Field(ge=0, le=10, description="Number of reverse proxies whose X-Forwarded-* are trusted"),
    ] = 0


def load(environ: Mapping[str, str], instance: Path) -> Settings:
    """Read the settings; raise `ConfigError` for the first one that is invalid.

    By default the database and the signing key are files in the instance folder.
    """
    values = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    # A misspelt setting would silently leave the default in force.
    unknown = sorted(set(values) - set(Settings.model_fields))
    if unknown:
        raise ConfigError(f"{PREFIX}{unknown[0].upper()} is not a setting of me-api.")
    values.setdefault("database_url", f"sqlite:///{instance / 'me-api.sqlite'}")
    if "jwt_secret" not in values:
        if not is_sqlite(values["database_url"]):
            # Made here, it would differ from that of every other server of the database.
            raise ConfigError(
                f"{PREFIX}JWT_SECRET is needed where the database is not SQLite: all servers of a"
                " database sign tokens with the same key."
            )
        values["jwt_secret"] = _secret_of(instance)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        name = f"{PREFIX}{str(fault['loc'][0]).upper()}"
        raise ConfigError(f"{name}: {describe(fault)}.") from None
    if settings.redis_url and is_sqlite(settings.database_url):
        raise ConfigError(
            f"{PREFIX}REDIS_URL: with SQLite there is one server, and nothing to send to others."
        )
    for name in ("public_url", "mail_from"):
        if settings.smtp_url and not getattr(settings, name):
            raise ConfigError(f"{PREFIX}{name.upper()} is needed where {PREFIX}SMTP_URL is set.")
    return settings


def is_sqlite(url: str) -> bool:
    """Return whether a database URL is one of SQLite, or no URL at all."""
    try:
        return make_url(url).get_backend_name() == "sqlite"
    except (ArgumentError, ValueError):
        return True


def _secret_of(instance: Path) -> str:
    """Return the signing key of this instance, creating it if it is missing.

    Raises `ConfigError` if the file was cut short.
    """
    path = instance / "jwt_secret"
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _create_secret(path)
    secret = path.read_bytes().decode("ascii", "replace").strip()
    if len(secret) < MIN_SECRET:
        # Not replaced: it may be what is left of a key whose tokens are in use.
        raise ConfigError(
            f"{path} has {len(secret)} characters, and a key needs {MIN_SECRET}: delete the file, "
            "and the next start creates a new key, with which users have to log in again."
        )
    return secret


def _create_secret(path: Path) -> None:
    """Create the key, with mode 600, unless another process has just done so."""
    # The file gets its name when it is complete and on disk: a crash leaves all of it or nothing,
    # and of several processes that start at once, one creates the key and all read it whole.
    descriptor, temporary = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Write the names of a folder's files to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
