"""Requests and responses about reports, the same over REST and Socket.IO."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from me_api.markdown.schemas import Markdown
from me_api.validation import Input
from me_api.validation.texts import VISIBLE_TEXT, Title, require_visible

MAX_WEEK = 999_999
"""Large enough for a week with its year, such as 202647."""

Week = Annotated[int, Field(ge=1, le=MAX_WEEK, description="Which week the report is about")]

Text = Annotated[
    Markdown,
    AfterValidator(require_visible),
    Field(json_schema_extra={"pattern": VISIBLE_TEXT}),
]
"""The text of a report, of which something can be seen."""


class Content(Input):
    """The content of a report."""

    title: Title | None = Field(
        default=None, description="By default that of the report as it is, or `Vecka` and the week"
    )
    text: Text


class NewReport(Content):
    """The content of a report, and the week that it is about."""

    week: Week


class Draft(Input):
    """A text to preview before it is saved."""

    text: Markdown


class Preview(BaseModel):
    """A text of a report, rendered to HTML."""

    html: str


class Report(BaseModel):
    """A report; if it was deleted, `title`, `text` and `html` are null."""

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
    """The address of the whole report."""

    self: str


class ReportSummary(BaseModel):
    """A report without its text."""

    week: int
    title: str
    author: str
    created: str
    updated: str
    rev: int
    links: ReportLinks


class ReportList(BaseModel):
    """All reports; read changes after `rev` to stay up to date."""

    data: list[ReportSummary]
    rev: int
    epoch: str


class ReportChanges(BaseModel):
    """Reports in the order of their last change."""

    data: list[Report]
    rev: int
    epoch: str
    more: bool
