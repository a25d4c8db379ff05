"""Markdown as it may be shown, and as one plain line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.notes.cloze import pattern_of
from warmstart.notes.comments import without_comments
from warmstart.notes.display import HIGHLIGHTED, body_of, for_display, passage, plain
from warmstart.text import safe


class TestForDisplay:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("[[note]]", "[note](note:note)"),
            ("see ![[a b|A *b*]]!", r"see [A \*b\*](note:a%20b)!"),
            ("[[зá#б 1|тут]]", "[тут](note:%D0%B7%C3%A1#%D0%B1%201)"),
            ("![[pic_1.png|300]] ![[a b.png|A]]", r"![pic\_1.png](pic_1.png) ![A](a%20b.png)"),
            ("[[pic_1.png]] ![[x.pdf]]", r"pic\_1.png x.pdf"),
            ("[[a/b#c]]", "[a/b › c](note:a/b#c)"),
            ("[[#c]]", "[c](note:#c)"),
            ("`[[a]]` [[b]] `[[c]]`", "`[[a]]` [b](note:b) `[[c]]`"),
            ("[[ ]] [[a", "[[ ]] [[a"),
        ],
    )  # fmt: skip
    def test_wikilinks(self, text: str, shown: str) -> None:
        assert for_display(text) == shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("==a== and ==1;;b c;;hint==.", "**a** and **b c**."),
            ("> ==도시;;서울==", "> **도시**"),
            ("**==a==** x==y and `==b==`", "**a** x==y and `==b==`"),
            ("```\n==a==\n```", "```\n==a==\n```"),
            ("==a ==", "==a =="),
        ],
    )
    def test_highlights_are_bold_and_keep_their_hints_to_themselves(
        self, text: str, shown: str
    ) -> None:
        assert for_display(text) == shown

    def test_other_clozes_where_a_setting_has_them(self) -> None:
        curly = pattern_of("{{[123;;]answer[;;hint]}}")
        assert curly is not None
        assert for_display("{{a;;b}} ==c==", (*HIGHLIGHTED, curly)) == "**a** **c**"
        assert for_display("{{a;;b}} ==c==", ()) == "{{a;;b}} ==c=="

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("> [!question]- Why?\n> Because.", "> **Question:** Why?\n>\n> Because."),
            ("> [!NOTE]\n> x", "> **NOTE**\n>\n> x"),
            (">> [!tip|wide]+ A [[b]]", ">> **Tip:** A [b](note:b)\n>>"),
            ("- > [!faq] Q\n  > A", "- > **Faq:** Q\n  >\n  > A"),
            ("[!note] is text", "[!note] is text"),
        ],
    )
    def test_callouts(self, text: str, shown: str) -> None:
        assert for_display(text) == shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a <!-- x --> b", "a  b"),
            ("a\n<!-- x\n\ny -->\nb", "a\n\nb"),
            ("a <!-- x\ny --> b", "a \n b"),
            ("`<!-- x -->` ^id-1", "`<!-- x -->` "),
            ("a\n^id", "a\n"),
            ("2^10 and ^caret here", "2^10 and ^caret here"),
        ],
    )
    def test_comments_and_block_ids(self, text: str, shown: str) -> None:
        assert for_display(text) == shown

    def test_code_stays_as_it_is(self) -> None:
        """ASCII diagrams, above all."""
        text = "```\n┌──[[a]]──┐ ^id\n│ <!-- x -->  │\n> [!note] x\n```\n\n    [[a]] ^id"
        assert for_display(text) == text

    def test_front_matter_goes(self) -> None:
        assert for_display("---\na: b\n---\ntext") == "text"
        assert body_of("---\r\na: b\r\n---\r\ntext\r\n") == "text"

    def test_nothing_speaks_to_the_terminal(self) -> None:
        assert for_display("a\x1b[31mb\x9b2J\u202ec\r\nd") == "a\ufffd[31mb\ufffd2J\ufffdc\nd"

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        assert safe(for_display(text)) == for_display(text)


class TestPlain:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("just words", "just words"),
            ("1. Компоненты **Serverless**", "1. Компоненты Serverless"),
            ("`Errors` & [[a|b]], [x](y.md), ![pic](z.png)", "Errors & b, x, pic"),
            ("snake_case_name stays, _this_ goes", "snake_case_name stays, this goes"),
            (r"\*not\* ~~no~~ ==yes== &lt;b&gt; <i>x</i>", "*not* no yes <b> x"),
            ("two\nlines\n\n- a\n- b\n\n```\ncode\n```", "two lines a b code"),
            ("a\x1b[0m", "a\ufffd[0m"),
            ("", ""),
        ],
    )
    def test_markup_goes(self, text: str, shown: str) -> None:
        assert plain(text) == shown

    def test_bounded(self) -> None:
        assert len(plain("*a" * 1_000_000)) < 1_100

    @given(st.text())
    def test_one_safe_line(self, text: str) -> None:
        line = plain(text)
        assert "\n" not in line
        assert safe(line) == line


class TestPassage:
    @pytest.mark.parametrize(
        ("cut", "shown"),
        [
            ("…a **bold** and *it* word, `**kw` end**", "…a bold and it word, **kw end"),
            ("…er half** of ==all== ~~gone~~", "…er half of all gone"),
            ("[[note|alias]] [[a/b#C]] [x](y.md) ![[p.png]]", "alias a/b › C x p.png"),
            ("…get|alias]] and [[tar…", "…alias and tar…"),
            ("end]] of one, [cut](http://lo…", "end of one, cut"),
            ("> [!question]- Why **so**?\n> Because", "Why so? Because"),
            ("```python\nx = a * b ** c == d\n```", "x = a * b ** c == d"),
            ("if x==y and z==w: a*b*c, __init__", "if x==y and z==w: a*b*c, __init__"),
            ("## Head\ntext <!--SR:!2024-08-16,51,230--> ^id", "Head text"),
            ("- [ ] do **x**\n---\n┌──┐\n│ab│\n└──┘ \\*y\\*", "do x ab *y*"),
            ("한국**굵은**말", "한국굵은말"),
        ],
    )
    def test_what_marks_text_goes_and_text_stays(self, cut: str, shown: str) -> None:
        assert passage(cut) == shown

    @given(st.text(st.sampled_from("ab[]|#*=~`>!()\\ \n…<->")))
    def test_any_cut_is_one_line_and_loses_no_letter(self, cut: str) -> None:
        shown = passage(cut)
        assert shown == " ".join(shown.split())
        if not any(sign in cut for sign in ("[", "]", "`", "~", "<", "-->")):
            assert [c for c in shown if c in "ab"] == [c for c in cut if c in "ab"]


class TestObsidianComments:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a %%b%% c", "a  c"),
            ("a\n\n%%\nb\n\nc\n%%\n\nd", "a\n\n\nd"),
            ("a\n%% never closed\nb", "a\n%% never closed\nb"),
            ("100%% of 50%% users", "100%% of 50%% users"),
            ("`%%a%%`\n```\n%%b%%\n```", "`%%a%%`\n```\n%%b%%\n```"),
        ],
    )
    def test_dropped_where_they_are_comments(self, text: str, shown: str) -> None:
        assert for_display(text) == shown

    def test_in_a_card(self) -> None:
        assert without_comments("a %%b%%\n%%\nc\n%%\nd <!-- e -->") == "a \nd "
