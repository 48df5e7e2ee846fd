"""Strict validation of real bodies against a document: fields that no schema names are errors."""

import copy
from typing import Any

from jsonschema import Draft202012Validator


def check(document: dict[str, Any], schema: dict[str, Any], body: Any) -> None:
    """Fail if a body does not fit the schema, or has a field that no model has."""
    closed = {**schema, "components": {"schemas": _closed(document["components"]["schemas"])}}
    problems = [f"{e.json_path}: {e.message}" for e in _validator(closed).iter_errors(body)]
    assert not problems, f"{body}: {problems}"


def keywords(document: dict[str, Any]) -> set[str]:
    """Return every keyword used in the schemas of a document."""
    found: set[str] = set()

    def walk(schema: Any, *, names: bool = False) -> None:
        for key, value in schema.items() if isinstance(schema, dict) else ():
            if not names:
                found.add(key)
            walk(value, names=key == "properties" and not names)
        for value in schema if isinstance(schema, list) else ():
            walk(value)

    walk(document["components"]["schemas"], names=True)
    return found


def references(document: Any) -> list[str]:
    """Return every reference of a document."""
    if isinstance(document, dict):
        own = [document["$ref"]] if isinstance(document.get("$ref"), str) else []
        return own + [ref for value in document.values() for ref in references(value)]
    return (
        [ref for value in document for ref in references(value)]
        if isinstance(document, list)
        else []
    )


def resolve(document: dict[str, Any], reference: str) -> Any:
    """Return what a reference points to. Raises KeyError if there is nothing."""
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def _closed(models: dict[str, Any]) -> dict[str, Any]:
    models = copy.deepcopy(models)
    for model in models.values():
        if "properties" in model:
            model["additionalProperties"] = False
    return models


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema)
