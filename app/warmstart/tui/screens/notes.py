"""Notes: the tree of concepts with their temperature, and the text of the one that is open.

Where there is room both stand side by side and the text follows the cursor; on a narrow screen one
makes way for the other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui.screens import manage
from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.screens.dialog import Menu
from warmstart.tui.screens.in_editor import Copier
from warmstart.tui.screens.note_page import Page, concept_at, heading_for, page, slug_of
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.concept_tree import ConceptTree
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.usecases import library

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget
    from textual.widgets import Tree

    from warmstart.usecases.library import NoteSummary
    from warmstart.usecases.warmths import ConceptNode
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Place:
    """A note, and where in it: a concept's slug, a heading as a link names it, or its beginning."""

    note_id: int
    slug: str | None = None
    heading: str | None = None


class NotesScreen(DataScreen):
    """All notes, to read."""

    PLACE = "Notes"
    ABOUT = (
        "The tree holds the concepts of your notes: each with its temperature and its mastery, the "
        "share of its cards you would still recall in 30 days. → unfolds a note's concepts, ← "
        "folds them; Enter opens the text, which stands beside the tree from 100 columns on; g "
        "opens the concept's page, with what would raise its mastery, and a goal.\n"
        "In the text, Tab goes from link to link and picture to picture, Enter follows or opens "
        "one, Backspace comes back. ◌ marks a note that is not imported yet. e opens your own "
        "notes in your editor, at the section that is seen.\n"
        "Code and diagrams keep their shape: ← and → scroll what is wider than the screen."
    )
    CSS_PATH = "notes.tcss"
    AUTO_FOCUS = "ConceptTree"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "back_link", "back a link"),
        Binding("e", "edit", "edit"),
        Binding("y", "copy_code", "copy code"),
        Binding("m", "manage", "manage"),
        Binding("g", "concept", "concept"),
        *go("cards", "labs", "progress", "inbox"),
        *CLOSING,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._history: list[tuple[int, int]] = []
        """Notes that links were followed from, each with the line that was at the top."""
        self._wanted: Place | None = None
        self._page: Page | None = None
        self._from_tree = True
        self._notes: dict[int, NoteSummary] = {}
        self._copier = Copier()

    def body(self) -> Iterable[Widget]:
        """Lay out tree and text side by side; the style sheet decides which are seen."""
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield ConceptTree()
            with VerticalScroll(id="reader", can_focus=False):
                yield MarkdownView(id="text")
        yield Static(id="hint", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Begin with the tree."""
        super().on_mount()
        self.query_one("#hint").display = False
        self._turn_to("tree")

    async def show(self, workspace: Workspace) -> None:
        """Fill the tree, and open what was asked for while there was no store yet."""
        notes, trees = await asyncio.to_thread(_library, workspace)
        self._notes = {note.id: note for note in notes}
        self.query_one(ConceptTree).fill(trees, self._notes)
        hint = self.query_one("#hint", Static)
        hint.display = not any(note.origin == "user" for note in notes)
        hint.update("Your own notes come in with:  warmstart import FOLDER")
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            await self._show(wanted)
        elif self._page is not None and self._page.note.id in self._notes:
            # Mastery may have changed since; the place in the text stays.
            await self._show(Place(self._page.note.id), keep=True)
        elif self._page is not None:
            self._close()

    # Opening

    async def open(self, place: Place) -> None:
        """Open a note from outside; Esc then leads back there."""
        self._from_tree = False
        self._history.clear()
        self._turn_to("text")
        await self._show(place)

    async def go(self, place: Place) -> None:
        """Go where a link or a search leads; Backspace leads back."""
        if self._page is not None:
            line = self.query_one("#text", MarkdownView).top_line
            self._history.append((self._page.note.id, line))
        self.refresh_bindings()
        self._turn_to("text")
        await self._show(place)

    async def _show(self, place: Place, *, keep: bool = False, line: int = 0) -> None:
        """Show a note: at its place, or with ``keep`` where the text stands, or at ``line``."""
        workspace = self.warm.workspace
        if workspace is None:
            self._wanted = place
            return
        self.problem(None)
        if self._page is None or self._page.note.id != place.note_id or keep:
            try:
                found = await asyncio.to_thread(page, workspace, place.note_id)
            except KeyError:
                self.problem("This note is gone: its file was removed at the last import.")
                return
            except WarmstartError as error:
                self.problem(error)
                return
            if keep and (self._page is None or self._page.note.id != place.note_id):
                return  # another note was opened meanwhile
            self._page = found
            self.query_one("#text", MarkdownView).show_document(found.document, keep=keep)
        if keep:
            return
        self.query_one(ConceptTree).point_at(place.note_id, place.slug)
        self._arrive(self._page, place, line)

    def _arrive(self, shown: Page, place: Place, line: int) -> None:
        """Bring the place to the top of the text and say in the first line where one is."""
        slug = place.slug
        if slug is None and place.heading is not None:
            slug = slug_of(shown, place.heading)
            if slug is None:
                self.problem(f"This note has no section “{safe(place.heading)}”.")
        concept = concept_at(shown, slug)
        self.header.place = f"Notes · {safe(shown.note.title)}"
        self.header.fact = Content.assemble(
            "" if concept is shown.note.concepts else f"{safe(concept.title)}  ",
            temperature.mark(concept.mastery),
            temperature.number(concept.mastery),
        )
        heading = heading_for(shown, slug)
        view = self.query_one("#text", MarkdownView)
        if heading is None:
            view.go_to_line(line)
        else:
            view.go_to_heading(heading)

    def _close(self) -> None:
        """Show no note: the one that was open is gone."""
        self._page = None
        self._history.clear()
        self.refresh_bindings()
        self.query_one("#text", MarkdownView).update("")
        self.header.place, self.header.fact = self.PLACE, Content("")
        self._turn_to("tree")

    # Moving about

    def _turn_to(self, pane: str) -> None:
        """Give the keys to "tree" or "text"; a narrow screen shows only that one."""
        self.set_class(pane == "text", "-reading")
        self.query_one("#text" if pane == "text" else ConceptTree).focus()

    async def on_tree_node_highlighted(
        self, event: Tree.NodeHighlighted[ConceptNode | None]
    ) -> None:
        """Let the text follow the cursor where both are seen."""
        concept = event.node.data
        if concept is not None and self.has_class("-wide") and event.control.has_focus:
            self.run_worker(self._show(_place(concept)), group="follow", exclusive=True)

    async def on_tree_node_selected(self, event: Tree.NodeSelected[ConceptNode | None]) -> None:
        """Open what the cursor stands on; on a group, fold or unfold it."""
        concept = event.node.data
        if concept is None:
            event.node.toggle()
            return
        self._from_tree = True
        self._history.clear()
        # First, so that the text is laid out for the width it is read at.
        self._turn_to("text")
        await self._show(_place(concept))

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the text."""
        if self._page is not None:
            await self.warm.follow(message.href, self._page.note.id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back only after a link was followed, and code only where it is seen."""
        if action == "back_link":
            return bool(self._history)
        if action == "copy_code":
            return self._page is not None
        return super().check_action(action, parameters)

    async def action_back_link(self) -> None:
        """Go back to where the last link was followed."""
        note_id, line = self._history.pop()
        self.refresh_bindings()
        await self._show(Place(note_id), line=line)

    # The file

    async def action_edit(self) -> None:
        """Open the note in the learner's editor, at the section that is seen."""
        from warmstart.tui.screens.in_editor import edit_in
        from warmstart.usecases.editing import note_place

        note, workspace = self._chosen(), self.warm.workspace
        if note is None or workspace is None:
            return
        slug = None
        if self._page is not None and self._page.note.id == note.id:
            heading = self.query_one("#text", MarkdownView).top_heading
            slugs = self._page.slugs
            slug = slugs[heading] if heading is not None and heading < len(slugs) else None
        try:
            place = await asyncio.to_thread(note_place, workspace, note.id, slug)
            amiss = await edit_in(self.warm, workspace, place)
        except WarmstartError as error:
            self.problem(error)
            return
        self.problem(amiss)
        self.warm.workspace_changed.publish(None)

    def action_copy_code(self) -> None:
        """Copy the code that is seen; pressed again, the next."""
        if codes := self.query_one("#text", MarkdownView).seen_codes:
            self.tell(self._copier.copy(self.warm, codes))
        else:
            self.tell("There is no code in what is seen.")

    # Managing

    def _chosen(self) -> NoteSummary | None:
        """Return the note whose text has the keys, else the one the cursor is in."""
        tree = self.query_one(ConceptTree)
        if not tree.has_focus and self._page is not None:
            return self._notes.get(self._page.note.id)
        node = tree.cursor_node
        return None if node is None or node.data is None else self._notes.get(node.data.note_id)

    def action_concept(self) -> None:
        """Show the page of the concept that the cursor of the tree stands on."""
        node = self.query_one(ConceptTree).cursor_node
        if node is not None and node.data is not None:
            self.warm.open_concept(node.data.id)
        else:
            self.tell("Go to a note or a concept first: this line names a group of them.")

    def action_manage(self) -> None:
        """Offer what can be done with the note, and with the bundled course."""
        if self.warm.workspace is None:
            return
        note = self._chosen()
        course = any(note.origin == "course" for note in self._notes.values())
        title = "Manage" if note is None else f"Manage · {safe(note.title)}"
        self.app.push_screen(
            Menu(title, manage.entries(note, course=course)),
            lambda action: self._ask(action, note),
        )

    def _ask(self, action: str | None, note: NoteSummary | None) -> None:
        def answered(yes: bool | None) -> None:  # noqa: FBT001 as Textual calls it
            if yes and action is not None:
                self._carry_out(action, note)

        if action is None:
            return
        if action == "info":
            self.warm.action_store()
        elif question := manage.question(action, note):
            self.app.push_screen(question, answered)
        else:
            self._carry_out(action, note)

    @work(group="manage")
    async def _carry_out(self, action: str, note: NoteSummary | None) -> None:
        if self.warm.workspace is None:
            return
        try:
            done = await asyncio.to_thread(manage.carry_out, self.warm.workspace, action, note)
        except WarmstartError as error:
            self.problem(error)
            return
        self.tell(done)
        self.reload()

    def action_leave(self) -> None:
        """On a narrow screen, close the text first; then go back."""
        if self.has_class("-reading") and self._from_tree and not self.has_class("-wide"):
            self._turn_to("tree")
        else:
            super().action_leave()


def _library(workspace: Workspace) -> tuple[tuple[NoteSummary, ...], tuple[ConceptNode, ...]]:
    return library.notes(workspace), library.tree(workspace)


def _place(concept: ConceptNode) -> Place:
    return Place(concept.note_id, concept.slug if concept.kind != "note" else None)
