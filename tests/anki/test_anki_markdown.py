"""HTML to markdown and back: what a card says survives, whatever the HTML."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from warmstart.anki.to_html import files, to_html
from warmstart.anki.to_markdown import to_markdown

PIECES = (
    *("<b>", "</b>", "<i>", "</i>", "<br>", "<div>", "</div>", "<p>", "</p>", "<ul>", "</ul>"),
    *("<li>", "</li>", "<ol>", "</ol>", "<code>", "</code>", "<pre>", "</pre>", "<table>"),
    *("<tr>", "<td>", "</td>", "</table>", "<img src='a b.png' alt='x'>", "<blockquote>"),
    *("</blockquote>", "<a href='https://x.y/(z)'>", "</a>", "<h2>", "</h2>", "<hr>", "<!--"),
    *("-->", "<script>", "</script>", "&amp;", "&lt;", "&#27;", "\x1b[31m", "[sound:x.mp3]"),
    *("*", "_", "`", "[[", "](", "# ", "1. ", "- ", "\\", "|", "  ", "\n", "word", "слово"),
    *("한국어", "(x)", "<", ">", "'", '"', "\ud800", "\u202e", "\x00"),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60)
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class TestToMarkdown:
    @pytest.mark.parametrize(
        ("html", "markdown"),
        [
            ("What is <b>SQS</b>?", "What is **SQS**?"),
            ("<i>a</i> <em>b</em> <strong>c</strong> <s>d</s>", "*a* *b* **c** ~~d~~"),
            ("<b><i>x</i></b>", "***x***"),
            ("<b>word </b>next", "**word** next"),
            ("one<br>two<br><br>three", "one  \ntwo\n\nthree"),
            ("<div>one</div><div>two</div>", "one  \ntwo"),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("many   spaces\nand&nbsp;lines", "many spaces and lines"),
            ("<ul><li>x</li><li>y<ol><li>z<li>w</ol></li></ul>end", "- x\n- y\n  1. z\n  2. w\n\nend"),
            ("<ul><li>one<br>two</li></ul>", "- one  \n  two"),
            ("<pre><code>x = 1<br>  y = &lt;2&gt;</code></pre>done", "```\nx = 1\n  y = <2>\n```\n\ndone"),
            ("<pre>```</pre>", "````\n```\n````"),
            ("<code>a`b</code> and <code>c</code>", "``a`b`` and `c`"),
            ('<img src="my pic (1).png" alt="two\nlines">', "![two lines](my%20pic%20%281%29.png)"),
            ('<img src="100%.png">', "![](100%25.png)"),
            ('<img src="data:image/png;base64,AAAA">', "[picture]"),
            ('<a href="https://x.y/(z)">a link</a>', "[a link](https://x.y/%28z%29)"),
            ('<a href="javascript:alert(1)">a link</a>', "a link"),
            ("[sound:слово 1.mp3]", "[слово 1.mp3](слово%201.mp3)"),
            ("<blockquote>one<br>two</blockquote>three", "> one  \n> two\n\nthree"),
            ("<h2>Title</h2>text", "## Title\n\ntext"),
            ("a<hr>b", "a\n\n---\n\nb"),
            ("<table><tr><th>a<th>b|c</tr><tr><td>1<br>2<td><b>3</b></table>", "| a | b\\|c |\n| --- | --- |\n| 1 2 | **3** |"),
            ("a<!-- b -->c<style>d</style><script>e</script>f", "acf"),
            ("&lt;b&gt; &amp;amp; a < b", "\\<b> \\&amp; a < b"),
            ("1. a<br># b<br>- c<br>> d<br>---", "1\\. a  \n\\# b  \n\\- c  \n\\> d  \n\\---"),
            ("*a* `b` _c_ snake_case [[d]] [e](f) ~~g~~", r"\*a\* \`b\` \_c\_ snake_case \[\[d]] [e\](f) \~\~g\~\~"),
            (r"C:\dir \(x\)", r"C:\dir \\(x\\)"),
            ("<div><br></div>", ""),
        ],
    )  # fmt: skip
    def test_examples(self, html: str, markdown: str) -> None:
        assert to_markdown(html) == markdown

    def test_a_mark_that_markdown_would_not_end_is_left_out(self) -> None:
        """Before a letter, ``**`` after a parenthesis is text: Korean particles stand there."""
        assert to_markdown("<b>람다(λ)</b>는") == "람다(λ)는"
        assert to_markdown("<b>람다</b>는") == "**람다**는"

    @given(MARKUP)
    @settings(max_examples=300)
    @example("<b>x<ul><li></b>y")
    @example("<ul></blockquote><li>")
    def test_any_html_gives_text_that_may_be_shown(self, html: str) -> None:
        markdown = to_markdown(html)
        assert not UNSAFE.search(markdown)
        assert markdown == markdown.strip("\n")

    @given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=40))
    @example("a_b_ __c__ *d* &lt; 1) x")
    def test_plain_text_is_read_as_itself(self, text: str) -> None:
        from html import escape

        parser = MarkdownIt("commonmark").enable(["strikethrough", "table"])
        tokens = [t for t in parser.parse(to_markdown(escape(text))) if t.type == "inline"]
        shown = "".join(c.content for t in tokens for c in t.children or ())
        assert [t.level for t in tokens] in ([], [1])
        assert shown.split() == text.split()

    @pytest.mark.parametrize(
        "unit",
        ["<", "<b", '<a "', "<a '", "<!--", "<b>", "<ul>", "<blockquote>x", "</b>", "<td>", "&",
         "<table><tr>", "<pre>", "[sound:", "`", "<img src=", "<b>(</b>x", "<li>", "\\"],
    )  # fmt: skip
    def test_time_is_linear(self, unit: str) -> None:
        """Four times the text takes four times as long, not sixteen times."""
        one, four = _seconds(unit * 8_000), _seconds(unit * 32_000)
        assert four < 8 * one + 0.1


def _seconds(html: str) -> float:
    began = time.process_time()
    to_markdown(html)
    return time.process_time() - began


class TestToHtml:
    @pytest.mark.parametrize(
        ("markdown", "html"),
        [
            ("What is **SQS**?", "What is <strong>SQS</strong>?"),
            ("one\ntwo", "one<br />\ntwo"),
            ("a [[note|the note]] b", "a the note b"),
            ("<b>not ours</b>", "&lt;b&gt;not ours&lt;/b&gt;"),
            ("{{c1::*x*}}", "{{c1::<em>x</em>}}"),
        ],
    )
    def test_examples(self, markdown: str, html: str) -> None:
        assert to_html(markdown) == html

    def test_files_get_the_names_they_have_in_the_package(self) -> None:
        media = {"img/a b.png": "a b-2.png", "x.mp3": "x.mp3"}
        text = "![](img/a%20b.png) [listen](x.mp3) [page](https://x.y)"
        assert to_html(text, media) == (
            '<img src="a b-2.png" alt="" /> [sound:x.mp3] <a href="https://x.y">page</a>'
        )
        assert list(files(text)) == ["img/a b.png", "x.mp3"]

    @pytest.mark.parametrize(
        "markdown",
        [
            "What is **SQS** and *why* is it ~~not~~ `a_b`?",
            "- one\n- two\n  1. three\n  2. four",
            "one  \ntwo\n\nthree",
            "```\nx < 1\n\n  y\n```",
            "| a | b |\n| --- | --- |\n| 1 | **2** |",
            "> quoted  \n> twice\n\nafter",
            "## Title\n\ntext",
            "![a picture](my%20pic.png)",
            "[a link](https://x.y/z?a=b)",
            r"1\. a\_ \*b\* \[\[c]]",
        ],
    )
    def test_there_and_back(self, markdown: str) -> None:
        assert to_markdown(to_html(markdown)) == markdown
