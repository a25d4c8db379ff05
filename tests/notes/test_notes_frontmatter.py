"""Front matter: typed fields out of whatever people write, bounded."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import ClassVar

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmstart.notes.frontmatter import _bound, _is_flat
from warmstart.notes.model import FrontMatter, Link, Note
from warmstart.notes.parse import parse_note


@pytest.fixture(autouse=True, params=["C loader", "plain loader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's loaders: the fast one is missing where no libyaml was at hand."""
    if request.param == "plain loader":
        monkeypatch.delattr("yaml.CSafeLoader")


def note(yaml: str) -> Note:
    return parse_note(f"---\n{yaml}\n---\n# Heading\n", name="stem")


def fields(yaml: str) -> FrontMatter:
    read = note(yaml)
    assert read.problems == ()
    return read.front_matter


def odd(yaml: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in note(yaml).problems]


def link(target: str, line: int, heading: str | None = None, alias: str | None = None) -> Link:
    return Link(target, heading, alias, line, embed=False)


class TestFields:
    def test_all(self) -> None:
        found = fields(
            "title: 'Очереди: SQS'\ntags: [cloud/aws, '#queue', cloud/aws]\nprerequisites:\n"
            "  - '[[basics]]'\nrelated: '[[other|Other]]'\ndifficulty: 6\nreading_time: 12 min\n"
            "study_status: not_started\nmastery: 40%\nlast_reviewed: 2025-12-22\n"
            "next_review: 2026-01-05T10:00:00\nextra: {a: [1, 2.5, true]}"
        )
        assert found == FrontMatter(
            title="Очереди: SQS",
            tags=("cloud/aws", "queue"),
            prerequisites=(link("basics", 5),),
            related=(link("other", 6, alias="Other"),),
            difficulty="6",
            reading_time=12,
            study_status="not_started",
            mastery=40.0,
            last_reviewed=date(2025, 12, 22),
            next_review=date(2026, 1, 5),
            raw=found.raw,
            last_line=14,
        )
        assert found.raw["extra"] == {"a": [1, 2.5, True]}
        assert found.raw["next_review"] == datetime(2026, 1, 5, 10)

    def test_nothing_said(self) -> None:
        assert fields("last_reviewed:\nnext_review: ''\nmastery: 0\ntags:") == FrontMatter(
            mastery=0.0,
            raw={"last_reviewed": None, "next_review": "", "mastery": 0, "tags": None},
            last_line=6,
        )

    def test_words_stay_as_written(self) -> None:
        """YAML takes these for a truth, a number and a date."""
        found = fields("title: yes\ndifficulty: 1.0\nstudy_status: 2025-01-02")
        assert (found.title, found.difficulty, found.study_status) == ("yes", "1.0", "2025-01-02")

    def test_no_escape_gets_through(self) -> None:
        """YAML writes control characters as escapes, which a scan of the text cannot see."""
        read = note('title: "\\e[31mred"\ntags: ["\\e"]\nrelated: "[[\\e]]"')
        assert read.title == "\ufffd[31mred"
        assert read.front_matter.tags == ("\ufffd",)
        assert read.front_matter.related == (link("\ufffd", 4),)
        assert parse_note("", name="a\x1b").title == "a\ufffd"

    @pytest.mark.parametrize("yaml", ["tags: a, b c", "tags: [a, b, c]", "tag: '#a #b #c'"])
    def test_tags(self, yaml: str) -> None:
        assert fields(yaml).tags == ("a", "b", "c")

    def test_key_spelling(self) -> None:
        assert fields("Reading-Time: 5").reading_time == 5

    def test_title_wins_over_heading_and_name(self) -> None:
        assert note("title: From field").title == "From field"
        assert note("other: x").title == "Heading"
        assert parse_note("text", name="stem").title == "stem"

    def test_utf8_bom_and_crlf(self) -> None:
        read = parse_note("\ufeff---\r\ntitle: T\r\n---\r\ntext", name="n")
        assert (read.title, read.front_matter.last_line) == ("T", 3)


class TestLinks:
    @pytest.mark.parametrize(
        "yaml",
        [
            "related: ['[[a]]', '[[b#h|B]]']",
            "related: [[[a]], [[b#h|B]]]",
            "related:\n- [[a]]\n- '[[b#h|B]]'",
            "related: '[[a]], [[b#h|B]]'",
            "related: [a, b#h|B]",
            "related: [a.md, '[[b.md|B#h]]']",
        ],
    )
    def test_every_way_of_writing(self, yaml: str) -> None:
        found = fields(yaml).related
        assert [(k.target, k.heading, k.alias) for k in found] == [
            ("a", None, None),
            ("b", "h", "B"),
        ]

    def test_unquoted_and_alone(self) -> None:
        assert fields("related: [[a, b]]").related == (link("a, b", 2),)

    def test_lines(self) -> None:
        found = fields("x: 1\nprerequisites:\n\n  - [[a]]\n  - b")
        assert [k.line for k in found.prerequisites] == [5, 6]


