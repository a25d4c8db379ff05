"""Markdown in, values out: the scanner, card formats and front matter. Pure: no I/O."""
