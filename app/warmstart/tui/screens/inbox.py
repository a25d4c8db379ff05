"""Inbox: suggested cards, one after another, each with the passage it comes from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Rule, Static

from warmstart.errors import WarmstartError
from warmstart.notes.display import for_display
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.screens import passage
from warmstart.tui.screens.base import CLOSING, DataScreen
from warmstart.tui.screens.edit import EditScreen
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.usecases.inbox import Triage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from warmstart.usecases.inbox import Waiting
    from warmstart.usecases.workspace import Workspace

_HOW: Final = (
    "Most notes carry no cards of their own. What one could ask about them (definitions, tables, "
    "comparisons, problems with their solutions, steps, limits) is suggested here, with the "
    "passage it comes from, and waits until you accept, edit or dismiss it. Nothing is scheduled "
    "unasked.\n\nNotes come in with:  warmstart import FOLDER"
)


class InboxScreen(DataScreen):
    """The suggestions that wait."""

    PLACE = "Inbox"
    ABOUT = (
        "Above, a suggested card; below, the lines of your note that it comes from, the words it "
        "was made of marked. Accept it and it becomes a new card, edit it first, or dismiss it: "
        "then it does not come back. A accepts all that the same rule found in this note.\n"
        "u takes decisions back, one after another, as long as the app is open. "
        "Page up and down scroll the passage."
    )
    CSS_PATH = "inbox.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "accept"),
        Binding("e", "edit", "edit"),
        Binding("d", "dismiss_it", "dismiss"),
        Binding("A,shift+a", "accept_rule", "all of this rule", key_display="A"),
        Binding("u", "undo", "undo"),
        # What scrolls has the focus, and would take the arrows.
        Binding("down,j", "move(1)", "next", show=False, priority=True),
        Binding("up,k", "move(-1)", "previous", show=False, priority=True),
        Binding("o", "open_note", "note"),
        Binding("slash", "app.find", "search", show=False),
        *CLOSING,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._triage: Triage | None = None
        self._shown: Waiting | None = None

    def body(self) -> Iterable[Widget]:
        """Lay out the suggestion, its passage, and what is said where there is none."""
        with VerticalScroll(id="card", can_focus=False):
            yield Static(id="rule", classes="quiet", markup=False)
            yield MarkdownView(id="front")
            yield MarkdownView(id="back")
        yield Rule(id="between")
        with VerticalScroll(id="source", can_focus=False):
            yield MarkdownView(id="passage")
        with VerticalScroll(id="closing", can_focus=False):
            yield Static(id="closed")

    def on_mount(self) -> None:
        """Nothing to show yet."""
        super().on_mount()
        self._show_part(card=False)

    async def show(self, workspace: Workspace) -> None:
        """Begin the sitting; later, see what was saved meanwhile."""
        if self._triage is None:
            self._triage = await asyncio.to_thread(Triage, workspace)
        else:
            await asyncio.to_thread(self._triage.refresh)
        self._draw(self._triage)

    # What is on the screen

    def _draw(self, triage: Triage) -> None:
        current = triage.current
        self._show_part(card=current is not None)
        if current is None:
            self._close(triage)
        else:
            self.header.fact = Content(f"{triage.place + 1} of {len(triage.waiting)}")
            if current != self._shown:
                self._show_card(current)
        self._shown = current
        self.refresh_bindings()

    def _show_part(self, *, card: bool) -> None:
        for part in ("#card", "#between", "#source"):
            self.query_one(part).display = card
        self.query_one("#closing").display = not card

    def _show_card(self, current: Waiting) -> None:
        section = f" › {safe(current.section)}" if current.section else ""
        self.header.place = f"Inbox · {safe(current.note)}{section}"
        self.query_one("#rule", Static).update(f"{safe(current.rule_title)} · {current.kind}")
        self.query_one("#front", MarkdownView).update(for_display(current.front))
        self.query_one("#back", MarkdownView).update(for_display(current.back))
        self.query_one("#card", VerticalScroll).scroll_home(animate=False)
        source = self.query_one("#passage", MarkdownView)
        source.show_document(passage.document(current))
        source.go_to_line(0)
        source.focus(scroll_visible=False)

    def _close(self, triage: Triage) -> None:
        """Say what was decided and what comes next, or how suggestions come about."""
        self.header.place, self.header.fact = self.PLACE, Content("")
        if not triage.decided:
            said = Content.assemble(("Nothing waits here.\n\n", "bold"), (_HOW, "$quiet"))
        else:
            dismissed = triage.decided - triage.accepted
            said = Content.assemble(
                ("The inbox is empty\n\n", "bold $accent"),
                (f"{phrases.count(triage.accepted, 'card')} accepted   ", "bold"),
                (f"{dismissed:,} dismissed\n\n", "bold"),
                (
                    "The new cards come with your next reviews: q, then Enter. "
                    if triage.accepted
                    else "",
                    "$quiet",
                ),
                ("u takes the last decision back.", "$quiet"),
            )
        self.query_one("#closed", Static).update(said)

    # What one can do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what fits the moment."""
        triage = self._triage
        if action in {"accept", "edit", "dismiss_it", "accept_rule", "move", "open_note"}:
            return triage is not None and triage.current is not None
        if action == "undo":
            return triage is not None and triage.decided > 0
        return super().check_action(action, parameters)

    async def _do(self, call: Callable[..., object], *arguments: object) -> object:
        """Run a call that waits for the disk in a thread, and draw what it leads to."""
        try:
            answer = await asyncio.to_thread(call, *arguments)
        except WarmstartError as error:
            self.problem(error)
            return None
        self.problem(None)
        self.hush()  # what was said of the step before
        if self._triage is not None:
            self._draw(self._triage)
        return answer

    async def action_accept(self) -> None:
        """Make a card of the suggestion."""
        if self._triage is not None:
            await self._do(self._triage.accept)

    async def action_dismiss_it(self) -> None:
        """Put the suggestion away for good."""
        if self._triage is not None:
            await self._do(self._triage.dismiss)

    async def action_accept_rule(self) -> None:
        """Accept all that this rule found in this note."""
        if self._triage is None or self._shown is None:
            return
        rule = self._shown.rule_title
        count = await self._do(self._triage.accept_rule)
        if isinstance(count, int):
            self.tell(f"Accepted {phrases.count(count, 'card')}: {rule}. u takes them back.")

    def action_edit(self) -> None:
        """Let the suggestion be put in one's own words, then accept it."""
        if self._shown is not None:
            self.app.push_screen(EditScreen(self._shown.front, self._shown.back), self._edited)

    async def _edited(self, sides: tuple[str, str] | None) -> None:
        if sides is not None and self._triage is not None:
            await self._do(self._triage.accept_edited, *sides)

    async def action_undo(self) -> None:
        """Take the last decision back."""
        if self._triage is not None:
            await self._do(self._triage.undo)

    def action_move(self, step: int) -> None:
        """Look at another suggestion without deciding."""
        if self._triage is not None:
            self._triage.move(step)
            self._draw(self._triage)

    async def action_open_note(self) -> None:
        """Show the note at the section the suggestion stands in."""
        if self._shown is not None:
            await self.warm.open_note(self._shown.note_id, self._shown.slug or None)

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the card."""
        if self._shown is not None:
            await self.warm.follow(message.href, self._shown.note_id)
