"""Writing back: four fields change, and no other byte."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import NoteError
from warmstart.notes.writeback import Measured, write_back

SOME = Measured("learning", 42, date(2026, 11, 20), date(2026, 12, 1))
NOTE = """---
title: "Queues"   # a comment
mastery: 0        # what I think
study_status: not_started
last_reviewed:
tags: [a, b]
---

# Queues
"""


class TestFields:
    def test_values_are_replaced_where_they_stand_and_missing_ones_are_added(self) -> None:
        assert write_back(NOTE.encode(), SOME).decode() == NOTE.replace(
            "mastery: 0 ", "mastery: 42 "
        ).replace("not_started", "learning").replace(
            "last_reviewed:\n", "last_reviewed: 2026-11-20\n"
        ).replace("tags: [a, b]\n", "tags: [a, b]\nnext_review: 2026-12-01\n")

    def test_a_field_can_be_emptied(self) -> None:
        empty = Measured(None, None, None, None)
        text = write_back(write_back(NOTE.encode(), SOME), empty).decode()
        assert "mastery:         # what I think\n" in text
        assert "next_review: \n" in text

    def test_a_note_without_front_matter_gets_one(self) -> None:
        text = write_back(b"# Queues\r\n", SOME)
        assert text == (
            b"---\r\nstudy_status: learning\r\nmastery: 42\r\nlast_reviewed: 2026-11-20\r\n"
            b"next_review: 2026-12-01\r\n---\r\n\r\n# Queues\r\n"
        )

    @pytest.mark.parametrize(
        ("matter", "line"),
        [
            ("a: 1\nmastery: |\n  5", 3),
            ("mastery:\n  5", 2),
            ("a: &x 1\nmastery: *x", 3),
            ("{mastery: 5}", 2),
            ("a: [1", 3),
        ],
    )
    def test_what_cannot_be_changed_safely_is_refused_with_its_line(
        self, matter: str, line: int
    ) -> None:
        with pytest.raises(NoteError) as raised:
            write_back(f"---\n{matter}\n---\ntext".encode(), SOME)
        assert raised.value.line in {line, line - 1}

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        with pytest.raises(NoteError):
            write_back("---\nтитул: x\n---\n".encode("cp1251"), SOME)


others = st.lists(
    st.sampled_from(
        [
            "title: 'it''s'",
            'quoted: "a # b: c"',
            "# a comment",
            "list:",
            "  - one",
            "- two",
            "tags: [x, y]  # tail",
            "spaced:    far   ",
            "Ключ: значение",
            "empty:",
            "text: |",
            "    block",
            "",
            "time: 12:30:00",
        ]
    ),
    max_size=8,
)
ours = st.lists(
    st.sampled_from(
        [
            "mastery: 0",
            "mastery:",
            "mastery:   '17'  # mine",
            '"mastery": 5',
            "study_status: 'not started' # odd",
            "last_reviewed: 2020-01-01",
            "next_review: ~",
        ]
    ),
    max_size=3,
    unique_by=lambda line: line.strip('"').split(":")[0].strip('"'),
)


class TestEveryOtherByte:
    @given(
        st.tuples(others, ours, others).map(lambda p: ["first: 1", *p[0], *p[1], *p[2]]),
        st.sampled_from(["\n", "\r\n"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
        st.text("ab #-:\n", max_size=30),
    )
    def test_stays(
        self,
        matter: list[str],
        newline: str,
        encoding: str,
        body: str,
    ) -> None:
        """Whatever the note, either it is refused or exactly our four values have changed."""
        lines = ["---", *matter, "---", body]
        data = newline.join(lines).encode(encoding)
        try:
            changed = write_back(data, SOME)
        except NoteError:
            return
        old = data.decode(encoding).split(newline)
        new = changed.decode(encoding).split(newline)
        names = ("study_status", "mastery", "last_reviewed", "next_review")

        def is_ours(line: str) -> bool:
            return line.lstrip('"').startswith(names)

        close = new.index("---", 1)
        kept = [line for n, line in enumerate(new) if n > close or not is_ours(line)]
        assert kept == [
            line for n, line in enumerate(old) if n > len(matter) + 1 or not is_ours(line)
        ]
        front = yaml.safe_load(newline.join(new[1:close]))
        assert [front[name] for name in names] == [
            "learning",
            42,
            date(2026, 11, 20),
            date(2026, 12, 1),
        ]
        for was, now in zip(
            filter(is_ours, old), filter(is_ours, new), strict=False
        ):  # a comment behind one of our values is not ours
            assert was.partition("#")[1:] == now.partition("#")[1:]

    @given(st.text(max_size=200))
    def test_writing_twice_is_writing_once(self, text: str) -> None:
        try:
            once = write_back(text.encode("utf-8", "replace"), SOME)
        except NoteError:
            return
        assert write_back(once, SOME) == once
