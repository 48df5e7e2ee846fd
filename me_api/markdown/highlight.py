"""Colour the code in rendered HTML: elements with the classes that Pygments' themes style.

It must be called in the main thread of a process, which alone can be interrupted.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import Name, Operator, Punctuation, Text, Whitespace
from pygments.util import ClassNotFound

MAX_CODE = 20_000
"""The most characters of code in one text that is coloured."""
MAX_BLOCKS = 100
"""The most blocks of code in one text that are coloured."""
SECONDS = 0.5
"""Of processor time for one text; with some lexers, time grows with the square of a block."""
ALIASES = {"jsx": "javascript", "mjs": "javascript", "tsx": "typescript", "curl": "bash"}
"""Names that Pygments does not know, and a language whose lexer does."""
OPTIONS: dict[str, Any] = {"stripnl": False, "ensurenl": False}
# Most of code is of these kinds, which themes leave as they are.
PLAIN = frozenset({Name, Operator, Punctuation, Text, Whitespace, Name.Other})

_BLOCK = re.compile(r'<pre><code class="language-([\w+#.-]{1,40})">([^<]*)</code></pre>')
_FORMATTER = HtmlFormatter(nowrap=True)


class _TooSlow(BaseException):
    """Raised wherever a lexer is when the time is up, which handlers of errors must not catch."""


def highlight(html: str) -> str:
    """Return sanitised HTML whose blocks of code are coloured, if that does not take too long.

    The text of the blocks stays the same.
    """
    blocks = list(_BLOCK.finditer(html))
    if not blocks or len(blocks) > MAX_BLOCKS or sum(len(b[2]) for b in blocks) > MAX_CODE:
        return html
    # Loaded before the time counts, since these imports must not be interrupted.
    lexers = [_find_lexer(block[1]) for block in blocks]
    parts, end = [], 0
    try:
        with _time_limit(SECONDS):
            for block, lexer in zip(blocks, lexers, strict=True):
                if lexer is not None:
                    coloured = _colour(unescape(block[2]), lexer)
                    parts += [html[end : block.start(2)], coloured]
                    end = block.end(2)
    except _TooSlow:
        return html
    return "".join([*parts, html[end:]])


def _find_lexer(language: str) -> Any:
    name = language.lower()
    try:
        lexer = get_lexer_by_name(ALIASES.get(name, name), **OPTIONS, startinline=True)
    except ClassNotFound:
        return None
    # Their rules are compiled when they are first used.
    next(iter(lexer.get_tokens("x")), None)
    return lexer


def _colour(code: str, lexer: Any) -> str:
    tokens = ((Text if kind in PLAIN else kind, text) for kind, text in lexer.get_tokens(code))
    coloured: str = pygments.format(tokens, _FORMATTER)
    # The formatter ends the last line in any case.
    return coloured if code.endswith("\n") else coloured.removesuffix("\n")


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise `_TooSlow` in this context after some seconds of processor time."""

    def stop(*_: object) -> None:
        raise _TooSlow

    # Python looks for signals while a regular expression searches, too.
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
