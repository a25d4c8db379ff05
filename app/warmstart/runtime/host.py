"""The process that carries out one run; started by ``launch``, never by hand.

It reads the job, one line of JSON, from standard input, and writes lines to standard output: ``H``
the trace's header, ``S`` where an application is served, ``E`` an event, ``R`` the result (outcomes
and sidecar), ``X`` an error. When standard input closes, the run is cancelled, and its trace says
so. A job without an epoch runs in real time; one with a port serves until it is cancelled, and each
further line of its input names a step of the job's, whose calls are made from then on.

Nothing heavy is imported here: the zygote is started first, and gets ready while ``hosting``, which
does the work, is imported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from warmstart.runtime import spawn


def main() -> int:
    """Carry out the job on standard input; return the exit status."""
    job = json.loads(sys.stdin.buffer.readline())
    zygote = spawn.early(Path(job["template"]).parent)
    from warmstart.runtime import hosting

    hosting.host(job, zygote)
    return 0


if __name__ == "__main__":
    sys.exit(main())
