"""A small Lambda: virtual time, execution environments, a trace.

Knows nothing of notes, study or the store.
"""
