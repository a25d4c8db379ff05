"""The course linter: each rule fails on a small bad sample, and the course that ships passes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import content_lint

if TYPE_CHECKING:
    from collections.abc import Callable

    Lint = Callable[[], tuple[int, list[str]]]

ROOT = Path(__file__).parents[2]

NOTE = """\
---
title: "Tea"
created: 2026-11-20
tags: [drinks]
prerequisites: []
related: ["[[water]]"]
reading_time: 3
difficulty: 2
study_status: not_started
mastery: 0
last_reviewed:
next_review:
---

# Tea

## Brewing

Green tea wants [70 degrees](https://example.org/tea), see [[water#Boiling|boiling]].

## Terms

| Term | Meaning |
| --- | --- |
| **Steeping** | Leaving leaves in water for 3 minutes |

## Key cards

How hot is water for green tea?
?
70 degrees.

## Check yourself

> [!question]- Why not boiling?
> At 100 degrees it turns bitter.

## Sources

- [Tea](https://example.org/tea)
"""

WATER = (
    NOTE.replace("Tea", "Water")
    .replace('"[[water]]"', '"[[tea]]"')
    .replace("## Brewing", "## Boiling")
    .replace("[[water#Boiling|boiling]]", "[[tea]] and [[kettle]]")
    .replace("**Steeping**", "**Vapour**")
    .replace("How hot is water for green tea?", "When does water boil?")
    .replace("Why not boiling?", "Why does height matter?")
)

LAB = """\
---
title: "The kettle"
---

# The kettle

See [[water]]. It takes 2 minutes.
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of two notes and a lab in which nothing is wrong."""
    (tmp_path / "content").mkdir()
    (tmp_path / "labs" / "kettle").mkdir(parents=True)
    (tmp_path / "content" / "tea.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "content" / "water.md").write_text(WATER, encoding="utf-8")
    (tmp_path / "labs" / "kettle" / "README.md").write_text(LAB, encoding="utf-8")
    return tmp_path


@pytest.fixture
def lint(course: Path, capsys: pytest.CaptureFixture[str]) -> Lint:
    """Run the linter over the course; its exit code, and what it printed to standard output."""

    def run() -> tuple[int, list[str]]:
        code = content_lint.main([str(course / "content"), str(course / "labs")])
        return code, capsys.readouterr().out.splitlines()

    return run


def change(path: Path, old: str, new: str) -> int:
    """Replace ``old``, which occurs once, and return the line (from 1) that it began on."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


class TestTheWholeCourse:
    def test_a_clean_course_gets_one_line_of_tally(self, lint: Lint) -> None:
        assert lint() == (0, ["2 notes, 1 lab, 6 cards, 0 problems"])

    def test_what_ships_is_clean(self, capsys: pytest.CaptureFixture[str]) -> None:
        code = content_lint.main([str(ROOT / "content"), str(ROOT / "labs")])
        printed = capsys.readouterr()
        assert (printed.err, code) == ("", 0), printed.out

    def test_what_ships_has_the_cards_a_first_course_needs(self) -> None:
        pages, unreadable = content_lint.read_pages(ROOT / "content", ROOT / "labs")
        notes = [page for page in pages if page.is_note]
        assert not unreadable
        assert len(notes) >= 6
        assert sum(len(page.note.cards) for page in notes) >= 60

    def test_findings_name_file_and_line_in_order(self, course: Path, lint: Lint) -> None:
        tea = course / "content" / "tea.md"
        late = change(tea, "- [Tea](https://example.org/tea)", "- [Tea](https://example.org/tea) ")
        early = change(tea, "see [[water#Boiling|boiling]]", "see [[milk]]")
        code, found = lint()
        assert code == 1
        assert found == [
            f"{tea}:{early}: There is no note or lab called milk.",
            f"{tea}:{late}: The line ends in white space.",
        ]

    def test_an_empty_folder_is_no_course(self, tmp_path: Path) -> None:
        assert content_lint.main([str(tmp_path), str(tmp_path)]) == 1


class TestEachRule:
    @pytest.fixture
    def tea(self, course: Path) -> Path:
        return course / "content" / "tea.md"

    def finds(self, lint: Lint, path: Path, line: int, sentence: str) -> None:
        """The linter finds exactly this, and says so with exit code 1."""
        assert lint() == (1, [f"{path}:{line}: {sentence}"])

    def test_text_that_is_not_utf8(self, tea: Path, lint: Lint) -> None:
        (tea.parent / "old.md").write_bytes("Чай бывает зелёным и чёрным".encode("cp1251"))
        self.finds(lint, tea.parent / "old.md", 1, "The text is not UTF-8.")

    @pytest.mark.parametrize("answer", ["70 degrees.\n", "> At 100 degrees it turns bitter.\n"])
    def test_a_card_without_an_answer(self, tea: Path, lint: Lint, answer: str) -> None:
        """A problem of the parser, reported as the importer would, at the line above."""
        line = change(tea, answer, "") - 1
        code, found = lint()
        assert code == 1
        assert len(found) == 1
        assert re.match(rf"{re.escape(str(tea))}:{line}: .* no answer", found[0])

    @pytest.mark.parametrize("row", ["| **Steeping** |  |", "|  | Leaving leaves in water |"])
    def test_a_term_without_a_meaning(self, tea: Path, lint: Lint, row: str) -> None:
        line = change(tea, "| **Steeping** | Leaving leaves in water for 3 minutes |", row)
        self.finds(lint, tea, line, "The row has no term, or a term without a meaning.")

    @pytest.mark.parametrize("name", content_lint.NOTE_FIELDS)
    def test_a_field_missing_in_the_front_matter(self, tea: Path, lint: Lint, name: str) -> None:
        text = tea.read_text(encoding="utf-8")
        kept = re.sub(rf"^{name}:.*\n", "", text, count=1, flags=re.MULTILINE)
        tea.write_text(kept, encoding="utf-8")
        self.finds(lint, tea, 1, f"The front matter has no {name}.")

    def test_a_field_left_empty(self, tea: Path, lint: Lint) -> None:
        change(tea, "tags: [drinks]", "tags: []")
        self.finds(lint, tea, 1, "The front matter leaves tags empty.")

    def test_a_lab_without_a_title(self, course: Path, lint: Lint) -> None:
        readme = course / "labs" / "kettle" / "README.md"
        change(readme, 'title: "The kettle"', "minutes: 5")
        self.finds(lint, readme, 1, "The front matter has no title.")

    @pytest.mark.parametrize("difficulty", ["0", "11", "hard"])
    def test_a_difficulty_off_the_scale(self, tea: Path, lint: Lint, difficulty: str) -> None:
        change(tea, "difficulty: 2", f"difficulty: {difficulty}")
        self.finds(lint, tea, 1, f"The difficulty is {difficulty}; it must be a number, 1 to 10.")

    def test_a_question_asked_twice(self, course: Path, tea: Path, lint: Lint) -> None:
        """Case, markup and the mark at the end make no other question."""
        water = course / "content" / "water.md"
        line = change(water, "When does water boil?", "How hot is *water* for green Tea")
        first = (
            tea.read_text(encoding="utf-8").splitlines().index("How hot is water for green tea?")
        )
        self.finds(lint, water, line, f"The question is asked already in {tea}:{first + 1}.")

    def test_an_answer_that_is_too_long(self, tea: Path, lint: Lint) -> None:
        answer = change(tea, "70 degrees.\n", "hot " * 300 + "tea\n")
        self.finds(
            lint, tea, answer - 2, "The answer has 1203 characters; more than 900 is several cards."
        )

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("[[water#Boiling|boiling]]", "[[milk]]"),
            ("prerequisites: []", 'prerequisites: ["[[milk]]"]'),
            ('"[[water]]"', '"[[milk]]"'),
        ],
    )
    def test_a_link_to_no_note(self, tea: Path, lint: Lint, old: str, new: str) -> None:
        """In the text, among the prerequisites, and among the related notes."""
        line = change(tea, old, new)
        self.finds(lint, tea, line, "There is no note or lab called milk.")

    @pytest.mark.parametrize("name", ["water", "kettles"])
    def test_a_link_to_no_lab(self, tea: Path, lint: Lint, name: str) -> None:
        """There is a note called water, and no lab; what there is, is found."""
        change(tea, '"[[water]]"', '"[[labs/kettle]]"')
        line = change(tea, "[[water#Boiling|boiling]]", f"[[labs/{name}|the lab]]")
        self.finds(lint, tea, line, f"There is no note or lab called labs/{name}.")

    def test_a_link_to_a_heading_that_is_not_there(
        self, course: Path, tea: Path, lint: Lint
    ) -> None:
        line = change(tea, "[[water#Boiling|boiling]]", "[[water#Freezing|ice]]")
        water = course / "content" / "water.md"
        self.finds(lint, tea, line, f"{water} has no heading “Freezing” to link to.")

    def test_a_link_to_a_heading_of_the_same_note(self, tea: Path, lint: Lint) -> None:
        line = change(tea, "[[water#Boiling|boiling]]", "[[#Brewing]] and [[#Drinking]]")
        self.finds(lint, tea, line, f"{tea} has no heading “Drinking” to link to.")

    def test_where_a_lab_has_a_note_s_name_links_lead_to_the_note(
        self, course: Path, lint: Lint
    ) -> None:
        (course / "labs" / "kettle").rename(course / "labs" / "tea")
        change(course / "content" / "water.md", "[[tea]] and [[kettle]]", "[[tea#Brewing]]")
        readme = course / "labs" / "tea" / "README.md"
        change(readme, 'title: "The kettle"', 'title: "Tea"\nprerequisites: ["[[tea]]"]')
        assert lint()[0] == 0

    def test_a_wikilink_that_is_broken_over_two_lines(self, tea: Path, lint: Lint) -> None:
        """It is no link to any reader of markdown, so nothing else would miss it."""
        line = change(tea, "[[water#Boiling|boiling]]", "[[water#Boiling|boiling\nwater]]")
        self.finds(lint, tea, line, "A wikilink begins here and does not end on the same line.")

    def test_brackets_in_code_are_no_wikilink(self, tea: Path, lint: Lint) -> None:
        change(tea, "[[water#Boiling|boiling]]", "`matrix[[0` in\n\n```\na[[0]\n```\n")
        assert lint()[0] == 0

    def test_prerequisites_in_a_circle(self, course: Path, tea: Path, lint: Lint) -> None:
        change(tea, "prerequisites: []", 'prerequisites: ["[[water]]"]')
        water = course / "content" / "water.md"
        line = change(water, "prerequisites: []", 'prerequisites: ["[[tea]]"]')
        self.finds(lint, water, line, "The prerequisites go round in a circle: tea → water → tea.")

    def test_a_note_that_requires_itself(self, tea: Path, lint: Lint) -> None:
        line = change(tea, "prerequisites: []", 'prerequisites: ["[[tea]]"]')
        self.finds(lint, tea, line, "The prerequisites go round in a circle: tea → tea.")

    def test_a_note_without_a_section_of_sources(self, tea: Path, lint: Lint) -> None:
        change(tea, "## Sources", "## Further reading")
        self.finds(lint, tea, 1, "The note has no section “Sources”.")

    def test_sources_without_a_link(self, tea: Path, lint: Lint) -> None:
        change(tea, "- [Tea](https://example.org/tea)", "- A book on tea")
        line = tea.read_text(encoding="utf-8").splitlines().index("## Sources") + 1
        self.finds(lint, tea, line, "“Sources” lists no link.")

    def test_a_section_with_figures_and_no_source(self, tea: Path, lint: Lint) -> None:
        change(tea, "[70 degrees](https://example.org/tea)", "70 degrees")
        line = tea.read_text(encoding="utf-8").splitlines().index("## Brewing") + 1
        self.finds(lint, tea, line, "“Brewing” states figures, but links to no source.")

    @pytest.mark.parametrize(
        "text",
        [
            "little heat",
            "little heat, see [[water]]\n\n```\nheat(70)\n```\n",
            "heat, see [[kettle]]",
        ],
    )
    def test_no_source_is_asked_where_no_figure_is_stated(
        self, tea: Path, lint: Lint, text: str
    ) -> None:
        """Figures in code are examples; cards (the sample has some) repeat what the text says."""
        change(tea, "[70 degrees](https://example.org/tea)", text)
        assert lint()[0] == 0

    def test_white_space_at_the_end_of_a_line(self, tea: Path, lint: Lint) -> None:
        line = change(tea, "# Tea\n", "# Tea  \n")
        self.finds(lint, tea, line, "The line ends in white space.")

    def test_a_tab(self, tea: Path, lint: Lint) -> None:
        line = change(tea, "70 degrees.\n", "70\tdegrees.\n")
        self.finds(lint, tea, line, "The line holds a tab; write spaces.")
