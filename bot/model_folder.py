"""A folder with a sentence model in it, as `optimum-cli export onnx` writes it: what it holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_MODEL_FILES = (
    "model.onnx",
    "model_optimized.onnx",
    "model_quantized.onnx",
    "onnx/model.onnx",
    "onnx/model_optimized.onnx",
    "onnx/model_quantized.onnx",
)


class Unusable(Exception):
    """The model cannot be had; the text says why and what to do."""


def file_in(folder: Path) -> str:
    """The model's file in its folder. Raises Unusable, naming what the folder lacks."""
    file = next((name for name in _MODEL_FILES if (folder / name).is_file()), "")
    missing = [] if file else ["model.onnx"]
    names = ("tokenizer.json", "tokenizer_config.json")
    missing += [name for name in names if not (folder / name).is_file()]
    if missing:
        raise Unusable(
            f"the folder {folder} has no {' and no '.join(missing)}; export the model there "
            "with its tokenizer, for instance by optimum-cli export onnx"
        )
    return file


def pooling_in(folder: Path) -> str:
    """How the model's vectors of tokens become one, as sentence-transformers writes it down."""
    said = json_in(folder / "1_Pooling" / "config.json")
    if said.get("pooling_mode_cls_token") or said.get("pooling_mode") == "cls":
        return "CLS"
    if said.get("pooling_mode_lasttoken") or said.get("pooling_mode") == "lasttoken":
        return "LAST_TOKEN"
    return "MEAN"


def json_in(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return found


def digest_of(folder: Path, file: str) -> str:
    """Another model saved into the same folder must not be given the old one's vectors."""
    digest = hashlib.sha256()
    for name in (file, "tokenizer.json"):
        with (folder / name).open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()[:16]
