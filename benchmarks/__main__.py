"""`python -m benchmarks [NAME…] [--json]`: run benchmarks and print what they found."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
from typing import Any

from benchmarks import machine
from benchmarks.table import Table

NAMES = ("queue", "roundtrip", "startup")


def main() -> None:
    """Run the benchmarks that are named, by default all of them."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}: {', '.join(NAMES)}")
    found = [_run(name, quiet=options.json) for name in options.names or NAMES]
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def _run(name: str, quiet: bool) -> dict[str, Any]:
    load, anchor = machine.load(), machine.anchor()
    tables: list[Table] = asyncio.run(importlib.import_module(f"benchmarks.{name}").run())
    state = f"load average {load} before, {machine.load()} after; anchor loop {anchor:.2f} s"
    if not quiet:
        sys.stdout.write("\n\n".join([*map(str, tables), state]) + "\n\n")
    return {
        "benchmark": name,
        "load_before": load,
        "anchor_seconds": round(anchor, 3),
        "tables": [table.as_json() for table in tables],
    }


if __name__ == "__main__":
    main()
