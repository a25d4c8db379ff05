"""Text pulled out of slide decks, and ordinary notes, which are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmstart.notes.slides import Slide, is_deck, sections_of_slides, slides_of

BUILD_UP = "SQS BASICS\n• queues\n SQS BASICS\n• queues\n• consumers\n SQS BASICS\n• queues\n• consumers\n• retries\n"
DECK = (
    BUILD_UP
    + "\n\n\nSNS BASICS\n\n 12\n\n• topics\n\n\n\nSNS BASICS\n\n 13\n\n• topics\n• subscribers\n"
    + "\n\n\nWHAT NEXT\n• read\n"
)


def titles(slides: tuple[Slide, ...]) -> list[str]:
    return [slide.title for slide in slides]


def texts(slide: Slide) -> list[str]:
    return [line.text for line in slide.lines]


class TestIsDeck:
    def test_a_deck(self) -> None:
        assert is_deck(DECK)

    @pytest.mark.parametrize(
        "markdown", ["# Title\n", "```\ncode\n```\n", "| a |\n", "> quote\n", "---\n"]
    )
    def test_markdown_is_never_one(self, markdown: str) -> None:
        assert not is_deck(markdown + DECK)
        assert not is_deck(DECK + markdown)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "A note without any markup.\n\nIt has two paragraphs.\n" * 20,
            "TODO\n- milk\n- bread\n\nDONE\n- eggs\n",
            "".join(
                f"CHAPTER {word}\n\nA long sentence of ordinary prose, well over sixty characters of it.\n\n"
                for word in ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN")
            ),
            "".join(f"TITLE NUMBER {word}\nitem {word}\nline {word}\n" for word in "ABCDEFGHIJK"),
            "LOUD WORDS\n" * 30,
        ],
        ids=[
            "empty",
            "prose",
            "lists",
            "a text of chapters",
            "nothing comes again",
            "nothing but titles",
        ],
    )
    def test_ordinary_texts_are_none(self, text: str) -> None:
        assert not is_deck(text)

    def test_the_real_notes(self, cases: Path) -> None:
        decks = {
            path.name[:3]: is_deck(path.read_text(encoding="utf-8"))
            for path in (cases / "notes").glob("0*.txt")
        }
        assert decks == {"000": False, "001": False, "002": False, "003": True, "004": False}

    def test_the_bundled_course(self) -> None:
        from warmstart.resources import bundled

        with_text = [
            path.read_text(encoding="utf-8") for path in Path(str(bundled("content"))).rglob("*.md")
        ]
        assert with_text
        assert not any(map(is_deck, with_text))


class TestSlides:
    def test_what_builds_up_is_folded_into_the_last(self) -> None:
        slides = slides_of(DECK)
        assert titles(slides) == ["SQS BASICS", "SNS BASICS", "WHAT NEXT"]
        assert texts(slides[0]) == ["queues", "consumers", "retries"]
        assert [line.step for line in slides[0].lines] == [0, 1, 2]
        assert texts(slides[1]) == ["topics", "subscribers"]

    def test_lines_are_those_of_the_file(self) -> None:
        slide = slides_of(DECK)[0]
        lines = DECK.split("\n")
        assert [lines[line.line - 1].strip("• ") for line in slide.lines] == texts(slide)
        assert (slide.line, slide.last_line) == (1, 9)

    def test_a_title_may_stand_below(self) -> None:
        text = " Types\n\nGo yes\n\nLANGUAGES AT WORK\n Types Speed\n\nGo yes high\n\nLANGUAGES AT WORK\n"
        (slide,) = slides_of(text)
        assert (slide.title, texts(slide)) == ("LANGUAGES AT WORK", ["Types Speed", "Go yes high"])

    def test_wrapped_lines_are_joined(self) -> None:
        (slide,) = slides_of("SQS BASICS\n• a queue that \nkeeps messages\n• retries\n")
        assert texts(slide) == ["a queue that keeps messages", "retries"]

    def test_a_slide_that_differs_is_another(self) -> None:
        text = "SQS BASICS\n• a\n• b\n• c\n\n\n\nSQS BASICS\n• d\n• e\n"
        assert [texts(slide) for slide in slides_of(text)] == [["a", "b", "c"], ["d", "e"]]

    def test_a_page_that_names_no_title_does_not_join_a_whole_slide(self) -> None:
        slides = slides_of("SQS BASICS\n• a\n• b\n• c\n • d\n • d\n• e\n")
        assert [(slide.title, texts(slide)) for slide in slides] == [
            ("SQS BASICS", ["a", "b", "c"]),
            ("", ["d", "e"]),
        ]

    @pytest.mark.parametrize("text", ["", "\n\n\n", " ", "\f", "•", "• \n •", "TITLE", "12\n13\n"])
    def test_next_to_nothing(self, text: str) -> None:
        assert sum(len(slide.lines) for slide in slides_of(text)) == 0

    def test_sections(self) -> None:
        sections = sections_of_slides(DECK)
        assert [(one.title, one.line) for one in sections] == [
            ("SQS BASICS", 1),
            ("SNS BASICS", 13),
            ("WHAT NEXT", 30),
        ]
        assert sections[0].last_line == 12
        assert sections[-1].last_line == 31
        assert len({one.slug for one in sections}) == 3


class TestRealDeck:
    def test_tables_come_out_even(self, cases: Path) -> None:
        """The table of platforms was shown row by row, its cells wrapped: all of it is read."""
        from warmstart.notes.suggest import suggest

        (path,) = (cases / "notes").glob("003_*")
        found = suggest(path.read_text(encoding="utf-8"), name="deck")
        backs = [one.back for one in found if one.rule == "comparison"]
        assert len(backs) == 9
        assert any(
            "**GCP**: StackDriver\n" in back and "**AWS**: CloudWatch, X-Ray\n" in back
            for back in backs
        )
        assert any("**Java**: ❌" in back for back in backs)
        starts = [one.front for one in found]
        assert len(starts) == len(set(starts))
