"""Review: one card at a time; the answer opens under the question, and nothing jumps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Rule, Static

from warmstart.errors import StoreError, WarmstartError
from warmstart.notes.display import for_display, plain
from warmstart.study.cards import Phase, Rating
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.screens.base import CLOSING, DataScreen
from warmstart.tui.screens.summary import Summary
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.tui.widgets.rating_bar import RatingBar
from warmstart.usecases.review import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from textual.widget import Widget

    from warmstart.usecases.desk import Desk
    from warmstart.usecases.review import ShownCard
    from warmstart.usecases.workspace import Workspace

_METER = 15
"""Cells of the bar that shows how far the sitting is."""
_TICK = 1.0
"""Seconds between two looks at the clock while a card is waited for."""


class ReviewScreen(DataScreen):
    """One sitting: the cards due today and the day's new ones."""

    PLACE = "Review"
    ABOUT = (
        "A question; think of the answer, then press Space to see it. Grade how well you knew it: "
        "beside each grade stands when the card will come back. A second Space means Good.\n"
        "Every answer is saved before the next card shows, so you can stop at any time; u takes "
        "the last answer back, also one of an earlier sitting."
    )
    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "space", "show the answer, then Good", show=False),
        *(
            Binding(str(int(rating)), f"rate({int(rating)})", rating.name.capitalize(), show=False)
            for rating in Rating
        ),
        Binding("u", "undo", "undo"),
        Binding("o", "open_note", "note"),
        Binding("slash", "app.find", "search"),
        *CLOSING,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._session: ReviewSession | None = None
        self._shown_at: datetime | None = None
        self._revealed = False

    def body(self) -> Iterable[Widget]:
        """Lay out the card, the closing summary (hidden), and the grades."""
        with VerticalScroll(id="card", can_focus=False):
            yield Static(id="kind", classes="quiet")
            yield MarkdownView(id="front")
            yield Rule(id="anchor")
            yield MarkdownView(id="back")
            source = Static(id="source", classes="quiet")
            source.auto_links = False
            yield source
        with VerticalScroll(id="closing", can_focus=False):
            yield Static("Opening the store …", id="waiting", classes="quiet", markup=False)
            yield Summary()
        yield RatingBar()

    def on_mount(self) -> None:
        """Nothing to grade yet; look at the clock now and then for a card that is waited for."""
        super().on_mount()
        self._show_part(card=False)
        self.set_interval(_TICK, self._tick)

    def on_unmount(self) -> None:
        """End the sitting with the screen."""
        if self._session is not None:
            self._session.close()

    async def show_early(self) -> None:
        """Begin before the workspace is open: a sitting takes the desk alone."""
        # A store that is not there yet, or of an older schema, is the workspace's to make; what is
        # wrong with any other, it will say.
        with suppress(StoreError):
            await self._begin(self.warm.desk)

    async def show(self, workspace: Workspace) -> None:
        """Begin the sitting; coming back from a note finds it as it was.

        If the note was saved meanwhile the card stays, with its new text; if the card is gone from
        study, the next one shows.
        """
        if self._session is None:
            await self._begin(workspace)
            return
        before = self._session.current
        card = await asyncio.to_thread(self._session.refresh)
        if card is None or before is None or card.id != before.id:
            await self._next()
        elif card != before:
            self._fill(card)

    async def _begin(self, desk: Desk) -> None:
        self._session = await asyncio.to_thread(ReviewSession, desk)
        await self._next()

    def problem(self, error: WarmstartError | str | None) -> None:
        """Show the sentence; what was waited for does not come then."""
        super().problem(error)
        if error is not None and self._session is None:
            self.query_one("#waiting").display = False

    # What is on the screen

    async def _next(self) -> None:
        """Show the card there is, or what there is instead of one."""
        session = self._session
        if session is None:
            return
        self._revealed = False
        self._progress(session)
        card = session.current
        self._show_part(card=card is not None)
        if card is not None:
            self._show_card(card)
        else:
            await self._close(session)
        self.refresh_bindings()

    def _progress(self, session: ReviewSession) -> None:
        done, total = session.done, session.total
        filled = round(_METER * done / total) if total else 0
        self.header.fact = Content.assemble(
            f"{session.again} again   " if session.again else "",
            f"{done} / {total}   ",
            ("▓" * filled, "$accent"),
            ("░" * (_METER - filled), "$faint"),
        )

    def _show_part(self, *, card: bool) -> None:
        self.query_one("#card").display = card
        self.query_one("#closing").display = not card
        self.query_one(RatingBar).display = card

    def _show_card(self, card: ShownCard) -> None:
        self._fill(card)
        for part in ("#anchor", "#back", "#source"):
            self.query_one(part).display = False
        self.query_one(RatingBar).previews = None
        self.query_one("#card", VerticalScroll).scroll_home(animate=False)
        self.query_one("#front").focus()
        self._shown_at = self.warm.clock()

    def _fill(self, card: ShownCard) -> None:
        """Write the card's text, and where it comes from."""
        place = " › ".join(plain(part) for part in card.breadcrumb)
        self.header.place = f"Review · {place}"
        new = "new " if card.phase is Phase.NEW else ""
        self.query_one("#kind", Static).update(f"{new}{card.kind}")
        self.query_one("#front", MarkdownView).update(for_display(card.front))
        self.query_one("#back", MarkdownView).update(for_display(card.back))
        self.query_one("#source", Static).update(self._source(card))

    @staticmethod
    def _source(card: ShownCard) -> Content:
        section = f" · {plain(card.breadcrumb[-1])}" if len(card.breadcrumb) > 1 else ""
        return Content.assemble(
            f"from {safe(card.note_name)}{section}  ",
            Content.assemble(("o", "bold $accent"), " open").stylize("@click=screen.open_note"),
        )

    async def _close(self, session: ReviewSession) -> None:
        """Say what came of the sitting, or until when it pauses."""
        self.header.place = "Review"
        self.query_one(Summary).summary = await asyncio.to_thread(session.summary)
        self.query_one(Summary).now = self.warm.clock()
        self._say_waiting(session)

    def _say_waiting(self, session: ReviewSession) -> None:
        waiting = self.query_one("#waiting", Static)
        until = session.waiting
        waiting.display = until is not None
        if until is not None:
            now = self.warm.clock()
            waiting.update(
                f"The next card comes back {phrases.due(until, now)}, in "
                f"{phrases.duration(until - now)}. Wait here and it will show itself, or press q: "
                "it will be there when you are back."
            )

    async def _tick(self) -> None:
        session = self._session
        if session is None or session.current is not None or session.waiting is None:
            return
        if self.warm.clock() >= session.waiting:
            if await self._saved(session.resume):
                await self._next()
        else:
            self._say_waiting(session)

    # What one can do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what fits the moment."""
        card = self._session is not None and self._session.current is not None
        if action == "rate":
            return card and self._revealed
        if action in {"space", "reveal", "open_note"}:
            return card
        if action == "undo":
            return self._session is not None
        return super().check_action(action, parameters)

    async def action_space(self) -> None:
        """Show the answer; a second Space means Good."""
        if self._revealed:
            await self.action_rate(int(Rating.GOOD))
        else:
            self.action_reveal()

    def action_reveal(self) -> None:
        """Open the answer under the question."""
        if self._session is None or self._session.current is None or self._revealed:
            return
        self._revealed = True
        self.query_one(RatingBar).previews = self._session.previews()
        for part in ("#anchor", "#back", "#source"):
            self.query_one(part).display = True
        back = self.query_one("#back", MarkdownView)
        back.focus(scroll_visible=False)
        # A question longer than the screen: move just so far that the answer begins on it.
        self.call_after_refresh(self._bring_into_view, back)
        self.refresh_bindings()

    def _bring_into_view(self, back: MarkdownView) -> None:
        card = self.query_one("#card", VerticalScroll)
        begins = back.virtual_region.y - card.scroll_offset.y
        if begins >= card.size.height - 1:
            card.scroll_to_widget(self.query_one("#anchor"), top=True, animate=False)

    async def action_rate(self, rating: int) -> None:
        """Record the answer, then go on; on an error the card stays."""
        session, shown_at = self._session, self._shown_at
        if session is None or shown_at is None or not self._revealed:
            return
        took = self.warm.clock() - shown_at
        if await self._saved(session.answer, Rating(rating), took):
            await self._next()

    async def action_undo(self) -> None:
        """Take the last answer back and ask that card again."""
        session = self._session
        if session is None:
            return
        if await self._saved(session.undo):
            await self._next()
            if session.current is None:
                self.problem("There is no answer to take back.")

    async def _saved(self, call: Callable[..., object], *arguments: object) -> bool:
        """Run a call that waits for the disk in a thread; show its error and return False."""
        try:
            await asyncio.to_thread(call, *arguments)
        except WarmstartError as error:
            self.problem(error)
            return False
        self.problem(None)
        return True

    async def action_open_note(self) -> None:
        """Show the note at the section the card stands in."""
        if self._session is not None and (card := self._session.current) is not None:
            await self.warm.open_note(card.note_id, card.slug)

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the card."""
        if self._session is not None and (card := self._session.current) is not None:
            await self.warm.follow(message.href, card.note_id)
