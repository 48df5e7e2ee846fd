"""Code in reports is coloured by classes alone, stays the same text, and costs little."""

import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from me_api.markdown import highlight
from me_api.markdown.render import render

PYTHON = 'def f(a: int) -> str:  # <b>\n    return f"{a} & b"\n'
SPAN = re.compile(r'</?span(?: class="[a-z0-9 ]+")?>')


def block(code: str, language: str) -> str:
    return f"````````{language}\n{code}\n````````\n"


def text_of(html: str) -> str:
    """Return the code of the only block."""
    match = re.fullmatch(r"<pre><code[^>]*>(.*)</code></pre>\n", SPAN.sub("", html), re.DOTALL)
    assert match, html
    return unescape(match[1])


@pytest.mark.parametrize(
    ("language", "code", "coloured"),
    [
        ("python", "def f(): pass", '<span class="k">def</span> <span class="nf">f</span>(): '),
        ("js", "const x = 1; // y", '<span class="c1">// y</span>'),
        ("JSX", "const x = 1", '<span class="kd">const</span>'),
        ("php", "echo 'x';", '<span class="k">echo</span>'),
        ("html", "<b>", "&lt;<span"),
        ("sql", "SELECT 1", '<span class="k">SELECT</span>'),
        ("console", "$ curl x", '<span class="gp">$ </span>'),
        ("diff", "-a\n+b", '<span class="gi">+b</span>'),
        ("python title=x", "pass", '<span class="k">pass</span>'),
    ],
)
def test_code_of_a_known_language_is_coloured(language: str, code: str, coloured: str) -> None:
    html = render(block(code, language))
    assert coloured in html
    assert text_of(html) == f"{code}\n"


@pytest.mark.parametrize("language", ["", "nope", "text"])
def test_other_code_is_left_as_it_is(language: str) -> None:
    html = render(block("def f(): <b>", language))
    assert "<span" not in html and text_of(html) == "def f(): <b>\n"


def test_several_blocks_and_what_is_between_them() -> None:
    html = render(block("pass", "python") + "*och*\n\n" + block("x", "nope") + block("1", "js"))
    assert html.index('"k">pass') < html.index("<em>och</em>") < html.index('"mf">1')


def test_nobody_can_write_such_elements() -> None:
    """Only the elements that the highlighter makes have classes."""
    html = render('<span class="k">x</span><pre><code class="language-python">if x</code></pre>')
    assert "<span>x</span>" in html and '<span class="k">if</span>' in html
    html = render('<pre><code class="language-python"><b onclick="x">if</b></code></pre>')
    assert "onclick" not in html and 'class="k"' not in html


@given(
    code=st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])),
    language=st.sampled_from(["python", "js", "html", "php", "bash", "json", "console", "pycon"]),
)
@example(code="\n\n x \n\n", language="python")
@example(code="<?php <script>'\"&amp;", language="html")
def test_the_text_stays_the_same(code: str, language: str) -> None:
    html = render(block(code, language))
    assert text_of(html) == text_of(render(block(code, "nope")))


def test_a_lexer_that_takes_long_is_interrupted() -> None:
    """The time of this one grows with the square of a line; a short one is coloured."""
    assert "<span" in render(block("a" * 100, "console"))
    assert "<span" not in render(block("a" * (highlight.MAX_CODE - 1), "console"))


def test_after_an_interruption_code_is_coloured_again() -> None:
    assert "<span" not in render(block("a" * 15_000, "console"))
    assert "<span" in render(block(PYTHON, "python"))


def test_much_code_is_not_coloured() -> None:
    lines = highlight.MAX_CODE // len("pass\n")
    assert "<span" in render(block("pass\n" * (lines - 1), "python"))
    assert "<span" not in render(block("pass\n" * (lines + 1), "python"))
    assert "<span" in render(block("pass", "python") * highlight.MAX_BLOCKS)
    assert "<span" not in render(block("pass", "python") * (highlight.MAX_BLOCKS + 1))
