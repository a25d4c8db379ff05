"""The choice among what the rules find, on any text, on hostile text and on real notes."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.notes.model import CardKind
from warmstart.notes.parse import parse_note
from warmstart.notes.suggest import MAX_BACK, MAX_FRONT, RULES, Suggestion, rule_named, suggest
from warmstart.notes.suggest.terms import normal

LINES = (
    "",
    "text",
    "# Title",
    "## Benefits",
    "### Pattern: X",
    "## A vs B",
    "- **Fan-out** — one event, many readers",
    "- **DLQ** (queue): what is left",
    "- Timeout: 15 min",
    "- [ ] box",
    "  - nested: entry here",
    "1. one",
    "2. two",
    "3. three",
    "- a → b",
    "| Runtime | Start | Fix |",
    "| Aspect | A | B |",
    "| Mistake | Fix |",
    "| Термин | Значение |",
    "|---|---|---|",
    "|---|---|",
    "| Go | 10 ms | none |",
    "| x | y |",
    "**Problem**: slow",
    "**Solution**: fast",
    "**Use case**: many",
    "**Benefits**:",
    "A queue is a list of messages that wait.",
    "**Очередь** — это список сообщений, которые ждут.",
    "**큐**는 메시지가 기다리는 목록이다.",
    "It takes 15 min at most, and **often** less.",
    "```",
    "```python",
    "# BAD",
    "# ✅ GOOD: once",
    "a = 1",
    "b = 2",
    "root",
    "├─ cond ──> choice",
    "S3 → Lambda → DynamoDB",
    "> quote: **X** is a thing of note",
    "> [!question]- Why?",
    "> because",
    "?",
    "---",
    "\x1b[2J\x00",
    "• bullet",
    "TITLE IN CAPITALS",
    " TITLE IN CAPITALS",
    "**" * 40,
    "`" * 9,
    "[[" * 20,
)


def fronts(text: str, name: str = "note") -> list[str]:
    return [found.front for found in suggest(text, name=name)]


class TestAnyText:
    @settings(max_examples=250, deadline=None, derandomize=True)
    @given(st.lists(st.sampled_from(LINES), max_size=25))
    def test_lines_of_all_kinds(self, lines: list[str]) -> None:
        check(text := "\n".join(lines), suggest(text, name="note"))

    @settings(max_examples=120, deadline=None, derandomize=True)
    @given(st.text(max_size=200))
    def test_any_characters(self, text: str) -> None:
        check(text, suggest(text, name="note"))

    def test_line_ends_and_order_mark_do_not_matter(self) -> None:
        text = "## Messaging\n\n- **Fan-out** — one event, many readers\n"
        plain = suggest(text, name="n")
        assert plain
        assert suggest("\ufeff" + text.replace("\n", "\r\n"), name="n") == plain


def check(text: str, found: tuple[Suggestion, ...]) -> None:
    """What holds for the suggestions of any text."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [one.line for one in found] == sorted(one.line for one in found)
    explicit = {normal(card.front) for card in parse_note(text, name="note").cards}
    asked = [normal(one.front) for one in found]
    assert len(set(asked)) == len(asked)
    assert not explicit & set(asked)
    for one in found:
        assert 0 < len(one.front) <= MAX_FRONT
        assert 0 < len(one.back.strip()) <= MAX_BACK
        assert 1 <= one.line <= one.last_line <= len(lines)
        assert rule_named(one.rule) is not None
        assert one.marks
        for mark in one.marks:
            assert 0 <= mark.start <= mark.end <= len(lines[mark.line - 1])


