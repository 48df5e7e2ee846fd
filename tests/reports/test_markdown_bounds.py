"""Markdown: no text takes too long, nests too deep, grows too large, or leaks."""

from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest

from me_api.markdown.render import MAX_DEPTH, MAX_HTML, render
from me_api.markdown.renderer import LIMITS
from me_api.markdown.schemas import MAX_TEXT
from tests.reports.worst import WORST

RENDERS = 3000


def test_a_text_that_nests_too_deep_is_shown_unrendered() -> None:
    most = "> " * MAX_DEPTH + "<b>"
    assert render(most).count("<blockquote>") == MAX_DEPTH
    assert render("> " + most) == f"<pre>{'&gt; ' * (MAX_DEPTH + 1)}&lt;b&gt;</pre>\n"


def test_a_text_that_grows_too_large_is_shown_unrendered() -> None:
    table = "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "a\n" * 200
    assert render(table) == f"<pre>{table}</pre>\n"
    assert len(render("a\n\n" * 10_000)) < MAX_HTML


@pytest.mark.parametrize(
    "text",
    ["-" * 5000, "*" * 5000, "a\n" + "=" * 5000, "+" * 100, "1.5.2 a", ">>> x", "- a\n" * 99],
)
def test_a_text_that_only_looks_nested_is_rendered(text: str) -> None:
    assert "<pre>" not in render(text)


@pytest.mark.parametrize(
    "piece",
    [
        ">",
        "> ",
        "- ",
        "* * * ",
        "1. ",
        "> - ",
        "\r" + ">" * 40,
        "[",
        "![",
        "[a](b",
        "*a _b ",
        "**x [a*b ",
        "~~a ",
        "`",
        "<",
        "&",
        "|",
        "<div>",
        "<blockquote>",
        "<ul><li>",
        "<table><tr><td>",
        "<a><b>",
        "<!--",
        "<![CDATA[",
        "\\",
        "\t",
        "    ",
        "a\n",
        "q\n\n> a\n\n",
        *("www.", "www.a(", "http://a)", "a@", "x@a.b ", "-_.@", "http://a.b/((("),
        *("[^1]", "[^a]: x\n\n", "[^1]: [^1]\n", "[^1]\n\n[^1]: a\n\n"),
        *("# a\n", "> [!NOTE]\n", "---\na: b\n", "<input>", "<p id=fn-1>"),
    ],
)
def test_the_longest_text_is_rendered_quickly_whatever_it_is(piece: str) -> None:
    # Processor time: a busy machine makes no text slow.
    start = process_time()
    render((piece * MAX_TEXT)[:MAX_TEXT])
    assert process_time() - start < LIMITS.cpu_seconds


@pytest.mark.parametrize("name", WORST)
def test_the_worst_texts_are_bounded_in_time_and_size(name: str) -> None:
    """F26: 50 kB took 13 seconds, and made 100 MB of HTML and 3.7 GB of elements."""
    text = WORST[name]
    assert MAX_TEXT * 0.9 < len(text) <= MAX_TEXT
    start = process_time()
    html = render(text)
    assert process_time() - start < LIMITS.cpu_seconds
    assert len(html) <= MAX_HTML


@pytest.mark.parametrize(
    "text",
    [
        "<details><summary>s</summary>\n\n*t*\n\n</details>\n\n" * 500,
        "<ul><li>a<li>b</ul>" * 500 + "<p>c" * 500,
        "<dl><dt>a<dd>b</dl>" * 500,
        '<b>a</b> <font color="red">b</font> <i>c <b>d</b></i>\n\n' * 500,
        "`vector<int>` and `map<string, int>`\n\n" * 500,
        "```c++\nvector<int> a; <b id=1>\n```\n" * 500,
        "***a* b** *a **b** c*\n\n" * 1000,
        "<br>" * 1000 + '<img src="https://x.se/i.png">' * 100,
    ],
    ids=range(8),
)
def test_what_is_closed_may_be_repeated(text: str) -> None:
    """F26: the bounds are for elements that are left open."""
    assert not render(text).startswith("<pre>&lt;") and len(text) < MAX_TEXT
    assert "<pre>" not in render(text) or "```" in text


def test_rendering_frees_its_memory() -> None:
    text = "# Hej\n\n| a |\n|---|\n| 1 |\n\n" + "text *em* [x](y)\n\n" * 50
    most = []
    for _ in range(2):
        for _ in range(RENDERS):
            render(text)
        most.append(getrusage(RUSAGE_SELF).ru_maxrss)
    # A renderer that leaks its tree grows by eighty kilobytes each time.
    assert most[1] - most[0] < RENDERS
