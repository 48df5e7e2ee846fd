"""Markdown as clients send it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from me_api.validation.texts import TEXT, normalize_text

MAX_TEXT = 50_000

Markdown = Annotated[
    str,
    Field(
        max_length=MAX_TEXT,
        description="Markdown, as on GitHub",
        json_schema_extra={"pattern": TEXT},
    ),
    AfterValidator(normalize_text),
]
