"""Render Markdown (with GitHub's tables and task lists) to sanitised HTML."""

from __future__ import annotations

import re
from html import escape

import nh3
import pyromark

MAX_DEPTH = 32
"""The most nested quotes and lists that one line opens; time grows with the square of it."""
MAX_HTML = 1_000_000
"""The most characters of HTML; a table of empty cells is a hundred times as long as its text."""

_GITHUB = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
_TOO_DEEP = re.compile(
    rf"(?:^|\r)(?:[ \t]*(?:>|[-+*][ \t]|\d{{1,9}}[.)][ \t])){{{MAX_DEPTH + 1}}}", re.MULTILINE
)
# A browser does not show the address in `cite`, and the sanitiser does not check its scheme.
_ALLOWED = {tag: names - {"cite"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
_ALLOWED |= {"code": {"class"}, "input": {"checked"}}
_ALLOWED |= {cell: _ALLOWED[cell] | {"style"} for cell in ("td", "th")}
_SET = {
    "input": {"type": "checkbox", "disabled": ""},
    # To load an image discloses the reader to its host: at least not from where, nor unread.
    "img": {"referrerpolicy": "no-referrer", "loading": "lazy"},
}


def render(text: str) -> str:
    """Return safe HTML; a text that would take too long, or get too large, is shown unrendered."""
    if _TOO_DEEP.search(text):
        return _unrendered(text)
    html = pyromark.html(text, options=_GITHUB)
    return _unrendered(text) if len(html) > MAX_HTML else _clean(html)


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"input"},
        attributes=_ALLOWED,
        attribute_filter=_filter_attribute,
        filter_style_properties={"text-align"},
        link_rel="nofollow noopener noreferrer",
        set_tag_attribute_values=_SET,
    )


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Return the value of an attribute; None removes the attribute."""
    if (tag, attribute) == ("img", "src"):
        return value if value.lower().startswith("https://") else None
    # The only class is a code block's language, for pages that highlight it.
    return value if attribute != "class" or _LANGUAGE.fullmatch(value) else None


def _unrendered(text: str) -> str:
    return f"<pre>{escape(text, quote=False)}</pre>\n"
