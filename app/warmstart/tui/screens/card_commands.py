"""What one can do with the card that is asked, besides answering it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from textual.binding import Binding, BindingType

from warmstart.errors import WarmstartError
from warmstart.notes.display import for_display
from warmstart.tui.links import PICTURE
from warmstart.tui.markdown.blocks import parse
from warmstart.tui.screens.base import DataScreen
from warmstart.tui.screens.in_editor import Copier, edit_in
from warmstart.tui.widgets.card_view import FLAGS, CardView

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.tui.markdown.pictures import Pictures
    from warmstart.usecases.review import ShownCard
    from warmstart.usecases.workspace import Workspace

    class OneCard(Protocol):
        """As much of a card as can be acted upon."""

        @property
        def id(self) -> int:
            """The card's number in the store."""

        @property
        def note_id(self) -> int:
            """Its note's."""

        @property
        def slug(self) -> str:
            """The section it stands in."""

        @property
        def remark(self) -> str:
            """The learner's note to themselves."""


CARD_KEYS: Final[list[BindingType]] = [
    Binding("t", "type_answer", "type it"),
    Binding("e", "edit", "edit"),
    Binding("y", "copy_code", "copy code"),
    Binding("v", "view_picture", "picture"),
    Binding("b", "bury", "bury"),
    Binding("s", "suspend", "suspend"),
    Binding("exclamation_mark", "report", "wrong", key_display="!"),
    Binding("m", "remark", "remark"),
    Binding("f", "flag", "flag"),
    Binding("o", "open_note", "note"),
]
"""The keys of a card, in the order in which they stand at the foot."""
CARD_ACTIONS: Final = frozenset(
    ("edit", "bury", "suspend", "flag", "remark", "report", "open_note", "reveal", "space")
)


class CardScreen(DataScreen):
    """A screen that asks cards, one at a time, in a ``CardView``."""

    def __init__(self) -> None:
        super().__init__()
        self._copier = Copier()

    @property
    def asked(self) -> OneCard | None:
        """The card that is asked now, or that the cursor stands on."""
        raise NotImplementedError

    async def look_again(self) -> None:
        """Show the card as it is now, or the next one if it has left study."""
        raise NotImplementedError

    @property
    def card_view(self) -> CardView:
        """What draws the card."""
        return self.query_one(CardView)

    async def _act(self, told: str, call: Callable[..., object], *arguments: object) -> None:
        """Do something to the card in a thread, show what comes of it, and say so."""
        workspace = self._workspace()
        if workspace is None:
            return
        try:
            await asyncio.to_thread(call, workspace, *arguments)
        except WarmstartError as error:
            self.problem(error)
            return
        self.problem(None)
        await self.look_again()
        self.tell(told)

    def _workspace(self) -> Workspace | None:
        if self.warm.workspace is None:
            self.tell("The store is still opening. Try again in a moment.")
        return self.warm.workspace

    # Out of the queue

    async def action_bury(self) -> None:
        """Put the card off until tomorrow."""
        from warmstart.usecases import actions

        if (card := self.asked) is not None:
            await self._act("Buried until tomorrow. u takes it back.", actions.bury, [card.id])

    async def action_suspend(self) -> None:
        """Take the card out of study."""
        from warmstart.usecases import actions

        if (card := self.asked) is not None:
            told = "Suspended, until you resume it. u takes it back."
            await self._act(told, actions.suspend, [card.id])

    def action_report(self) -> None:
        """Ask what is wrong with the card, and take it out of study."""
        from warmstart.tui.screens.sentence import Report
        from warmstart.usecases import actions

        card = self.asked

        async def answered(sentence: str | None) -> None:
            if card is not None and sentence is not None:
                told = "Reported, and out of study until it is put right. u takes it back."
                await self._act(told, actions.report, card.id, sentence)

        if card is not None:
            self.app.push_screen(Report(), answered)

    # On the card

    def action_flag(self) -> None:
        """Let a flag be chosen by its number."""
        from warmstart.tui.screens.dialog import Entry, Menu
        from warmstart.usecases import actions

        card = self.asked

        async def answered(number: str | None) -> None:
            if card is not None and number is not None:
                name = FLAGS[int(number)][0]
                told = f"Flagged {name}." if name else "The flag is gone."
                await self._act(told, actions.flag, [card.id], int(number))

        if card is not None:
            entries = [
                Entry(str(number), str(number), name or "no flag", "")
                for number, (name, _) in enumerate(FLAGS)
            ]
            self.app.push_screen(Menu("Flag", [*entries[1:], entries[0]]), answered)

    def action_remark(self) -> None:
        """Let a note to oneself be written."""
        from warmstart.tui.screens.sentence import Remark
        from warmstart.usecases import actions

        card = self.asked

        async def answered(text: str | None) -> None:
            if card is not None and text is not None:
                told = "Kept: it is shown below the answer." if text else "The note is gone."
                await self._act(told, actions.remark, card.id, text)

        if card is not None:
            self.app.push_screen(Remark(card.remark), answered)

    # Its text

    async def action_edit(self) -> None:
        """Edit the card: in its file, or in a dialog where it has none."""
        from warmstart.tui.screens.edit import EditScreen
        from warmstart.usecases import editing

        card, workspace = self.asked, self._workspace()
        if card is None or workspace is None:
            return

        async def answered(sides: tuple[str, str] | None) -> None:
            if sides is not None:
                told = "The card has your words; its history is kept."
                await self._act(told, editing.reword, card.id, *sides)

        try:
            place = await asyncio.to_thread(editing.card_place, workspace, card.id)
        except WarmstartError as error:
            self.problem(error)
            return
        if isinstance(place, editing.InWords):
            self.app.push_screen(EditScreen(place.front, place.back, place.why), answered)
        else:
            try:
                amiss = await edit_in(self.warm, workspace, place)
            except WarmstartError as error:
                self.problem(error)
                return
            await self.look_again()
            self.problem(amiss)

    def action_copy_code(self) -> None:
        """Copy code that is open; pressed again, the next."""
        if codes := self.card_view.codes:
            self.tell(self._copier.copy(self.warm, codes))

    async def action_view_picture(self) -> None:
        """Open the picture in the desktop's own program."""
        addresses = self.card_view.picture_addresses
        if self.asked is not None and addresses:
            await self.warm.follow(PICTURE + addresses[0], self.asked.note_id)

    async def action_open_note(self) -> None:
        """Show the note at the section the card stands in."""
        if (card := self.asked) is not None:
            await self.warm.open_note(card.note_id, card.slug)

    async def pictures_of(self, card: ShownCard) -> Pictures | None:
        """Return what finds the pictures of a card, those that it shows read already."""
        workspace = self.warm.workspace
        if "![" not in card.front + card.back or workspace is None:
            return None
        return await asyncio.to_thread(_pictures, workspace, card)


def _pictures(workspace: Workspace, card: ShownCard) -> Pictures:
    from warmstart.tui.markdown.pictures import finder
    from warmstart.usecases.pictures import picture_folders

    find = finder(picture_folders(workspace, card.note_id).find)
    for side in (card.front, card.back):
        parse(for_display(side), find)
    return find
