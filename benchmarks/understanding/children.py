"""Runs engines and `frontdesk kb eval` as processes of their own: none can slow, fill or break the
other, and what takes too long is ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.questions import ROOT
from benchmarks.understanding.sets import Labelled, Text, write_folder, write_queries

_NLPJS = Path(__file__).parent / "engine_nlpjs.cjs"


def engine(
    name: str, texts: Sequence[Text], queries: Sequence[Labelled], patience: float
) -> dict[str, Any]:
    """What an engine found (see `engine`), or {"missing": why there is nothing}."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-benchmark-") as folder:
        job = Path(folder) / "job.json"
        job.write_text(json.dumps({"articles": list(map(asdict, texts)), "queries": queries}))
        if name == "nlpjs":
            node = shutil.which("node")
            if node is None:
                return {"missing": "node"}
            command = [node, "--expose-gc", "--max-old-space-size=4096", str(_NLPJS), str(job)]
        else:
            command = [sys.executable, "-m", "benchmarks.understanding.engine", name, str(job)]
        return _run(command, Path(folder), patience)


def kb_eval(texts: Sequence[Text], queries: Sequence[Labelled], patience: float) -> dict[str, Any]:
    """What `frontdesk kb eval --json` says about a folder of these articles, or {"missing": why it
    says nothing}."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-benchmark-") as name:
        folder = Path(name)
        write_folder(texts, folder / "knowledge_base")
        write_queries(queries, folder / "queries.csv")
        words = ["kb", "eval", "queries.csv", "--kb", "knowledge_base", "--json"]
        return _run([sys.executable, "-m", "bot.cli", *words], folder, patience)


def _run(command: Sequence[str], folder: Path, patience: float) -> dict[str, Any]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, timeout=patience,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"missing": f"an end within {patience:.0f} s"}
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"missing": f"an answer ({(done.stderr.strip() or 'nothing said')[-300:]})"}
    return found
