"""What one can do with many cards at once, and with the last thing that was done.

The doing is ``usecases.actions`` and ``usecases.undo``; here are the questions before it and the
sentences after it. A screen says which cards are chosen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from textual.binding import Binding, BindingType

from warmstart.errors import WarmstartError
from warmstart.study import cards as logged
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.screens.card_commands import CardScreen
from warmstart.tui.screens.dialog import Entry, Menu, Question
from warmstart.tui.screens.sentence import Line
from warmstart.tui.widgets.card_view import FLAGS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from warmstart.usecases.undo import Taken
    from warmstart.usecases.workspace import Workspace

MANY_KEYS: Final[list[BindingType]] = [
    Binding("s", "suspend", "suspend"),
    Binding("S,shift+s", "resume", "resume", show=False, key_display="S"),
    Binding("b", "bury", "bury"),
    Binding("B,shift+b", "unbury", "unbury", show=False, key_display="B"),
    Binding("f", "flag", "flag"),
    Binding("t", "tag", "tag"),
    Binding("T,shift+t", "untag", "untag", show=False, key_display="T"),
    Binding("m", "move_deck", "move to a deck", show=False),
    Binding("d", "set_due", "due", show=False),
    Binding("R,shift+r", "reset", "reset", show=False, key_display="R"),
    Binding("u", "undo", "undo"),
    Binding("U,shift+u", "redo", "do again", show=False, key_display="U"),
]
"""The keys, in the order in which they stand at the foot."""

_DONE: Final[dict[type[logged.Entry], str]] = {
    logged.Reviewed: "an answer",
    logged.Crammed: "an answer",
    logged.Reset: "a reset",
    logged.Rescheduled: "a due date",
    logged.Suspended: "suspending",
    logged.Resumed: "resuming",
    logged.Buried: "burying",
    logged.Unburied: "unburying",
    logged.Flagged: "a flag",
    logged.Remarked: "a remark",
    logged.Reported: "a report",
    logged.Tagged: "a tag",
    logged.Untagged: "taking a tag away",
    logged.Moved: "a move",
}
"""What was done, by the kind of entry that says so."""


class ManyCardsScreen(CardScreen):
    """A screen on which cards are chosen and acted upon."""

    @property
    def chosen(self) -> list[int]:
        """The cards to act upon."""
        raise NotImplementedError

    async def _act_on_chosen(self, told: str, call: Callable[..., int], *arguments: object) -> None:
        """Do something to the chosen cards in a thread; ``{}`` in ``told`` stands for how many."""
        workspace, cards = self._workspace(), self.chosen
        if workspace is None or not cards:
            return
        try:
            changed = await asyncio.to_thread(call, workspace, cards, *arguments)
        except WarmstartError as error:
            self.problem(error)
            return
        self.problem(None)
        await self.look_again()
        if changed:
            self.tell(f"{told.format(phrases.count(changed, 'card'))} u takes it back.")
        else:
            self.tell("There was nothing to change.")

    async def action_suspend(self) -> None:
        """Take the cards out of study."""
        from warmstart.usecases import actions

        await self._act_on_chosen("Suspended {}.", actions.suspend)

    async def action_resume(self) -> None:
        """Let suspended cards take part again."""
        from warmstart.usecases import actions

        await self._act_on_chosen("Resumed {}.", actions.resume)

    async def action_bury(self) -> None:
        """Put the cards off until tomorrow."""
        from warmstart.usecases import actions

        await self._act_on_chosen("Buried {} until tomorrow.", actions.bury)

    async def action_unbury(self) -> None:
        """Let buried cards come again today."""
        from warmstart.usecases import actions

        await self._act_on_chosen("Unburied {}.", actions.unbury)

    def action_flag(self) -> None:
        """Let a flag be chosen by its number."""
        from warmstart.usecases import actions

        async def answered(number: str | None) -> None:
            if number is not None:
                name = FLAGS[int(number)][0]
                told = f"Flagged {{}} {name}." if name else "Took the flag off {}."
                await self._act_on_chosen(told, actions.flag, int(number))

        if self.chosen:
            entries = [
                Entry(str(number), str(number), name or "no flag", "")
                for number, (name, _) in enumerate(FLAGS)
            ]
            self.app.push_screen(Menu("Flag", [*entries[1:], entries[0]]), answered)

    def action_reset(self) -> None:
        """Ask, then begin anew with the cards."""
        from warmstart.usecases import actions

        async def answered(yes: bool | None) -> None:  # noqa: FBT001 what a dialog answers
            if yes:
                await self._act_on_chosen("Reset {}.", actions.reset)

        if cards := self.chosen:
            question = Question(
                f"Reset {phrases.count(len(cards), 'card')}?",
                "They will be new again, as if you had never seen them. The log keeps your "
                "answers, but they no longer count.",
                "reset",
            )
            self.app.push_screen(question, answered)

    def action_set_due(self) -> None:
        """Ask for a day, and let the cards come due on it."""
        from warmstart.usecases import actions, browse

        workspace = self._workspace()
        if workspace is None or not self.chosen:
            return
        today = workspace.days.day_of(workspace.clock())

        def day_of(line: str) -> date | None:
            return browse.day_of(line, today)

        async def answered(line: str | None) -> None:
            if line is not None and (day := day_of(line)) is not None:
                told = f"{{}} due on {day:%a} {day.day} {day:%b %Y}."
                await self._act_on_chosen(told, actions.set_due, day)

        dialog = Line(
            self._title("Set the due date of"),
            "What you remember of them stays; new cards have no due date and are left alone.",
            verb="set it",
            placeholder="0 for today, 7 for in a week, or 2026-12-24",
            amiss=lambda line: None if day_of(line) else "Type a number of days, or a date.",
        )
        self._ask(dialog, answered)

    def action_tag(self) -> None:
        """Ask for a tag, and give it to the cards."""
        from warmstart.usecases import actions

        async def answered(tag: str | None) -> None:
            if tag:
                await self._act_on_chosen(f"Tagged {{}} {_shown(tag)}.", actions.tag, tag)

        about = "A tag of your own; your notes stay as they are. tag: in a search finds it."
        example = "for example exam/june"
        dialog = Line(self._title("Tag"), about, verb="tag", placeholder=example, amiss=_no_tag)
        self._ask(dialog, answered)

    def action_untag(self) -> None:
        """Ask for a tag, and take it off the cards."""
        from warmstart.usecases import actions

        async def answered(tag: str | None) -> None:
            if tag:
                told = f"Took {_shown(tag)} off {{}}."
                await self._act_on_chosen(told, actions.untag, tag)

        about = "Takes a tag of your own away. What a note says in its front matter is the note's."
        dialog = Line(self._title("Untag"), about, verb="untag", amiss=_no_tag)
        self._ask(dialog, answered)

    def action_move_deck(self) -> None:
        """Ask for a deck, and put the cards into it."""
        from warmstart.usecases import actions

        async def answered(deck: str | None) -> None:
            if deck is not None:
                told = (
                    f"Moved {{}} to {_shown(deck)}." if deck else "Left the deck of {} to the note."
                )
                await self._act_on_chosen(told, actions.move, deck)

        about = "Whatever their note says. Leave the line empty to leave it to the note again."
        dialog = Line(
            self._title("Move"), about, verb="move", placeholder="a deck, for example aws/lambda"
        )
        self._ask(dialog, answered)

    def _ask(self, dialog: Line, answered: Callable[[str | None], Awaitable[None]]) -> None:
        if self.chosen:
            self.app.push_screen(dialog, answered)

    def _title(self, verb: str) -> str:
        return f"{verb} {phrases.count(len(self.chosen), 'card')}"

    # What was done last

    async def action_undo(self) -> None:
        """Take back what was done last to cards, here or anywhere."""
        from warmstart.usecases.undo import undo

        await self._take(undo, "Taken back: {}. U does it again.", "There is nothing to take back.")

    async def action_redo(self) -> None:
        """Do again what was taken back."""
        from warmstart.usecases.undo import redo

        await self._take(redo, "Done again: {}.", "There is nothing to do again.")

    async def _take(
        self, call: Callable[[Workspace], Taken | None], told: str, nothing: str
    ) -> None:
        workspace = self._workspace()
        if workspace is None:
            return
        try:
            taken = await asyncio.to_thread(call, workspace)
        except WarmstartError as error:
            self.problem(error)
            return
        if taken is None:
            self.tell(nothing)
            return
        self.problem(None)
        await self.look_again()
        what = f"{_DONE.get(taken.what, 'a change')}, {phrases.count(len(taken.cards), 'card')}"
        self.tell(told.format(what))


def _shown(name: str) -> str:
    """Return a name as a sentence may hold it, braces and all."""
    return "“" + safe(name).replace("{", "{{").replace("}", "}}") + "”"


def _no_tag(line: str) -> str | None:
    return None if line and not line.isspace() else "Type a tag."
