"""Markdown as the screen shows it: text to blocks to lines, one widget for a whole document.

Textual's own Markdown widget mounts a widget per block: 25 KB of notes took 450–800 ms to open, and
its links cannot be reached from the keyboard. Here a document is a list of lines computed for a
width, of which only the visible ones are drawn.
"""
