"""The tree of concepts, each with its temperature and its mastery.

Beside a note stands about how long its new cards and those that are due take.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Tree

from warmstart.text import safe
from warmstart.tui.keymap import Named
from warmstart.tui.theme import colour, shape
from warmstart.tui.widgets.marked_list import marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.strip import Strip
    from textual.widgets.tree import TreeNode

    from warmstart.usecases.library import NoteSummary
    from warmstart.usecases.warmths import ConceptNode

_GROUPS: Final = {"user": "Your notes", "course": "Bundled course", "lab": "Labs"}


class ConceptTree(Named, Tree["ConceptNode | None"]):
    """Notes by where they come from, with the concepts below them; group nodes carry no data."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "open", key_display="Enter"),
        Binding("right", "unfold", "unfold", show=False),
        Binding("left", "fold", "fold", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("notes")
        self.show_root = False
        self.guide_depth = 2
        self.show_guides = False
        self.auto_expand = False
        self._trees: tuple[ConceptNode, ...] = ()
        self._notes: Mapping[int, NoteSummary] = {}

    def fill(self, trees: tuple[ConceptNode, ...], notes: Mapping[int, NoteSummary]) -> None:
        """Show ``trees``, grouped by the origin of their note; what was unfolded stays so."""
        if (trees, notes) == (self._trees, self._notes):
            return
        self._trees, self._notes = trees, notes
        self._plant()

    def point_at(self, note_id: int, slug: str | None) -> None:
        """Put the cursor on a concept, unfolding what hides it, without choosing it."""
        for node in self._walk():
            concept = node.data
            if concept is None or concept.note_id != note_id:
                continue
            if concept.slug == slug or (slug is None and _is_note(node)):
                parent = node.parent
                while parent is not None:
                    parent.expand()
                    parent = parent.parent
                self.move_cursor(node)
                return

    def _walk(self) -> Iterable[TreeNode[ConceptNode | None]]:
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def _plant(self) -> None:
        unfolded = {node.data.id for node in self._walk() if node.data and node.is_expanded}
        cursor = self.cursor_node.data if self.cursor_node else None
        self.clear()
        for origin, name in _GROUPS.items():
            trees = [t for t in self._trees if self._notes[t.note_id].origin == origin]
            if trees:
                group = self.root.add(name, data=None, expand=True)
                for tree in trees:
                    self._add(group, tree, unfolded)
        self.call_after_refresh(self._restore, None if cursor is None else cursor.id)

    def _restore(self, concept: int | None) -> None:
        """Put the cursor back on a concept, or on the first note."""
        for node in self._walk():
            if node.data is not None and concept in {None, node.data.id}:
                self.move_cursor(node)
                if concept is None:  # with what it stands under
                    self.scroll_home(animate=False)
                return

    def _add(
        self, parent: TreeNode[ConceptNode | None], concept: ConceptNode, unfolded: set[int]
    ) -> None:
        title = safe(concept.title).replace("\n", " ")
        if not concept.children:
            parent.add_leaf(Text(title), data=concept)
            return
        node = parent.add(Text(title), data=concept, expand=concept.id in unfolded)
        for child in concept.children:
            self._add(node, child, unfolded)

    def render_label(
        self, node: TreeNode[ConceptNode | None], base_style: Style, style: Style
    ) -> Text:
        """Draw fold sign, temperature, mastery and title, and of a note the minutes to do."""
        label = node.label if isinstance(node.label, Text) else Text(node.label)
        concept = node.data
        if concept is None:
            return Text(f" {label.plain}", style=base_style + Style(bold=True))
        toggle = Style(meta={"toggle": True})
        fold = ("▾ " if node.is_expanded else "▸ ") if node.allow_expand else "  "
        warm = self.app.theme_variables[colour(concept.mastery).removeprefix("$")]
        number = "–" if concept.mastery is None else str(concept.mastery)
        note = self._notes[concept.note_id] if _is_note(node) else None
        takes = f"  {note.minutes} min " if note is not None and note.minutes else ""
        paused = note is not None and note.paused
        drawn = Text.assemble(
            (fold, base_style + toggle),
            (f"{shape(concept.mastery)} {number:>3} ", base_style + Style.parse(warm)),
            (label.plain, base_style + style),
            ("  paused" if paused else "", base_style + Style(dim=True)),
        )
        room = self._room(node)
        if takes and room < sys.maxsize:
            drawn.truncate(max(room - len(takes), 0), overflow="ellipsis", pad=True)
        else:
            drawn.truncate(room, overflow="ellipsis")
        quiet = self.app.theme_variables["quiet"]
        return drawn.append(takes, base_style + Style.parse(quiet))

    def render_line(self, y: int) -> Strip:
        """Draw a line, and the mark before it where the cursor is."""
        strip = super().render_line(y)
        return marked(strip, self) if self.scroll_offset.y + y == self.cursor_line else strip

    def _room(self, node: TreeNode[ConceptNode | None]) -> int:
        """Return the cells a label has; no limit until the tree has its size."""
        depth = -1  # the root is not shown
        while (parent := node.parent) is not None:
            node, depth = parent, depth + 1
        width = self.scrollable_content_region.width
        return width - depth * self.guide_depth if width else sys.maxsize

    def action_unfold(self) -> None:
        """Show what lies below; a second time, go there."""
        node = self.cursor_node
        if node is None or not node.allow_expand:
            return
        if node.is_expanded:
            self.action_cursor_down()
        else:
            node.expand()

    def action_fold(self) -> None:
        """Hide what lies below; on a leaf, go to what it lies in."""
        node = self.cursor_node
        if node is None:
            return
        if node.allow_expand and node.is_expanded:
            node.collapse()
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)


def _is_note(node: TreeNode[ConceptNode | None]) -> bool:
    return node.parent is not None and node.parent.data is None
