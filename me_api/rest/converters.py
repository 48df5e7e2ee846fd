"""Numbers and texts in paths."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, UnicodeConverter

from me_api.validation import MAX_INT


class AnyInteger(IntegerConverter):
    """Reads a number of any length; all beyond `MAX_INT` are that one, which is nobody's.

    If a converter refuses a value, Werkzeug answers 405 for any method but GET, instead of 404.
    """

    def to_python(self, value: str) -> int:
        digits = value.lstrip("0")
        return min(int(digits or 0), MAX_INT) if len(digits) < 20 else MAX_INT


class StorableText(UnicodeConverter):
    """A text without NUL, which PostgreSQL cannot store: it is replaced like invalid UTF-8."""

    def to_python(self, value: str) -> str:
        return value.replace("\0", "\ufffd")