class TestOddities:
    @pytest.mark.parametrize(
        ("yaml", "sentence"),
        [
            ("mastery: 140", "The field mastery is 140, which is not a number from 0 to 100."),
            ("mastery: -1", "The field mastery is -1, which is not a number from 0 to 100."),
            ("mastery: [1]", "The field mastery is [1], which is not a number from 0 to 100."),
            ("mastery: true", "The field mastery is True, which is not a number from 0 to 100."),
            (
                "reading_time: long",
                "The field reading_time is 'long', which is not a number of minutes.",
            ),
            (
                "last_reviewed: soon",
                "The field last_reviewed is 'soon', which is not a date like 2026-01-31.",
            ),
            (
                "next_review: 2025-13-45",
                "The field next_review is '2025-13-45', which is not a date like 2026-01-31.",
            ),
            ("title: [a]", "The field title is ['a'], which is not a text."),
            ("tags: [[a, b]]", "The field tags is [['a', 'b']], which is not a list of words."),
            ("related: {a: b}", "The field related is {'a': 'b'}, which is not a list of notes."),
            ("x: 1\nx: 2", "The field 'x' stands here twice; the later one counts."),
        ],
    )
    def test_named_with_their_line(self, yaml: str, sentence: str) -> None:
        assert odd(f"# comment\n{yaml}") == [(2 + yaml.count("\n") + 1, sentence)]

    def test_the_rest_of_the_fields_is_read(self) -> None:
        read = note("mastery: much\ntitle: T")
        assert (read.title, read.front_matter.mastery) == ("T", None)

    def test_template_placeholders(self) -> None:
        assert odd("title: {{title}}") == [
            (2, "The field title is {'?': None}, which is not a text.")
        ]


class TestBrokenYaml:
    @pytest.mark.parametrize(
        ("yaml", "line"),
        [
            ("a: 1\ntitle: Lambda: the basics", 3),
            ("a: 1\nb: [1, 2", 3),
            ("a: 1\n\tb: 2", 3),
            ("a: 'x", 2),
            ("a: @x", 2),
            ("a: *nowhere", 2),
            ("a: 1\nb: \x07", 3),
        ],
    )
    def test_line_and_import(self, yaml: str, line: int) -> None:
        read = note(yaml)
        assert [problem.line for problem in read.problems] == [line]
        assert read.problems[0].message.startswith("The front matter is not valid YAML")
        assert read.title == "Heading"

    def test_colon_in_a_value_has_a_hint(self) -> None:
        hint = note("title: Lambda: the basics").problems[0].hint
        assert hint == "Put a value that contains a colon in quotes."

    def test_no_mapping(self) -> None:
        (problem,) = note("{a: 1}: b: c").problems
        assert problem.line == 2

    def test_never_closed(self) -> None:
        (problem,) = parse_note("---\ntitle: x\n", name="n").problems
        assert (problem.line, problem.message) == (1, "The front matter is never closed.")


class TestBounds:
    @pytest.mark.parametrize(
        "yaml",
        [
            "a: " + "[" * 5_000,
            "a: &a [*a]",
            "a: &a [x, x]\n"
            + "\n".join(
                f"{b}: &{b} [*{a}, *{a}]"
                for a, b in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
            ),
            "\n".join(f"k{i}: v" for i in range(20_000)),
            "a: '" + "x" * 200_000 + "'",
        ],
        ids=["deep", "recursive", "bomb", "many", "long"],
    )
    def test_refused_with_a_sentence(self, yaml: str) -> None:
        read = note(yaml)
        assert len(read.problems) == 1
        assert read.front_matter.raw == {}
        assert read.front_matter.last_line > 2
        assert read.title == "Heading"

    def test_an_alias_is_fine(self) -> None:
        assert fields("a: &x [b]\ntags: *x").tags == ("b",)

    def test_endless_numbers_stay_text(self) -> None:
        found = fields("a: " + "1:" * 2_000 + "1\nb: " + "9" * 900)
        assert isinstance(found.raw["a"], str)
        assert found.raw["b"] == int("9" * 900)

    def test_no_objects_are_made(self) -> None:
        found = fields("a: !!python/object/apply:os.getcwd []\nb: !!python/name:os.system x")
        assert found.raw == {"a": [], "b": "x"}


class TestWhatIsReadOnce:
    """Front matter that is plainly shallow is not walked before anything is built from it."""

    PARTS: ClassVar = [
        "[", "]", "{", "}", "[[a]]", "a", "a: ", "- ", "? ", ": ", "\n", "\n  ", "\n    ", "\n- ",
        "x:\n", "'", '"', "#", " ", ",", "[a: ", "[[b: c]]", "|\n", "&x ", "!!seq ", "\u2028",
    ]  # fmt: skip

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=60).map("".join))
    def test_is_within_the_bounds_that_the_walk_holds(self, text: str) -> None:
        """Whatever is taken for shallow, the walk would have let pass, or YAML refuses."""
        if _is_flat(text):
            with suppress(yaml.YAMLError):
                _bound(yaml.parse(text, Loader=yaml.SafeLoader), 1)

    def test_is_what_people_write(self) -> None:
        """Fields, lists and links are shallow; what nests or repeats itself is not."""
        plain = "title: A\ntags: [a, b]\nrelated:\n  - '[[b]]'\n  - \"[[c|d]]\"\nnext: [[e]]"
        assert _is_flat(plain)
        assert not _is_flat("a: &x [1]\nb: *x")
        assert not _is_flat("[" * 10)
        assert not _is_flat("- - - - - - a")
        assert not _is_flat("[[ a, ']]'] " * 4)
