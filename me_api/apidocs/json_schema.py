"""JSON schemas of many types at once, so that each model is described in one place."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

PLACE = "#/components/schemas/{model}"


class _Terse(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class Schemas:
    """The types that one document names.

    A schema is handed out empty and filled in by `resolve`, when all types are known: only then
    can pydantic tell models of one name apart.
    """

    def __init__(self) -> None:
        self._wanted: list[tuple[Any, dict[str, Any]]] = []

    def of(self, kind: Any) -> dict[str, Any]:
        """Give the schema of a type."""
        schema: dict[str, Any] = {}
        self._wanted.append((kind, schema))
        return schema

    def resolve(self) -> dict[str, Any]:
        """Fill in what was handed out; give the models that it refers to.

        In the mode of input: what an answer may leave out is optional there too.
        """
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
    """Give name, whether it is required, and schema of each field of a flat model; none of None."""
    if model is None:
        return []
    schema = model.model_json_schema(schema_generator=_Terse)
    required = schema.get("required", [])
    return [(name, name in required, _stated(s)) for name, s in schema["properties"].items()]


def _stated(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a field where it is given: null is how Python writes that it is not."""
    if "anyOf" not in schema:
        return schema
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}
