"""JSON schemas of which fields are needed, where one of several will do."""

from __future__ import annotations

from typing import Any


def only(name: str, kind: str = "string") -> dict[str, Any]:
    """Return the schema of an object that has this field, whatever else it has."""
    # A field that is null counts as missing, so the schema asks for a value.
    return {"required": [name], "properties": {name: {"type": kind}}}
