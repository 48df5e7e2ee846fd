"""JSON schemas of many types at once, so that each model is a shared component."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

NULL = [{"type": "null"}]
"""What is left of a field that can only be an object, in a form."""
FORM_BOOLEANS = [0, 1, "off", "on", "no", "yes", "n", "y", "f", "t"]
"""What else is false or true in a form; pydantic ignores the case of all of them."""
PLACE = "#/components/schemas/{model}"


class _Terse(GenerateJsonSchema):
    """A generator without titles of fields, which would repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class Schemas:
    """The schemas of all types that one document refers to."""

    # A schema is returned empty and filled in by `resolve`, when all types are known: only then can
    # pydantic tell models of the same name apart.

    def __init__(self) -> None:
        self._wanted: list[tuple[Any, dict[str, Any]]] = []

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the schema of a type, which is empty until `resolve` is called."""
        schema: dict[str, Any] = {}
        self._wanted.append((kind, schema))
        return schema

    def resolve(self) -> dict[str, Any]:
        """Fill in all schemas; return those of the models that they refer to, by name."""
        # In validation mode: there a field with a default is optional, in responses as well.
        adapters = [(n, TypeAdapter(kind)) for n, (kind, _) in enumerate(self._wanted)]
        found, shared = TypeAdapter.json_schemas(
            [(number, "validation", adapter) for number, adapter in adapters],
            ref_template=PLACE,
            schema_generator=_Terse,
        )
        for number, (_, schema) in enumerate(self._wanted):
            schema.update(found[number, "validation"])
        models: dict[str, Any] = shared.get("$defs", {})
        return models


def fields(model: type[BaseModel] | None) -> list[tuple[str, bool, dict[str, Any]]]:
    """Return name, required and schema of each field of a model without nested models."""
    if model is None:
        return []
    schema = model.model_json_schema(schema_generator=_Terse)
    required = schema.get("required", [])
    return [(name, name in required, _stated(s)) for name, s in schema["properties"].items()]


def form(model: type[BaseModel]) -> dict[str, Any] | None:
    """Return the schema of a model that is sent as a form, whose fields are texts and not null.

    Returns None if the schema of the model is true of forms, too.
    """
    schema = model.model_json_schema(schema_generator=_Terse)
    flat = {name: _flat(field) for name, field in schema["properties"].items()}
    properties = {
        name: _stated(field) for name, field in flat.items() if field.get("anyOf") != NULL
    }
    # What lists consist of, and objects, are not referred to any more.
    rest = {name: part for name, part in schema.items() if name != "$defs"}
    described: dict[str, Any] = _written({**rest, "properties": properties})
    return None if described["properties"] == schema["properties"] else described


def _written(schema: Any) -> Any:
    """Return the schema of a form, or a part of it, in which true and false have several words."""
    if isinstance(schema, list):
        return [_written(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: _written(part) for key, part in schema.items()}
    if rest.get("type") != "boolean":
        return rest
    del rest["type"]
    return {**rest, "anyOf": [{"type": "boolean"}, {"enum": FORM_BOOLEANS}]}


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field without lists and objects, where it may be something else."""
    if "anyOf" not in schema:
        return schema
    kinds = [k for k in schema["anyOf"] if k.get("type") != "array" and "$ref" not in k]
    return {**schema, "anyOf": kinds}


def _stated(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field without null, which is how Python writes that it is absent."""
    if "anyOf" not in schema:
        return schema
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}
