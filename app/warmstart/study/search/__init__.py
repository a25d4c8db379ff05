"""The search language: which cards, in the words that Anki's users know.

``tree`` says what can be asked, ``read`` makes a tree of what was typed, and ``terms`` knows the
conditions with a key. Nothing here knows the store: ``store/searching.py`` makes SQL of a tree.
docs/searching.md describes the language to its users.
"""

from warmstart.study.search.read import parse
from warmstart.study.search.tree import Search, render

__all__ = ["Search", "parse", "render"]
