"""Run every benchmark beside this file, or those named: ``make bench ARGS="help first_frame"``.

A benchmark is a module ``bench_<name>.py`` with a ``main()`` that prints its figures. Where there is
a peer or a floor the figure is a ratio, measured in the same run, in pairs, as medians; a time alone
is reported and judged by nobody.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> None:
    """Run the benchmarks in the order of their names."""
    sys.path.insert(0, str(FOLDER))
    found = [path.stem.removeprefix("bench_") for path in sorted(FOLDER.glob("bench_*.py"))]
    wanted = sys.argv[1:] or found
    if unknown := set(wanted) - set(found):
        sys.exit(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(found)}."
        )
    for name in wanted:
        print(f"{name.replace('_', ' ')}", flush=True)
        import_module(f"bench_{name}").main()


if __name__ == "__main__":
    main()
