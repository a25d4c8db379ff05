"""The options of a multiple choice card as lines: what is picked, and in the end what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.notes.display import for_display
from warmstart.study.cards import Rating
from warmstart.tui.keys import Layout
from warmstart.tui.markdown.blocks import Document, Links, Source, SourceLine, Text, parse_blocks

if TYPE_CHECKING:
    from collections.abc import Collection

    from warmstart.notes.choices import Offer

DIGITS: Final = "123456789"

# Sign, style and word by (right, picked): nothing is said by colour alone.
_TOLD: Final = {
    (True, True): ("✓", "bold $success"),
    (True, False): ("✓", "bold $warning"),
    (False, True): ("✗", "bold $error"),
    (False, False): (" ", "$quiet"),
}
_WORDS: Final = {
    (True, True): "right",
    (True, False): "right, not picked",
    (False, True): "wrong",
    (False, False): "",
}


def choice_document(offer: Offer, picked: Collection[int], *, told: bool) -> Document:
    """Return the options, each with its key and a mark if picked; once told, with what is right."""
    links = Links()
    lines = []
    for place, option in enumerate(offer.options):
        key = DIGITS[place] if place < len(DIGITS) else " "
        label = f" {option.label})" if option.label else ""
        is_picked = place in picked
        if told:
            state = (option.correct, is_picked)
            mark, style = _TOLD[state]
            sign = Content.assemble((f"{mark} {key}{label} ", style))
            words = f"  {_WORDS[state]}" if _WORDS[state] else ""
            text = _inline(option.text, links)
            text = text.stylize_before(style) if state != (False, False) else text
            text += Content.styled(words, "$quiet")
        else:
            mark = "●" if is_picked else "○"
            sign = Content.assemble(
                (f"{mark} ", "bold $accent" if is_picked else "$faint"),
                (f"{key}{label} ", "bold $accent"),
            ).stylize(f"@click=screen.pick({place})")
            text = _inline(option.text, links)
            text = text.stylize_before("bold") if is_picked else text
        lines.append(SourceLine(sign, text, shaped=False))
    return Document((Source(tuple(lines)),), tuple(links.hrefs))


def _inline(markdown: str, links: Links) -> Content:
    """Return an option as one line of styled text."""
    parts = [
        block.content
        for block in parse_blocks(for_display(markdown), links)
        if isinstance(block, Text)
    ]
    return Content(" ").join(parts) if parts else Content(markdown)


def letters(offer: Offer, *, cyrillic: bool) -> dict[str, int]:
    """Return which option each key means by the letter that its author gave it.

    A Cyrillic letter is the key it lies on, as every key arrives under that layout; with another
    layout on, that key keeps its own meaning, and the digit is left.
    """
    layout = Layout()
    keys = {}
    for place, option in enumerate(offer.options):
        key = layout.keys(option.label.lower())
        if option.label and (cyrillic or key == option.label.lower()):
            keys[key] = place
    return keys


def place_of(offer: Offer, character: str, *, cyrillic: bool = False) -> int | None:
    """Return which option a key names: by its digit, or by the letter its author gave it."""
    if character and character in DIGITS:
        place = DIGITS.index(character)
        return place if place < len(offer.options) else None
    return letters(offer, cyrillic=cyrillic).get(character)


def suggested(offer: Offer, picked: Collection[int]) -> Rating | None:
    """Return the rating that the picked options suggest; None if none was picked."""
    if not picked:
        return None
    right = {place for place, option in enumerate(offer.options) if option.correct}
    return Rating.GOOD if right == set(picked) else Rating.AGAIN
