"""How many histories survive editing: the bundled course, mutated, imported again.

Each mutation touches every card (or section, or file) it can; a history is carried when the card
that came of the mutation has the id of the card it was, and taken over when it has another's.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from warmstart.notes.parse import parse_note
from warmstart.paths import Home
from warmstart.resources import bundled
from warmstart.usecases import import_notes as import_module
from warmstart.usecases import sources
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.workspace import Workspace

Files = dict[str, str]
Mutation = Callable[[Files, random.Random], Files]
GOAL_CARRIED, GOAL_TAKEN = 95.0, 0.5
_LETTERS = re.compile(r"[^\W\d_]{4,}")
_MARK = re.compile(r"(?:> (?:\[!question\]-? )?)?")
_WORD = re.compile(r"[\w'’-]+")


def _spans(text: str) -> list[tuple[range, range]]:
    """Return for each flashcard and question the lines of its question and of its answer."""
    lines = text.split("\n")
    spans = []
    for card in parse_note(text, name="x").cards:
        block = range(card.line - 1, card.last_line)
        if card.kind == "flashcard" and "?" in (lines[n].strip() for n in block):
            cut = next(n for n in block if lines[n].strip() == "?")
            spans.append((range(block.start, cut), range(cut + 1, block.stop)))
        elif card.kind == "question":
            spans.append((range(block.start, block.start + 1), range(block.start + 1, block.stop)))
    return spans


def _by_line(change: Callable[[str, random.Random, list[str]], str], part: int) -> Mutation:
    """Return a mutation of one line of every question (part 0) or every answer line (part 1)."""

    def mutate(files: Files, rng: random.Random) -> Files:
        vocabulary = sorted({w for text in files.values() for w in _LETTERS.findall(text)})
        changed = {}
        for name, text in files.items():
            lines = text.split("\n")
            for span in _spans(text):
                for n in span[part]:
                    if not lines[n].startswith(("```", "    ")):
                        mark = _MARK.match(lines[n])
                        assert mark
                        rest = lines[n][mark.end() :]
                        lines[n] = mark.group() + change(rest, rng, vocabulary)
            changed[name] = "\n".join(lines)
        return changed

    return mutate


def _typo(line: str, rng: random.Random, _: list[str]) -> str:
    words = list(_LETTERS.finditer(line))
    if not words:
        return line
    word = rng.choice(words)
    at = rng.randrange(word.start(), word.end() - 1)
    return line[:at] + line[at + 1] + line[at] + line[at + 2 :]


def _reworded(line: str, rng: random.Random, vocabulary: list[str]) -> str:
    """Replace a fifth of the words, and put one in."""
    words = line.split(" ")
    for n in rng.sample(range(len(words)), max(1, len(words) // 5)):
        words[n] = rng.choice(vocabulary)
    words.insert(rng.randrange(len(words)), rng.choice(vocabulary))
    return " ".join(words)


def _rewritten(line: str, rng: random.Random, vocabulary: list[str]) -> str:
    """Replace every word."""
    return " ".join(rng.choice(vocabulary) for _ in _WORD.findall(line) or ["x"])


def _sections(text: str) -> tuple[str, list[str]]:
    head, *parts = re.split(r"(?m)^(?=## )", text)
    return head, parts


def _moved_within(files: Files, rng: random.Random) -> Files:
    changed = {}
    for name, text in files.items():
        head, parts = _sections(text.rstrip("\n") + "\n\n")
        rng.shuffle(parts)
        changed[name] = head + "".join(parts)
    return changed


def _moved_away(files: Files, _: random.Random) -> Files:
    """Move the cards of every note to the next one."""
    names = list(files)
    kept, taken = {}, {}
    for name, text in files.items():
        head, parts = _sections(text.rstrip("\n") + "\n\n")
        cards = [part for part in parts if part.startswith(("## Key cards", "## Check yourself"))]
        kept[name] = head + "".join(part for part in parts if part not in cards)
        taken[name] = "".join(cards)
    return {name: kept[name] + taken[names[n - 1]] for n, name in enumerate(names)}


def _renamed(files: Files, _: random.Random) -> Files:
    return {f"new-{name}": text for name, text in files.items()}


def _split(files: Files, _: random.Random) -> Files:
    changed = {}
    for name, text in files.items():
        head, parts = _sections(text.rstrip("\n") + "\n\n")
        changed[f"a-{name}"] = head + "".join(parts[::2])
        changed[f"b-{name}"] = "# Second half\n\n" + "".join(parts[1::2])
    return changed


_TYPO_Q, _TYPO_A = _by_line(_typo, 0), _by_line(_typo, 1)
_REWORDED = _by_line(_reworded, 0)
MUTATIONS: dict[str, tuple[list[Mutation], Mutation | None]] = {
    "typo in the question": ([_TYPO_Q], None),
    "typo in the answer": ([_TYPO_A], None),
    "typo in both": ([_TYPO_Q, _TYPO_A], None),
    "question reworded": ([_REWORDED], None),
    "question reworded, typo in the answer": ([_REWORDED, _TYPO_A], None),
    "answer rewritten": ([_by_line(_rewritten, 1)], None),
    "sections moved": ([], _moved_within),
    "cards moved to another note": ([], _moved_away),
    "files renamed": ([], _renamed),
    "files renamed, typo in both": ([_TYPO_Q, _TYPO_A], _renamed),
    "files split in two": ([], _split),
    "files split in two, typo in both": ([_TYPO_Q, _TYPO_A], _split),
}
"""Edits in place, which keep the order of cards, and then a move, which keeps their questions."""


def _fronts(files: Files) -> list[str]:
    return [c.front for name in files for c in parse_note(files[name], name=name).cards]


def _ids(workspace: Workspace) -> dict[str, int]:
    with workspace.store.read() as tx:
        notes = [note.id for note in tx.notes.all()]
        return {c.source.front: c.id for c in tx.cards.of_notes(notes) if not c.retired}


def measure(edits: list[Mutation], move: Mutation | None, seed: int) -> tuple[int, int, int]:
    """Return how many histories there were, were carried, and were taken over."""
    rng = random.Random(seed)
    course = {path.name: path.read_text() for path in sorted(bundled("content").glob("*.md"))}
    mutated = course
    for edit in edits:
        mutated = edit(mutated, rng)
    truth = dict(zip(_fronts(course), _fronts(mutated), strict=True))
    if move:
        mutated = move(mutated, rng)
    old = list(truth)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        workspace = Workspace.open(
            Home(root / "home"), clock=lambda: datetime(2026, 11, 20, tzinfo=UTC)
        )
        notes = root / "notes"
        notes.mkdir()
        before = _imported(workspace, notes, course)
        for path in notes.iterdir():
            path.unlink()
        after = _imported(workspace, notes, mutated)
        workspace.close()
    known = set(before.values())
    carried = sum(after[truth[front]] == before[front] for front in old)
    taken = sum(
        after[truth[front]] != before[front] and after[truth[front]] in known for front in old
    )
    return len(old), carried, taken


def _imported(workspace: Workspace, folder: Path, files: Files) -> dict[str, int]:
    for name, text in files.items():
        (folder / name).write_text(text)
    import_notes(workspace, [folder])
    return _ids(workspace)


def main(seeds: int = 3) -> None:
    """Print the share carried and taken over, by mutation and in all."""
    # The course is what is imported here; it must not stand in the store already.
    import_module.find_bundled = lambda _stamps: sources.Found()
    total = [0, 0, 0]
    for name, (edits, move) in MUTATIONS.items():
        measured = [measure(edits, move, seed) for seed in range(seeds)]
        counts = [sum(numbers) for numbers in zip(*measured, strict=True)]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        _print(name, counts)
    _print(f"all (goal ≥ {GOAL_CARRIED} %, ≤ {GOAL_TAKEN} %)", total)


def _print(name: str, counts: list[int]) -> None:
    cards, carried, taken = counts
    print(
        f"  {name:<38} {100 * carried / cards:6.2f} % carried"
        f"  {100 * taken / cards:5.2f} % taken over  of {cards}"
    )
