"""Anki's files: packages (.apkg, .colpkg) and text (.csv, .txt), read to values and written back.

Everything meets in one value, ``model.Collection``: ``package`` and ``text`` read it and write it,
``decks`` makes notes of it, ``compose`` makes it of cards. No store and no clock stand behind it.
"""
