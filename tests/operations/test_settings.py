"""Settings that are refused, each with the line that the operator reads; in this process."""

from pathlib import Path

import pytest

from me_api.config import PREFIX, ConfigError, Settings, load

SECRET = {"ME_API_JWT_SECRET": "s" * 32}
REFUSED = [
    ("ME_API_PROT", "1337", "ME_API_PROT is not a setting of me-api."),
    ("ME_API_DATABASE_URL", "me.sqlite", "ME_API_DATABASE_URL: is not a database URL such as"),
    ("ME_API_DATABASE_URL", "sqlite://", "needs a file: a chat in memory would lose everything"),
    ("ME_API_DATABASE_URL", "sqlite:///:memory:", "needs a file"),
    ("ME_API_DATABASE_URL", "mysql://x/y", "is neither of sqlite:/// nor of postgresql+psycopg://"),
    ("ME_API_DATABASE_URL", "postgresql://x/y", "is neither of sqlite:/// nor of postgresql+"),
    ("ME_API_DATABASE_URL", "sqlite+aiosqlite:///x.sqlite", "is neither of sqlite:/// nor of"),
    ("ME_API_DATABASE_URL", "sqlite+pysqlcipher:///x.sqlite", "is neither of sqlite:/// nor of"),
    ("ME_API_JWT_SECRET", "short", "ME_API_JWT_SECRET: "),
    ("ME_API_REDIS_URL", "redis://x", "with SQLite there is one server"),
]


@pytest.mark.parametrize(("name", "value", "line"), REFUSED)
def test_a_wrong_setting_is_refused_in_one_line(
    tmp_path: Path, name: str, value: str, line: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(SECRET | {name: value}, tmp_path)
    assert line in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_database_of_several_servers_needs_the_same_key_on_all(tmp_path: Path) -> None:
    url = {"ME_API_DATABASE_URL": "postgresql+psycopg://x/y"}
    with pytest.raises(ConfigError, match="sign tokens with the same key"):
        load(url, tmp_path)
    assert load(url | SECRET, tmp_path).database_url == url["ME_API_DATABASE_URL"]
    assert not list(tmp_path.iterdir())


def test_of_a_url_that_is_none_the_fault_is_not_that_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a database URL"):
        load({"ME_API_DATABASE_URL": "?"}, tmp_path)


def test_lists_are_separated_by_commas_or_are_lists(tmp_path: Path) -> None:
    assert load(SECRET | {"ME_API_ROOMS": " a, b ,,"}, tmp_path).rooms == ("a", "b")
    values = {"rooms": ("c",), "database_url": "sqlite:///x", "jwt_secret": "s" * 32}
    assert Settings.model_validate(values).rooms == ("c",)


def test_what_is_not_of_this_program_is_ignored(tmp_path: Path) -> None:
    assert PREFIX == "ME_API_"
    assert load(SECRET | {"ME_APIX": "1", "PORT": "1"}, tmp_path) == load(SECRET, tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        *("localhost:5173", "x.se", "http://x.se/app", "http://a http://b", "http://*.x.se"),
        *("http://", "http://x.se:", "http://x.se:port", "http://x.se:99999", "//x.se"),
        *("http://u@x.se", "http://x.se?a", "http://x.se#a", "http://åäö.se", "https://[::g]"),
        *("*.x.se", "http://x.se//", "Null"),
    ],
)
def test_f91_an_origin_that_can_never_match_is_refused(tmp_path: Path, written: str) -> None:
    """F91: the server started, and refused the pages that the operator meant."""
    with pytest.raises(ConfigError) as refusal:
        load(SECRET | {"ME_API_CORS_ORIGINS": f"https://one.example,{written}"}, tmp_path)
    assert str(refusal.value).startswith("ME_API_CORS_ORIGINS: ")
    assert repr(written) in str(refusal.value)


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "http://localhost:5173", "HTTPS://Two.Example", "http://[::1]:8080"),
        *("http://127.0.0.1", "capacitor://localhost", "http://xn--4cab6c.se", "http://my_pc:1"),
    ],
)
def test_f91_an_origin_may_have_a_slash_at_its_end(tmp_path: Path, origin: str) -> None:
    """F91: with the slash it matched nothing."""
    written = origin if origin in ("*", "null") else f"{origin}/"
    assert load(SECRET | {"ME_API_CORS_ORIGINS": written}, tmp_path).cors_origins == (origin,)