class TestChoice:
    def test_nothing_that_the_note_asks_itself(self) -> None:
        bullet = "## Queues\n\n- **DLQ** — keeps what could not be processed\n"
        assert len(fronts(bullet)) == 1
        glossary = "| Term | Meaning |\n|---|---|\n| DLQ | dead-letter queue |\n\n"
        assert fronts(glossary + bullet) == []
        asked = "\n\nQueues · DLQ — what does it mean?\n?\nA queue.\n"
        assert fronts(bullet + asked) == []

    def test_what_an_explicit_question_begins_with_is_asked_already(self) -> None:
        text = "**Очередь** — это список сообщений, которые ждут.\n"
        assert fronts(text) == ["Что такое **Очередь**?"]
        assert fronts(text + "\nЧто такое очередь и зачем она?\n?\nСписок.\n") == []

    def test_the_stronger_rule_keeps_what_two_find(self) -> None:
        """A definition answers "15 min", and the limit in the same line would ask for it again."""
        found = suggest("## AWS Lambda\n\n- **Timeout**: 15 min at most\n", name="n")
        assert [one.rule for one in found] == ["definition-bullet"]

    def test_a_term_told_twice_is_asked_once(self) -> None:
        text = (
            "## One\n\n- **Fan-out** — many readers\n\n"
            "## Two\n\n- **Fan-out** — many readers of one event\n"
        )
        assert len(fronts(text)) == 1

    def test_two_columns_may_hold_the_same_words(self) -> None:
        text = "## Cost\n\n| Size | Price | Time |\n|---|---|---|\n| S | low | high |\n| L | high | low |\n"
        assert len(fronts(text)) == 4

    def test_answers_that_are_signs_are_told_apart(self) -> None:
        text = "## Alarms\n\n| Metric | Alarm |\n|---|---|\n| Errors | > 0 |\n| Age | ❌ |\n"
        assert [one.back for one in suggest(text, name="n")] == ["> 0", "❌"]

    def test_a_question_that_holds_its_answer_is_none(self) -> None:
        assert fronts(
            "## Runtimes\n\n| Name | Kind |\n|---|---|\n| Go fast | fast |\n| B | slow |\n"
        ) == ["Runtimes · **B** — Kind?"]

    def test_too_long_for_a_card(self) -> None:
        assert fronts(f"## Queues\n\n- **DLQ** — {'very ' * 200}long\n") == []

    def test_a_note_that_was_read_already(self) -> None:
        text = "---\ntitle: T\n---\n## Benefits\n\n- **DLQ** — keeps the failed\n"
        assert (
            suggest(text, name="n", note=parse_note(text, name="n"))
            == suggest(text, name="n")
            != ()
        )

    def test_lines_are_those_of_the_file(self) -> None:
        text = (
            "---\ntitle: T\n---\n\n## Queues\n\n- **DLQ** — keeps what\n  could not be processed\n"
        )
        (found,) = suggest(text, name="n")
        assert (found.line, found.last_line) == (7, 8)
        term = found.marks[0]
        assert text.split("\n")[term.line - 1][term.start : term.end] == "DLQ"


class TestNowhereElse:
    @pytest.mark.parametrize(
        "title",
        ["Sources", "Источники", "Table of Contents", "参考", "출처", "Links", "See also", "Книги"],
    )
    def test_sections_that_lead_elsewhere(self, title: str) -> None:
        text = f"## {title}\n\n- **Designing systems** — a book on data\n"
        assert bool(fronts(text)) == (title == "参考")  # a language we have no words of

    def test_lists_and_tables_of_links(self) -> None:
        assert fronts("## Cloud\n\n- [A](a.md)\n- **B**: [B](b.md)\n- [[c]] — [[d]]\n") == []
        assert fronts("## Cloud\n\n| A | B |\n|---|---|\n| x | [[y]] |\n| z | [q](q.md) |\n") == []

    def test_code(self) -> None:
        code = (
            "- **DLQ** — a queue of messages\n| A | B |\n|---|---|\n| a | b |\n1. x\n2. y\n3. z\n"
        )
        assert fronts(f"## Queues\n\n```markdown\n{code}```\n\n    - **DLQ** — in the code\n") == []

    def test_comments_and_front_matter(self) -> None:
        assert fronts("---\nDLQ: a queue of messages\n---\n<!--\n- **DLQ** — a queue\n-->\n") == []


