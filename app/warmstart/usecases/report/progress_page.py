"""Progress as one HTML page: everything in it, nothing loaded from elsewhere.

Pictures first, each with its figures in words above it and as a table that unfolds below it, so
that nobody depends on the picture. Titles come from notes, in any language: they are escaped, and
each finds its own direction.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from warmstart.study.figures import MATURE
from warmstart.text import safe
from warmstart.usecases.report import svg
from warmstart.usecases.report.svg import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from warmstart.study.figures import Bins, Recalled
    from warmstart.usecases.progress import Details, Overview, Progress
    from warmstart.usecases.warmths import ConceptNode

_DEEPEST = 2
"""Levels of concepts below a note that are listed."""
_RATINGS = (("Again", "t0"), ("Hard", "t2"), ("Good", "t4"), ("Easy", "t7"))


def progress_page(progress: Progress) -> str:
    """Return the page."""
    first, more = progress.overview, progress.details
    name = safe(first.subject.title) or "everything"
    style = files("warmstart.usecases.report").joinpath("progress.css").read_text("utf-8")
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>Progress · {escape(name)} · Warmstart</title>",
            f"<style>\n{style}</style>\n</head>\n<body>\n<main>",
            _header(first),
            _numbers(first, more),
            "<h2>The year</h2>",
            *_year(first),
            "<h2>Memory</h2>",
            '<div class="grid-of">',
            *_memory(first, more),
            "</div>",
            "<h2>Cards</h2>",
            _states(first),
            '<div class="grid-of">',
            *_cards(first, more),
            "</div>",
            "<h2>Habits</h2>",
            '<div class="grid-of">',
            *_habits(first, more),
            "</div>",
            *_concepts(progress.concepts),
            _FOOT,
            "</main>\n</body>\n</html>\n",
        ]
    )


_FOOT = """<footer>
<p>Mastery is the mean, over a concept's cards, of the probability that the card would still be
recalled 30 days from now without another review; new cards count 0. True retention counts the
reviews of cards in review, and answers to learning steps of a day or more; cards are young while
the interval they had been given is below 21 days. Days end at the hour set for them.</p>
<p>Made by Warmstart from your own log; nothing on this page is loaded from elsewhere.</p>
</footer>"""


def _header(first: Overview) -> str:
    title, day = safe(first.subject.title) or "Progress", first.today
    return (
        f'<header><h1><bdi>{escape(title)}</bdi></h1><p><time datetime="{day}">'
        f"{day:%A} {day.day} {day:%B %Y}</time></p></header>"
    )


def _numbers(first: Overview, more: Details) -> str:
    month = next(row for row in first.retention if row.label == "30 days").all
    answers = sum(first.heat.values())
    shown = [
        ("–" if first.mastery is None else f"{first.mastery}%", "mastery"),
        (f"{first.states.total:,}", "cards"),
        (f"{more.recalled:,.0f}", "would be recalled now"),
        (_percent(month), f"recalled in 30 days, goal {first.goal:.0%}"),
        (f"{answers:,}", "answers in a year"),
        (f"{first.streaks.current:,}", f"days in a row, longest {first.streaks.longest:,}"),
    ]
    items = "".join(f"<li><b>{value}</b> {escape(what)}</li>" for value, what in shown)
    return f'<ul class="numbers">{items}</ul>'


def _year(first: Overview) -> Iterator[str]:
    answers, hours = sum(first.heat.values()), sum(first.spent.values()) / 3_600_000
    if not answers:
        said = "No answers yet: each day you study will show up here."
    else:
        busiest = max(first.heat, key=lambda day: (first.heat[day], day))
        said = (
            f"{answers:,} answers in {hours:,.1f} hours on {first.streaks.studied:,} days; most"
            f" {first.heat[busiest]:,}, on {busiest.day} {busiest:%B}."
        )
    days = (first.heat, first.levels, first.today)
    pictures = (
        f'<div class="long">{svg.heat_map("Answers by day", *days, 53)}</div>'
        f'<div class="short">{svg.heat_map("Answers by day, half a year", *days, 25)}</div>'
    )
    legend = "".join(f'<i class="{name}"></i>' for name in ("none", "t0", "t2", "t4", "t6", "t7"))
    months: dict[str, list[float]] = {}
    for day, count in first.heat.items():
        sums = months.setdefault(f"{day:%B %Y}", [0, 0, 0])
        sums[0] += count
        sums[1] += first.spent.get(day, 0)
        sums[2] += 1
    yield _figure(
        "Answers by day",
        said,
        f'{pictures}<ul class="legend"><li><span>less</span> {legend} <span>more</span></li></ul>',
        ("Month", "Answers", "Minutes", "Days"),
        [
            (month, f"{n:,}", f"{ms / 60_000:,.0f}", f"{days:,.0f}")
            for month, (n, ms, days) in months.items()
        ],
        style="wide",
    )


def _memory(first: Overview, more: Details) -> Iterator[str]:
    marks = [
        Mark(
            100 * (found.share or 0),
            label,
            f"{row.label}, {age}: {_percent(found)}, {_of(found)}",
            style,
        )
        for row in first.retention
        for age, found, label, style in (
            ("young", row.young, row.label, "t2"),
            ("mature", row.mature, "", "t7"),
        )
    ]
    yield _figure(
        "True retention",
        f"How often you recalled cards in review. The dashed line is the goal, {first.goal:.0%}.",
        svg.columns("True retention", marks, unit=" %", top=100, level=100 * first.goal)
        + _legend(("t2", "young"), ("t7", "mature")),
        ("Period", "Young", "Mature", "All", "Reviews"),
        [
            (r.label, _percent(r.young), _percent(r.mature), _percent(r.all), f"{r.all.reviews:,}")
            for r in first.retention
        ],
    )
    yield _figure(
        "Retention by interval",
        "By the interval cards had been given: where the line falls off, memory does.",
        svg.columns(
            "True retention by interval",
            [
                Mark(
                    100 * (row.recalled.share or 0),
                    row.label.removesuffix(" d").partition("–")[0],
                    f"{row.label}: {_percent(row.recalled)}, {_of(row.recalled)}",
                    "t7" if span >= MATURE else "t2",
                )
                for span, row in enumerate(more.by_span)
            ],
            unit=" %",
            top=100,
            level=100 * first.goal,
        )
        + _legend(("t2", "young"), ("t7", "mature"), ("", "from so many days on")),
        ("Interval", "Recalled", "Reviews"),
        [(r.label, _percent(r.recalled), f"{r.recalled.reviews:,}") for r in more.by_span],
    )
    yield _bins(
        "Recall now",
        f"{more.recalled:,.0f} of {more.recall.cards:,} studied cards would be recalled now.",
        more.recall,
        lambda low, high: f"{100 * low:.0f}–{100 * high:.0f} %",
        lambda at, low: f"{100 * low:.0f}" if at % 4 == 0 else "",
        warm=True,
    )


def _states(first: Overview) -> str:
    """Return one bar divided by the states of cards, with the counts below it."""
    styles = ("t0", "t2", "t3", "t5", "t7", "none")
    found = [
        (name, count, style)
        for (name, count), style in zip(first.states.as_dict().items(), styles, strict=True)
        if count
    ]
    bar = "".join(f'<i class="b{style}" style="flex-grow:{n}"></i>' for _, n, style in found)
    names = "".join(
        f'<li><i class="{style}"></i><span>{name} <b>{n:,}</b></span></li>'
        for name, n, style in found
    )
    if not found:
        return '<p class="said">No cards yet.</p>'
    return f'<div class="states" aria-hidden="true">{bar}</div><ul class="legend">{names}</ul>'


def _cards(first: Overview, more: Details) -> Iterator[str]:
    ahead = first.forecast
    yield _figure(
        "Due in the next 30 days",
        f"{sum(ahead):,} cards"
        + (f", and {first.overdue:,} overdue." if first.overdue else "; nothing is overdue."),
        svg.columns(
            "Cards due by day",
            [
                Mark(
                    count,
                    "today" if not day else f"+{day}" if day % 7 == 0 else "",
                    f"{'today' if not day else f'in {day} days'}: {count:,}",
                )
                for day, count in enumerate(ahead)
            ],
        ),
        ("Day", "Cards"),
        [
            ("overdue", f"{first.overdue:,}"),
            *(("today" if not day else f"+{day}", f"{n:,}") for day, n in enumerate(ahead)),
        ],
    )
    yield _bins(
        "Stability",
        "Days until recall falls to 90 %.",
        more.stability,
        lambda low, high: f"≥ {low:g} d" if high == float("inf") else f"{low:g}–{high:g} d",
        lambda at, low: f"{low:g}" if at % 2 == 0 else "",
    )
    yield _bins(
        "Difficulty",
        "From 1, easy, to 10, hard.",
        more.difficulty,
        lambda low, high: f"{low:g}–{high:g}",
        lambda at, low: f"{low:g}" if at % 2 == 0 else "",
    )


def _habits(first: Overview, more: Details) -> Iterator[str]:
    rows = [
        (
            f"{row.label}: {_percent(row.recalled)} recalled",
            [
                Mark(count, f"{count:,}", f"{row.label}, {name}: {count:,}", style)
                for (name, style), count in zip(_RATINGS, row.counts, strict=True)
            ],
        )
        for row in more.buttons
    ]
    yield _figure(
        "Answer buttons",
        "A year's answers to cards in learning, young and mature.",
        svg.stacks("Answer buttons", rows) + _legend(*((style, name) for name, style in _RATINGS)),
        ("Cards", *(name for name, _ in _RATINGS)),
        [(row.label, *(f"{count:,}" for count in row.counts)) for row in more.buttons],
    )
    yield _figure(
        "Hours of the day",
        "When you answer, over a year, by your own clock.",
        svg.columns(
            "Answers by hour",
            [
                Mark(
                    found.reviews,
                    str(hour) if hour % 6 == 0 else "",
                    f"{hour}:00 to {hour + 1}:00: {_of(found, 'answers')}, {_percent(found)}",
                )
                for hour, found in enumerate(more.hours)
            ],
        ),
        ("Hour", "Answers", "Recalled"),
        [
            (f"{hour}:00", f"{found.reviews:,}", _percent(found))
            for hour, found in enumerate(more.hours)
        ],
    )
    weeks = _weeks(first.spent, first.today)
    total = sum(first.spent.values())
    mean = total / max(first.streaks.studied, 1) / 60_000
    yield _figure(
        "Time spent",
        f"{total / 3_600_000:,.1f} hours in a year, {mean:,.1f} minutes a day studied.",
        svg.columns(
            "Minutes by week",
            [
                Mark(
                    ms / 60_000,
                    f"{monday:%b}" if monday.day <= 7 else "",  # noqa: PLR2004 a month's first
                    f"week of {monday.day} {monday:%b}: {ms / 60_000:,.0f} minutes",
                )
                for monday, ms in weeks
            ],
            unit=" m",
        ),
        ("Week of", "Minutes"),
        [(monday.isoformat(), f"{ms / 60_000:,.0f}") for monday, ms in weeks],
    )


def _weeks(spent: Mapping[date, int], today: date) -> list[tuple[date, int]]:
    """Return the last 26 weeks by their Monday, with what was spent in each."""
    from datetime import timedelta

    this = today - timedelta(days=today.weekday())
    mondays = [this - timedelta(weeks=n) for n in range(25, -1, -1)]
    return [
        (monday, sum(spent.get(monday + timedelta(days=n), 0) for n in range(7)))
        for monday in mondays
    ]


def _bins(
    title: str,
    said: str,
    bins: Bins,
    name: Callable[[float, float], str],
    label: Callable[[int, float], str],
    *,
    warm: bool = False,
) -> str:
    pairs = list(pairwise(bins.edges))
    last = len(pairs) - 1
    return _figure(
        title,
        said if bins.cards else "No card was studied yet.",
        svg.columns(
            title,
            [
                Mark(
                    count,
                    label(at, low),
                    f"{name(low, high)}: {count:,}",
                    f"t{7 * at // last}" if warm else "mark",
                )
                for at, ((low, high), count) in enumerate(zip(pairs, bins.counts, strict=True))
            ],
        ),
        (title, "Cards"),
        [
            (name(low, high), f"{count:,}")
            for (low, high), count in zip(pairs, bins.counts, strict=True)
        ],
    )


def _concepts(trees: Sequence[ConceptNode]) -> Iterator[str]:
    rows = [row for tree in trees if tree.cards for row in _concept_rows(tree, 0)]
    yield "<h2>Mastery by concept</h2>"
    if not rows:
        yield "<p>No note with cards yet: <code>warmstart import FOLDER</code> brings some.</p>"
        return
    yield (
        '<figure><table class="concepts"><thead><tr><th scope="col">Concept</th>'
        '<th scope="col">Mastery</th><th class="bar"></th><th scope="col">Cards</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></figure>"
    )


def _concept_rows(node: ConceptNode, depth: int) -> Iterator[str]:
    mastery = node.mastery or 0
    warm = f"t{min(7, mastery * 8 // 100)}"
    yield (
        f'<tr class="{"below" if depth else "note"}">'
        f'<td style="padding-left:{1.1 * depth:.1f}em"><bdi>{escape(safe(node.title))}</bdi></td>'
        f"<td>{mastery}</td>"
        f'<td class="bar"><span><i class="b{warm}" style="width:{mastery}%"></i></span></td>'
        f"<td>{node.cards:,}</td></tr>"
    )
    if depth < _DEEPEST:
        for child in node.children:
            # Terms are one card each: a list of them says no more than the note's cards do.
            if child.cards and child.kind != "term":
                yield from _concept_rows(child, depth + 1)


def _figure(
    title: str,
    said: str,
    picture: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    style: str = "",
) -> str:
    """Return a picture with its title above and its figures below."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f'<figure class="{style}"><figcaption><h3>{escape(title)}</h3><p>{escape(said)}</p>'
        f"</figcaption>{picture}<details><summary>Figures</summary>"
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        "</div></details></figure>"
    )


def _legend(*names: tuple[str, str]) -> str:
    items = "".join(
        f"<li>{f'<i class={style!r}></i>' if style else ''}<span>{name}</span></li>".replace(
            "'", '"'
        )
        for style, name in names
    )
    return f'<ul class="legend">{items}</ul>'


def _percent(found: Recalled) -> str:
    return "–" if found.share is None else f"{found.share:.0%}"


def _of(found: Recalled, what: str = "reviews") -> str:
    return f"{found.reviews:,} {what}"
