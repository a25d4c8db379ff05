"""The Amazon States Language: definitions parsed once, then stepped through on the running loop.

``parse`` turns text into frozen dataclasses whose paths, templates and expressions are compiled;
``machine`` runs them and records AWS's history. The interpreter knows no service: a Task is given
to a callable (``tasks``), so that it can be run alone.
"""
