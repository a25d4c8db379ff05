"""The search language: what is read, what cannot be, and that any input is one or the other."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import SearchError
from warmstart.notes.model import CardKind
from warmstart.study.cards import Rating
from warmstart.study.search import parse, render
from warmstart.study.search.read import LONGEST
from warmstart.study.search.tree import (
    Added,
    AllOf,
    AnyOf,
    Compared,
    Comparison,
    Everything,
    Field,
    Flagged,
    Is,
    Named,
    Not,
    Numbered,
    OfKind,
    Pattern,
    Property,
    Rated,
    Search,
    State,
    Wild,
    Words,
)


def word(text: str) -> Words:
    return Words(Pattern.of([text]))


def named(field: Field, *parts: str | Wild) -> Named:
    return Named(field, Pattern.of(parts))


DUE, NEW = Is(State.DUE), Is(State.NEW)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", Everything()),
        ("  \u3000\n", Everything()),
        ("dead letter", AllOf((word("dead"), word("letter")))),
        ('"dead letter"', word("dead letter")),
        ("dead-letter", word("dead-letter")),
        ("10:30", word("10:30")),
        ('"http://x"', word("http://x")),
        ("http\\://x", word("http://x")),
        ("deck:aws", named(Field.DECK, "aws")),
        ('deck:"two words"', named(Field.DECK, "two words")),
        ('"deck:two words"', named(Field.DECK, "two words")),
        ("deck:a::b", named(Field.DECK, "a::b")),
        ("TAG:Сага", named(Field.TAG, "Сага")),
        ("concept:콜드*", named(Field.CONCEPT, "콜드", Wild.ANY)),
        ("note:a_b", named(Field.NOTE, "a", Wild.ONE, "b")),
        (r"front:\*\_\"\\", named(Field.FRONT, '*_"\\')),
        ("kind:cloze", OfKind(CardKind.CLOZE)),
        ("is:DUE", DUE),
        ("flag:3", Flagged(3)),
        ("prop:s<10", Compared(Property.STABILITY, Comparison.LESS, 10)),
        ("prop:r>=90%", Compared(Property.RECALL, Comparison.AT_LEAST, 0.9)),
        ("prop:due!=-1", Compared(Property.DUE, Comparison.NOT, -1)),
        ("rated:7", Rated(7, None)),
        ("rated:7:1", Rated(7, Rating.AGAIN)),
        ("rated:7:good", Rated(7, Rating.GOOD)),
        ("added:30", Added(30)),
        ("cid:3,17", Numbered((3, 17))),
        ("-is:due", Not(DUE)),
        ("--is:due", Not(Not(DUE))),
        ("\\-x", word("-x")),
        ('"or"', word("or")),
        ("is:due OR is:new", AnyOf((DUE, NEW))),
        ("is:due and is:new", AllOf((DUE, NEW))),
        ("a is:due or is:new", AnyOf((AllOf((word("a"), DUE)), NEW))),
        ("a (is:due or is:new)", AllOf((word("a"), AnyOf((DUE, NEW))))),
        ("-(is:due is:new)", Not(AllOf((DUE, NEW)))),
        ("a(b)c", AllOf((word("a"), word("b"), word("c")))),
    ],
)
def test_what_is_read(query: str, tree: Search) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "marked", "says"),
    [
        ('a "b', '"', "This quote is not closed."),
        ('deck:"b', '"', "This quote is not closed."),
        ('""', '""', "Nothing stands between these quotes."),
        ("(a or (b)", "(", "This bracket is not closed."),
        ("a)", ")", "This bracket closes nothing."),
        ("()", "()", "Nothing stands between these brackets."),
        ("a or", "or", "Nothing follows this “or”."),
        ("(a or)", "or", "Nothing follows this “or”."),
        ("or a", "or", 'Nothing stands before this “or”. Write "or" to find it.'),
        ("a - b", "-", "Nothing follows this “-”. Write \\- to find it."),
        ("a -", "-", "Nothing follows this “-”. Write \\- to find it."),
        ("a\\d", "\\d", "“\\d” means nothing here. Write \\\\ for a backslash."),
        ("a\\", "\\", "“\\” means nothing here. Write \\\\ for a backslash."),
        ("dekc:a", "dekc:", "Searches know no “dekc:”. Did you mean “deck:”?"),
        ("http://x", "http:", "Searches know no “http:”. To find the text, write http\\: instead."),
        ("tag:", "tag:", 'Nothing follows “tag:”. For example tag:"two words", or tag:begin*.'),
        ("x is:leach", "leach", "There is no state “leach”. Did you mean “leech”?"),
        ("kind:x", "x", "There is no kind “x”. There are flashcard, question, term, cloze, prediction."),
        ("flag:8", "8", "A whole number from 0 to 7 must stand here."),
        ("prop:x<1", "x", "There is no property “x”. There are s, d, r, ivl, reps, lapses, due."),
        ("prop:s", "", "A comparison must stand here. There are =, !=, <, >, <= and >=."),
        ("prop:s<x", "x", "A number must stand here. For example prop:s<10, prop:r<0.9 or prop:due=-1."),
        ("prop:s<9%", "9%", "A number must stand here. For example prop:s<10, prop:r<0.9 or prop:due=-1."),
        ("prop:due<99999", "99999", "No due date is more than 36,500 days away."),
        ("rated:0", "0", "A whole number from 1 to 36,500 must stand here."),
        ("rated:7:5", "5", "A rating must stand here. 1 is Again, 2 Hard, 3 Good, 4 Easy."),
        ("added:soon", "soon", "A whole number from 1 to 36,500 must stand here."),
        ("cid:1,x", "x", "The number of a card must stand here."),
        ("мир is:новый", "новый", "There is no state “новый”. There are due, new, learn, review, suspended, buried, paused, leech, suggested, flagged, reported, remarked."),
        ("x " * 200 + "y", "y", "A search has at most 200 conditions."),
        ("(" * 50 + "x" + ")" * 50, "(", "Brackets and “-” nest at most 40 deep."),
        ("-" * 50 + "x", "-", "Brackets and “-” nest at most 40 deep."),
        ("x" * (LONGEST + 1), "x", "A search has at most 2,000 characters."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_sentence_with_a_place(query: str, marked: str, says: str) -> None:
    with pytest.raises(SearchError) as caught:
        parse(query)
    error = caught.value
    assert (query[error.start : error.end], str(error)) == (marked, says)


def test_every_node_knows_its_place() -> None:
    query = 'a (is:due or -"b c")'
    tree = parse(query)
    assert isinstance(tree, AllOf)
    assert isinstance(tree.parts[1], AnyOf)
    spans = [tree.span, *(part.span for part in tree.parts), tree.parts[1].parts[1].span]
    assert [query[s.start : s.end] for s in spans] == [
        'a (is:due or -"b c"', "a", 'is:due or -"b c"', '-"b c"',
    ]  # fmt: skip


TEXT = st.text(min_size=1, max_size=6) | st.sampled_from(
    ["or", "AND", "-", '"', "\\", "*", "_", "deck:x", "is:due", "сага", "콜드", "()", "a b", " "]
)
PATTERNS = st.lists(TEXT | st.sampled_from(Wild), min_size=1, max_size=4).map(Pattern.of)
NUMBERS = st.integers(-9999, 9999).map(lambda n: n / 100)
LEAVES = st.one_of(
    PATTERNS.map(Words),
    st.builds(Named, st.sampled_from(Field), PATTERNS),
    st.builds(OfKind, st.sampled_from(CardKind)),
    st.builds(Is, st.sampled_from(State)),
    st.builds(Flagged, st.integers(0, 7)),
    st.builds(Compared, st.sampled_from(Property), st.sampled_from(Comparison), NUMBERS),
    st.builds(Rated, st.integers(1, 36_500), st.none() | st.sampled_from(Rating)),
    st.builds(Added, st.integers(1, 36_500)),
    st.builds(Numbered, st.lists(st.integers(0, 10**18 - 1), min_size=1).map(tuple)),
)


def branches(below: st.SearchStrategy[Search]) -> st.SearchStrategy[Search]:
    parts = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, below)


TREES = st.just(Everything()) | st.recursive(LEAVES, branches, max_leaves=12)


@given(TREES)
def test_a_tree_written_out_reads_as_itself(tree: Search) -> None:
    assert parse(render(tree)) == tree


PIECES = st.sampled_from(
    ["(", ")", '"', "-", "\\", " ", ":", "or", "deck:", "is:", "prop:r<", "rated:", "*", "1", "я"]
)


def read(query: str) -> tuple[Search | None, SearchError | None]:
    try:
        return parse(query), None
    except SearchError as error:
        return None, error


@given(st.text(max_size=60) | st.lists(PIECES, max_size=30).map("".join))
def test_any_input_is_read_or_is_an_error_within_it(query: str) -> None:
    tree, error = read(query)
    if tree is not None:
        assert parse(render(tree)) == tree
    if error is not None:
        assert 0 <= error.start <= error.end <= len(query)


@pytest.mark.parametrize(
    "piece", ["a", '"', "\\", "(", "-", "-a ", "a:", '"\\', "deck:", " ", ":("]
)
def test_a_long_query_takes_no_longer_a_character(piece: str) -> None:
    """Counted in lines run, which no machine's speed changes."""
    short, long = (_lines_run((piece * LONGEST)[:n]) for n in (LONGEST // 10, LONGEST))
    assert long <= 11 * short


def _lines_run(query: str) -> int:
    count = 0

    def trace(frame: object, event: str, arg: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        read(query)
    finally:
        sys.settrace(None)
    return count
