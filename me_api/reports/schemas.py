"""What clients send and receive about reports, the same over REST and sockets."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from me_api.validation import Input

MAX_WEEK = 999_999
"""Room for weeks with their year, such as 202647."""
MAX_TITLE = 200
MAX_TEXT = 50_000


def _one_line(title: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in title):
        raise ValueError("must be one line without control characters")
    return title


Week = Annotated[int, Field(ge=1, le=MAX_WEEK, description="Which week the report is about")]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
    AfterValidator(_one_line),
]
Markdown = Annotated[str, Field(max_length=MAX_TEXT, description="Markdown, as on GitHub")]


class Content(Input):
    """What a report says."""

    title: Title
    text: Markdown


class NewReport(Content):
    """A report with the week it is about."""

    week: Week


class Draft(Input):
    """A text to be looked at before it is saved."""

    text: Markdown


class Preview(BaseModel):
    """What a text will look like."""

    html: str


class Report(BaseModel):
    """A report as every wire shows it; one that was deleted has no title, text or html."""

    week: int
    title: str | None
    text: str | None
    html: str | None = Field(description="The text rendered and sanitised: show it as it is")
    author: str
    created: str
    updated: str
    rev: int
    deleted: bool


class ReportLinks(BaseModel):
    """Where more of a report is."""

    self: str


class ReportSummary(BaseModel):
    """A report without what it says."""

    week: int
    title: str
    author: str
    created: str
    updated: str
    rev: int
    links: ReportLinks


class ReportList(BaseModel):
    """All reports; `rev` is safe to continue from with `changes`."""

    data: list[ReportSummary]
    rev: int
    epoch: str


class ReportChanges(BaseModel):
    """Reports in the order of their last change."""

    data: list[Report]
    rev: int
    epoch: str
    more: bool
