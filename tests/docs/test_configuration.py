"""The table of settings in docs/configuration.md against the code."""

from pathlib import Path
from typing import Any

from me_api.config import PREFIX, Settings, load
from tests.docs.tables import CONFIGURATION, code, table, unique


def test_every_setting_is_listed_with_default_bounds_and_description(tmp_path: Path) -> None:
    rows = table(CONFIGURATION, "Setting")
    unique([row[0] for row in rows])
    defaults = load({}, tmp_path)
    schemas = Settings.model_json_schema()["properties"]
    assert {code(name): rest for name, *rest in rows} == {
        f"{PREFIX}{name.upper()}": [
            # Without a default of its own, it is made in the instance folder.
            "in `instance/`" if field.is_required() else _default(getattr(defaults, name)),
            _allowed(schemas[name]),
            field.description,
        ]
        for name, field in Settings.model_fields.items()
    }


def _default(value: object) -> str:
    return "none" if value in ((), "") else f"`{_written(value)}`"


def _written(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value).removesuffix(".0")


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if schema["type"] == "array":
        return "list"
    if schema["type"] == "string":
        shortest = schema.get("minLength", 1)
        return f"{shortest} characters or more" if shortest > 1 else "text"
    most = schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f"above {schema['exclusiveMinimum']}, to {most}"
    return f"{schema['minimum']} or more" if most is None else f"{schema['minimum']} to {most}"
