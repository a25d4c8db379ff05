"""Review: one card at a time; the answer opens under the question, and nothing jumps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from warmstart.errors import WarmstartError
from warmstart.notes.answers import is_typed
from warmstart.notes.display import plain
from warmstart.study.cards import Rating
from warmstart.tui import phrases
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.card_commands import CARD_ACTIONS, CARD_KEYS, CardScreen
from warmstart.tui.screens.summary import Summary
from warmstart.tui.widgets.card_view import CardView
from warmstart.tui.widgets.choice_lines import DIGITS, letters, place_of
from warmstart.tui.widgets.rating_bar import RatingBar
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.sitting import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.events import Key
    from textual.widget import Widget
    from textual.widgets import Input

    from warmstart.tui.widgets.answer_input import AnswerInput
    from warmstart.tui.widgets.markdown_view import MarkdownView
    from warmstart.usecases.desk import Desk
    from warmstart.usecases.review import ShownCard
    from warmstart.usecases.sitting import Sitting
    from warmstart.usecases.workspace import Workspace

_METER = 15
"""Cells of the bar that shows how far the sitting is."""
_MARGIN = 4
"""Cells that a sentence above the keys does not use."""
_TICK = 1.0
"""Seconds between two looks at the clock while a card is waited for."""


_LETTERED = {
    "b": "bury", "e": "edit", "f": "flag", "m": "remark", "o": "open_note", "s": "suspend",
    "t": "type_answer", "u": "undo", "v": "view_picture", "y": "copy_code",
}  # fmt: skip
"""Keys that an option may be lettered with, and what else they do."""


class ReviewScreen(CardScreen):
    """One sitting: the cards due today and the day's new ones."""

    PLACE = "Review"
    ABOUT = (
        "A question; think of the answer, then press Space to see it. Grade how well you knew it: "
        "beside each grade stands when the card will come back. A second Space means Good.\n"
        "Where options are offered, pick by digit, or by the letter that is shown. t lets you type "
        "the answer, and shows what differs. What you picked or typed suggests a grade, marked ▸, "
        "which Space takes; any other is as good.\n"
        "Every answer is saved before the next card shows, so you can stop at any time; u takes "
        "back what you did last to a card, also in an earlier sitting, and U does it again."
    )
    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "space", "show the answer, then Good", show=False, key_display="Space"),
        *(
            Binding(str(int(rating)), f"rate({int(rating)})", rating.name.capitalize(), show=False)
            for rating in Rating
        ),
        Binding("u", "undo", "undo"),
        Binding("U,shift+u", "redo", "do again", show=False, key_display="U"),
        *CARD_KEYS,
        Binding("slash", "find", "search"),
        *CLOSING,
    ]

    def __init__(self, sitting: Sitting = ORDINARY) -> None:
        super().__init__()
        self._sitting = sitting
        self._session: ReviewSession | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the sitting has begun, which may be before the workspace is open."""
        return self._session is not None or super().is_ready

    def body(self) -> Iterable[Widget]:
        """Lay out the card, the closing summary (hidden), and the grades."""
        yield CardView(id="card")
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
        # wrong with any other, or with the sitting, is said once that is open.
        with suppress(WarmstartError):
            await self._begin(self.warm.desk)

    async def show(self, workspace: Workspace) -> None:
        """Begin the sitting; coming back from a note finds it as it was.

        If the note was saved meanwhile the card stays, with its new text; if the card is gone from
        study, the next one shows.
        """
        if self._session is None:
            if self._sitting.search:
                from warmstart.usecases.search import update_index

                await asyncio.to_thread(update_index, workspace)
            await self._begin(workspace)
            return
        self._session.go_on()
        await self.look_again()

    def on_screen_suspend(self) -> None:
        """Stop the watch: another screen is in front."""
        if self._session is not None:
            self._session.pause()

    def on_app_blur(self) -> None:
        """Stop the watch: the terminal has lost the focus."""
        if self._session is not None:
            self._session.pause()

    def on_app_focus(self) -> None:
        """Let the watch run again, if the card is in front."""
        if self._session is not None and self.is_current:
            self._session.go_on()

    @property
    def asked(self) -> ShownCard | None:
        """The card that is asked now."""
        return None if self._session is None else self._session.current

    async def look_again(self) -> None:
        """Show the card as it is now, or the next one if it has left study."""
        session = self._session
        if session is None:
            return
        before = session.current
        card = await asyncio.to_thread(session.refresh)
        if card is None or before is None or card.id != before.id:
            await self._next()
        elif card != self.card_view.card or "![" in card.front + card.back:
            await self._fill(card)
            self.refresh_bindings()

    async def _begin(self, desk: Desk) -> None:
        self._session = await asyncio.to_thread(ReviewSession, desk, self._sitting)
        await self._next()

    def problem(self, error: WarmstartError | str | None) -> None:
        """Show the sentence; what was waited for does not come then."""
        super().problem(error)
        if error is not None and self._session is None:
            self.query_one("#waiting").display = False
        # A long sentence takes two lines or more, and the grades stay above them.
        width = max(self.size.width - _MARGIN, 1)
        lines = 1 if error is None else len(Content(str(error)).wrap(width))
        self.query_one(RatingBar).styles.margin = (0, 0, lines, 0)

    # What is on the screen

    async def _next(self) -> None:
        """Show the card there is, or what there is instead of one."""
        session = self._session
        if session is None:
            return
        self.hush()
        self._progress(session)
        card = session.current
        self._show_part(card=card is not None)
        if card is not None:
            await self._show_card(card)
        else:
            await self._close(session)
        self.refresh_bindings()
        if session.told is not None:
            self.tell(session.told)

    def _progress(self, session: ReviewSession) -> None:
        done, total = session.done, session.total
        filled = round(_METER * done / total) if total else 0
        self.header.fact = Content.assemble(
            f"{session.again} again   " if session.again else "",
            f"{done} / {total}   ",
            (f"{session.minutes} min   ", "$quiet"),
            ("▓" * filled, "$accent"),
            ("░" * (_METER - filled), "$faint"),
        )

    def _show_part(self, *, card: bool) -> None:
        self.query_one("#card").display = card
        self.query_one("#closing").display = not card
        self.query_one(RatingBar).display = card

    async def _show_card(self, card: ShownCard) -> None:
        """Ask a card."""
        self._place(card)
        settings = self.warm.settings.study
        typed = settings.typed_answers and is_typed(card.kind, card.front, card.back)
        self.card_view.ask(card, await self.pictures_of(card), typed=typed)
        bar = self.query_one(RatingBar)
        bar.previews = bar.suggested = None
        self._prompt()

    async def _fill(self, card: ShownCard) -> None:
        """Write the text of the card that is asked afresh."""
        self._place(card)
        self.card_view.update(card, await self.pictures_of(card))

    def _place(self, card: ShownCard) -> None:
        # A note that begins with its title as a heading would be named twice.
        place = " › ".join(dict.fromkeys(plain(part) for part in card.breadcrumb))
        self.header.place = f"Review · {place}"

    def _prompt(self) -> None:
        """Say at the foot what one can do before the answer is seen."""
        view, prompt = self.card_view, ("Space", "show the answer")
        if view.is_typing:
            prompt = ("Enter", "compare with the answer")
        elif view.offer is not None:
            several = sum(option.correct for option in view.offer.options) > 1
            keys = f"{DIGITS[0]}–{DIGITS[min(len(view.offer.options), len(DIGITS)) - 1]}"
            prompt = (keys, f"pick{' all that are right' if several else ''}, then Space")
        self.query_one(RatingBar).prompt = prompt

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: PLR0911
        """Offer only what fits the moment."""
        view = self.card_view
        if self.asked is None:
            if action == "undo":
                return self._session is not None
            if action in CARD_ACTIONS | {"rate", "type_answer", "copy_code", "view_picture"}:
                return False
            return super().check_action(action, parameters)
        if view.is_typing and action not in {"leave", "app.explain"}:
            return False  # the letters are the answer's
        match action:
            case "rate":
                return view.revealed
            case "type_answer":
                return not view.revealed and view.offer is None
            case "copy_code":
                return bool(view.codes)
            case "view_picture":
                return bool(view.picture_addresses)
            case _ if view.offer is not None and not view.revealed:
                taken = letters(view.offer, cyrillic=self.warm.is_cyrillic)
                if action in {_LETTERED.get(key) for key in taken}:
                    return False
        return super().check_action(action, parameters)

    def on_key(self, event: Key) -> None:
        """Pick the option that a key names, before any other meaning of the key."""
        view = self.card_view
        if self.asked is None or view.offer is None or view.revealed or not event.character:
            return
        place = place_of(view.offer, event.character, cyrillic=self.warm.is_cyrillic)
        if place is not None:
            event.stop()
            event.prevent_default()
            self.action_pick(place)

    def action_pick(self, place: int) -> None:
        """Pick an option, or let it go."""
        self.card_view.pick(place)

    def action_type_answer(self) -> None:
        """Let the answer to this card be typed."""
        self._typing(typed=True)

    def on_answer_input_stopped(self, message: AnswerInput.Stopped) -> None:
        """Let the answer just be thought of."""
        message.stop()
        self._typing(typed=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Compare what was typed with the answer."""
        event.stop()
        self.action_reveal()

    def _typing(self, *, typed: bool) -> None:
        self.card_view.type_it(typed=typed)
        self._prompt()
        self.refresh_bindings()

    async def action_space(self) -> None:
        """Show the answer; a second Space means Good, or what the answer given suggests."""
        if self.card_view.revealed:
            await self.action_rate(int(self.card_view.suggested or Rating.GOOD))
        else:
            self.action_reveal()

    def action_reveal(self) -> None:
        """Open the answer under the question."""
        if self._session is None or self.asked is None or self.card_view.revealed:
            return
        self.card_view.reveal()
        bar = self.query_one(RatingBar)
        bar.previews = self._session.previews() or dict.fromkeys(Rating)
        bar.suggested = self.card_view.suggested
        self.refresh_bindings()

    async def action_rate(self, rating: int) -> None:
        """Record the answer, then go on; on an error the card stays."""
        session = self._session
        if session is None or not self.card_view.revealed:
            return
        if await self._saved(session.answer, Rating(rating), session.thought()):
            await self._next()

    async def action_undo(self) -> None:
        """Take back what was done last to a card, and ask that card again."""
        if self._session is not None and await self._again(
            self._session.undo, "There is nothing to take back."
        ):
            self.tell("Taken back. U does it again.")

    def action_find(self) -> None:
        """Search; while an answer is typed the key is a letter of it."""
        self.warm.action_find()

    async def action_redo(self) -> None:
        """Do again what was taken back."""
        if self._session is not None:
            await self._again(self._session.redo, "There is nothing to do again.")

    async def _again(self, act: Callable[[], bool], nothing: str) -> bool:
        """Undo or redo, and show the card it leads to; where there is nothing to, say so.

        Then the card stays as it is, with its answer if that was shown.
        """
        done: list[bool] = []
        if not await self._saved(lambda: done.append(act())):
            return False
        if done[0]:
            await self._next()
        else:
            self.problem(nothing)
        return done[0]

    async def _saved(self, call: Callable[..., object], *arguments: object) -> bool:
        """Run a call that waits for the disk in a thread; show its error and return False."""
        try:
            await asyncio.to_thread(call, *arguments)
        except WarmstartError as error:
            self.problem(error)
            return False
        self.problem(None)
        return True

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the card."""
        if (card := self.asked) is not None:
            await self.warm.follow(message.href, card.note_id)
