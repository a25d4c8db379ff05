"""The parts a card is drawn from: options, the difference, formulas and pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from warmstart.notes.choices import Offer, Option
from warmstart.notes.display import for_display
from warmstart.study.cards import Rating
from warmstart.study.typed import compare
from warmstart.tui.markdown.blocks import Code, parse
from warmstart.tui.markdown.lines import lay_out
from warmstart.tui.markdown.pictures import load
from warmstart.tui.widgets.choice_lines import choice_document, place_of, suggested
from warmstart.tui.widgets.difference import Difference

if TYPE_CHECKING:
    from pathlib import Path

OFFER = Offer(
    "Which fans out?",
    (Option("a", "SQS", False), Option("b", "**SNS**", True), Option("c", "`S3`", True)),
    "A topic copies.",
)
TASKS = Offer("Which?", (Option("", "one", True), Option("", "two", False)), "")


def lines(picked: set[int], *, told: bool, offer: Offer = OFFER) -> list[str]:
    document = choice_document(offer, picked, told=told)
    return [(line.margin + line.content).plain.rstrip() for line in lay_out(document, 60)]


class TestChoices:
    def test_what_is_picked_has_a_shape(self) -> None:
        assert lines({1}, told=False) == ["○ 1 a) SQS", "● 2 b) SNS", "○ 3 c) S3"]

    def test_once_told_right_and_wrong_have_a_shape(self) -> None:
        assert lines({0, 1}, told=True) == [
            "✗ 1 a) SQS  wrong",
            "✓ 2 b) SNS  right",
            "✓ 3 c) S3  right, not picked",
        ]
        assert lines({0}, told=True, offer=TASKS) == ["✓ 1 one  right", "  2 two"]

    def test_keys(self) -> None:
        assert [place_of(OFFER, key) for key in ("1", "3", "4", "b", "d", "")] == [
            0, 2, None, 1, None, None,
        ]  # fmt: skip
        assert place_of(TASKS, "b") is None  # a letter that is not shown keeps its own meaning
        russian = replace(OFFER, options=tuple(
            replace(option, label=label) for option, label in zip(OFFER.options, "абг", strict=False)
        ))  # fmt: skip
        # Under ЙЦУКЕН the keys of а, б and г send f, a comma and u.
        keys = ("f", ",", "u", "2")
        assert [place_of(russian, key, cyrillic=True) for key in keys] == [0, 1, 2, 1]
        assert [place_of(russian, key) for key in keys] == [None, None, None, 1]

    def test_the_rating_they_suggest(self) -> None:
        assert suggested(OFFER, {1, 2}) is Rating.GOOD
        assert suggested(OFFER, {1}) is Rating.AGAIN
        assert suggested(OFFER, ()) is None


class TestDifference:
    def drawn(self, typed: str, expected: str, width: int) -> Content:
        view = Difference()
        view.set_reactive(Difference.comparison, compare(typed, expected))
        return view.draw(width)

    def test_columns_stand_above_one_another(self) -> None:
        said, above, below = self.drawn("콜드 스타드", "콜드 스타트", 60).plain.split("\n")
        assert said == "✗ not the same · 1 character off" or said.startswith("≈ a slip")
        assert above == "you typed  콜드 스타드"
        assert below == "answer     콜드 스타트"

    def test_what_is_missing_leaves_a_gap(self) -> None:
        _, above, below = self.drawn("холодный старт", "холодный же старт", 60).plain.split("\n")
        assert above == "you typed  холодный ·· старт"
        assert below == "answer     холодный же старт"

    @given(st.text("ab к한é👍🏽e\u0301\x1b", max_size=40), st.text("ab к한é", max_size=40))
    def test_no_line_is_wider_than_the_screen_and_pairs_are_equal(
        self, typed: str, expected: str
    ) -> None:
        _, *rows = self.drawn(typed, expected, 30).plain.split("\n")
        assert all(cell_len(row) <= 30 for row in rows)
        for above, below in zip(rows[::2], rows[1::2], strict=True):
            assert cell_len(above) == cell_len(below)
        assert "\x1b" not in "".join(rows)


class TestFormulas:
    @pytest.mark.parametrize(
        ("markdown", "shown"),
        [
            ("It costs $5 and $10.", "It costs $5 and $10."),
            ("So $x^2$ and `$x^2$`", "So x² and $x^2$"),
            (
                r"MathJax \(a_1 = b\), but \(aside\) and \[x\]",
                "MathJax a₁ = b, but (aside) and [x]",
            ),
            (r"Anki \\(\frac{a}{b}\\) and \\[x\_1\\]", "Anki a/b and x₁"),
            ("$$\n\\frac{n(n+1)}{2}\n$$", "n(n+1)/2"),
            (r"open \\(x and \\(y", r"open \(x and \(y"),
        ],
    )
    def test_shown(self, markdown: str, shown: str) -> None:
        assert [line.content.plain for line in lay_out(parse(for_display(markdown)), 60)] == [shown]

    def test_many_openings_take_one_pass(self) -> None:
        parse("\\\\(" * 20_000)


class TestPictures:
    @pytest.fixture
    def drawing(self, tmp_path: Path) -> Path:
        path = tmp_path / "half.png"
        image = Pillow.new("RGBA", (40, 40), (255, 0, 0, 255))
        image.paste((0, 0, 0, 0), (0, 20, 40, 40))
        image.save(path)
        return path

    def test_two_pixels_a_cell_and_paper_below(self, drawing: Path) -> None:
        picture = load(drawing)
        assert picture is not None
        rows = picture.rows(20)
        assert [row.plain for row in rows] == ["▀" * 6] * 3
        (first,), (last,) = rows[0].spans, rows[-1].spans
        assert isinstance(first.style, Style)
        assert isinstance(last.style, Style)
        assert first.style.foreground is not None
        assert last.style.background is not None
        assert first.style.foreground.rgb == (255, 0, 0)
        assert last.style.background.rgb == (255, 255, 255)

    def test_never_higher_or_wider_than_there_is_room(self, tmp_path: Path) -> None:
        for size in ((3000, 20), (20, 3000), (1, 1), (700, 700)):
            path = tmp_path / f"{size}.png"
            Pillow.new("RGB", size).save(path)
            picture = load(path)
            assert picture is not None
            rows = picture.rows(30)
            assert 1 <= len(rows) <= 5
            assert all(row.cell_length <= 30 for row in rows)

    def test_what_is_no_picture(self, tmp_path: Path) -> None:
        broken = tmp_path / "broken.png"
        broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"junk" * 10)
        (tmp_path / "a.svg").write_text("<svg/>")
        assert [load(tmp_path / name) for name in ("broken.png", "a.svg", "none.png")] == [None] * 3

    def test_one_that_stands_by_itself_is_drawn_and_all_are_links(self, drawing: Path) -> None:
        text = f"See ![here]({drawing.name}).\n\n![A half]({drawing.name})\n\n![gone](gone.png)"
        document = parse(text, lambda address: load(drawing.parent / address))
        shown = [line.content.plain for line in lay_out(document, 30)]
        assert shown[0] == "See ▣ here."
        assert shown[2:4] == ["▀" * 10] * 2
        assert shown[-3:] == ["▣ A half", "", "▣ gone"]
        assert document.pictures == ("half.png", "half.png", "gone.png")


def test_code_keeps_its_source_for_copying() -> None:
    (code,) = parse("```make\n\tall:\n```").codes
    assert isinstance(code, Code)
    assert (code.text, code.source) == ("    all:", "\tall:\n")