class TestHostile:
    """Time grows with the text, whatever stands in it; twice the text may take three times as long."""

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("**a** — " + "b is a c. " * 100_000, id="a megabyte line"),
            pytest.param("| a | b |\n|---|---|\n" + "| x | y z |\n" * 20_000, id="table rows"),
            pytest.param("- **a** — bcdefgh\n" * 40_000, id="bullets"),
            pytest.param(
                "".join(f"- **a{i}** — b{i} c\n\n\nx\n\n" for i in range(4_000)), id="lists"
            ),
            pytest.param("word 15 min.\n" * 60_000, id="a paragraph"),
            pytest.param("ABCD EFGH\n\n• a\n• b\n\n\n" * 4_000, id="slides"),
            pytest.param("ABCDE\n\n• a\n" + "b \n" * 20_000 + "ABCDE\n" * 20_000, id="one slide"),
            pytest.param(
                "".join(f"\n\n\nABCDE\n• a\n• {i}\n" for i in range(3_000)), id="a growing slide"
            ),
            pytest.param(
                ("```\nroot\n" + "├─ " + "─" * 900 + "=" * 900 + "\n```\n") * 100, id="trees"
            ),
            pytest.param("# x vs y\n\n**Problem**: a\n\n" * 4_000, id="headings"),
            pytest.param("**" * 500_000, id="stars"),
        ],
    )
    def test_linear(self, text: str) -> None:
        def seconds(size: int) -> float:
            start = time.process_time()
            suggest(text[:size], name="n")
            return time.process_time() - start

        half = min(seconds(len(text) // 2) for _ in range(2))
        whole = min(seconds(len(text)) for _ in range(2))
        assert whole < 3 * half + 0.3

    @pytest.mark.parametrize(
        "shape", ["{}", "- {}", "**{}", "| {} | x |", "# BAD {}", "├─ {}", "• {}"]
    )
    @pytest.mark.parametrize("piece", [*" =~.*-`[(_:|1#│─→•", "1.", "a ", "**a", "15 min ", "ab: "])
    def test_long_lines(self, piece: str, shape: str) -> None:
        """A line ten times as long may take ten times as long, and no more."""

        def seconds(times: int, lines: int) -> float:
            line = shape.format((piece * times)[:times] + "x")
            text = f"text\n\n```\nroot\n{line}\ngood\n```\n\n{line}\n\n| a | b |\n|---|---|\n{line}\n\n"
            start = time.process_time()
            suggest(text * lines, name="n")
            return time.process_time() - start

        assert seconds(1_900, 4) < 4 * seconds(190, 40) + 0.1


class TestRealNotes:
    @pytest.mark.parametrize(
        ("number", "least"), [("001", 40), ("002", 40), ("003", 15), ("004", 30)]
    )
    def test_finds_enough(self, cases: Path, number: str, least: int) -> None:
        found = suggest(real(cases, number), name="note")
        assert len(found) >= least
        check(real(cases, number), found)

    @pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
    def test_nothing_from_sources_and_headers(self, cases: Path, number: str) -> None:
        shown = " ".join(one.front + one.back for one in suggest(real(cases, number), name="note"))
        for leads_elsewhere in (
            "Sbarski",
            "Bootcamp",
            "Developer Guide",
            "KiB",
            "[[",
            "openTelemetry",
        ):
            assert leads_elsewhere not in shown

    def test_of_all_kinds(self, cases: Path) -> None:
        rules = Counter(
            one.rule
            for number in ("000", "001", "002", "003", "004")
            for one in suggest(real(cases, number), name="note")
        )
        assert set(rules) == {rule.name for rule in RULES} - {"cloze", "folded", "asking-heading"}

    def test_asks_in_the_language_of_the_note(self, cases: Path) -> None:
        shown = {
            number: "\n".join(one.front for one in suggest(real(cases, number), name="note"))
            for number in ("001", "002", "004")
        }
        assert "Что такое **Serverless Architecture (бессерверная" not in shown["001"]
        assert "Что такое **Serverless Architecture** (бессерверная" in shown["001"]
        assert "When do you use **Wait State**?" in shown["002"]
        assert "무엇을 선택하나요?" in shown["004"]
        assert not any("what " in shown[number] for number in ("001", "004"))

    def test_only_what_asks_for_a_gap_is_a_cloze(self, cases: Path) -> None:
        for number in ("001", "002", "003", "004"):
            for one in suggest(real(cases, number), name="note"):
                assert (one.kind is CardKind.CLOZE) == ("[…]" in one.front)


def real(cases: Path, number: str) -> str:
    (path,) = (cases / "notes").glob(f"{number}_*")
    return path.read_text(encoding="utf-8")
