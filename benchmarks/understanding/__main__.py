"""`python -m benchmarks.understanding DATA`: how well questions are understood, and how fast.

DATA is a folder with the files of `sets.SETS` (text,article), or one that has it as `questions`.
Anchors run on the same questions in the same run; a missing one is a line. Takes an hour or so.

    python -m benchmarks.understanding DATA --sets banking77-5 banking77-10
    python -m benchmarks.understanding DATA --parts speed --sizes 1000x5
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine
from benchmarks.table import Table
from benchmarks.understanding import accuracy, speed
from benchmarks.understanding.sets import NAMES, SETS

PARTS = ("accuracy", "speed")
SIZES = ("1000x5", "4000x5", "20000x5")
PATIENCE = 900.0


def main() -> None:
    """Run what is asked for, by default everything; tables are printed as they are found."""
    options = _options()
    load, anchor = machine.load(), machine.anchor()
    found = []
    for table in _tables(options):
        found.append(table.as_json())
        if not options.json:
            sys.stdout.write(f"{table}\n\n")
            sys.stdout.flush()
    state = f"load average {load} before, {machine.load()} after; anchor loop {anchor:.2f} s"
    if options.json:
        sys.stdout.write(json.dumps({"tables": found, "machine": state}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{state}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.understanding", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", choices=NAMES, default=NAMES, metavar="SET",
                        help=", ".join(NAMES))  # fmt: skip
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="articles x phrasings")
    parser.add_argument("--without-anchors", action="store_true")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for each engine")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    options = parser.parse_args()
    if (options.data / "questions").is_dir():
        options.data /= "questions"
    files = {
        file for each in SETS if each.name in options.sets for file in (each.train, each.asked)
    }
    if missing := sorted(name for name in files if not (options.data / name).is_file()):
        parser.error(f"{options.data} has no {', '.join(missing)}")
    return options


def _tables(options: argparse.Namespace) -> Iterator[Table]:
    if "accuracy" in options.parts:
        chosen = [each for each in SETS if each.name in options.sets]
        yield from accuracy.run(
            chosen, options.data, options.patience, anchors=not options.without_anchors
        )
    if "speed" in options.parts:
        for size in options.sizes:
            articles, _, phrasings = size.partition("x")
            yield speed.run(
                int(articles), int(phrasings), options.data, options.patience,
                anchors=not options.without_anchors,
            )  # fmt: skip


if __name__ == "__main__":
    main()
