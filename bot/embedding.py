"""Loading the model for the extra `embeddings`, and the file that keeps its vectors.

Whatever is missing or broken costs one line in the log, never more: without a model Frontdesk
understands by words and letters alone, as it does by default.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from structlog.typing import FilteringBoundLogger

from bot.model_folder import Unusable, digest_of, file_in, json_in, pooling_in
from bot.understanding.embeddings import Array, Embedder, Vectors, unit
from bot.vector_file import VectorFile

if TYPE_CHECKING:
    from fastembed import TextEmbedding

SUGGESTED = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
THREADS = min(2, os.cpu_count() or 1)  # a question is too short to gain from more
BATCH = 64  # texts that pass the model at once; they are padded to the longest of them

# What a model wants to read before a text. Questions are compared with questions, so both sides
# get the same; models that ask for one only before the question of a search get none.
_PROMPTS = {
    "e5-": "query: ",
    "nomic-embed-text": "classification: ",
    "embeddinggemma": "task: sentence similarity | query: ",
}

T = TypeVar("T")


@dataclass(frozen=True)
class FastEmbedder:
    """A model run by fastembed on ONNX Runtime. Any thread may use it."""

    name: str
    dimension: int
    model: TextEmbedding
    prompt: str = ""

    def embed(self, texts: Sequence[str]) -> Array:
        """A row of unit length for each text, in their order: (texts × dimension)."""
        return _embedded(self.model, self.prompt, texts, self.dimension)


def load_vectors(setting: str, folder: Path, log: FilteringBoundLogger) -> Vectors | None:
    """The model that `setting` names, and its vectors from earlier starts; both are kept in
    `folder`. None where there is no model, as in `load_embedder`."""
    embedder = load_embedder(setting, folder, log)
    return Vectors(embedder, VectorFile(folder / "vectors.db", log)) if embedder else None


def load_embedder(setting: str, cache_dir: Path, log: FilteringBoundLogger) -> Embedder | None:
    """The model that `setting` names: one that fastembed knows, fetched once into `cache_dir`, or
    a folder with an ONNX model, for which no network is ever asked. Blocks for seconds, and for
    minutes while it is fetched. Nothing named, or nothing usable: None, and for the latter one
    line in the log that says what to do. Never raises."""
    setting = setting.strip()
    if not setting:
        return None
    try:
        embedder = _load(setting, cache_dir)
    except Unusable as error:
        log.warning("embeddings_off", detail=f"EMBEDDINGS: {error}; going on without")
        return None
    log.info("embeddings_loaded", model=embedder.name, dimension=embedder.dimension)
    return embedder


def _load(setting: str, cache_dir: Path) -> FastEmbedder:
    folder = _folder(setting)
    return _from_folder(folder) if folder else _by_name(setting, cache_dir)


def check_model(setting: str) -> str:
    """Where the model comes from that `setting` names, in words; nothing is loaded or fetched for
    it. Raises Unusable if it can already be said that it cannot be had."""
    setting = setting.strip()
    folder = _folder(setting)
    if folder:
        file = file_in(folder)
        _fastembed()
        return f"{file} in {folder}"
    _known(setting)
    return f"{setting}, fetched once"


def _folder(setting: str) -> Path | None:
    """The folder that is named; None if it is a model's name. Raises Unusable."""
    folder = Path(setting).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if setting.startswith(("/", ".", "~", "\\")):
        raise Unusable(f"there is no folder {setting}; correct the path")
    return None


def _known(name: str) -> type[TextEmbedding]:
    """fastembed, which knows this model. Raises Unusable."""
    fastembed = _fastembed()
    known = {str(model["model"]).lower() for model in fastembed.list_supported_models()}
    if name.lower() not in known:
        raise Unusable(
            f"there is no folder {Path(name).absolute()}, and fastembed knows no model {name}; "
            f"correct the path, or write {SUGGESTED} or another one of fastembed's list"
        )
    return fastembed


def _by_name(name: str, cache_dir: Path) -> FastEmbedder:
    fastembed = _known(name)
    model = _trying(
        lambda: fastembed(name, cache_dir=str(cache_dir / "models"), threads=THREADS),
        f"the model {name} can neither be found in {cache_dir / 'models'} nor be fetched; let "
        "this machine reach huggingface.co once, or name a folder with the model",
    )
    return _ready(name, model, _prompt(name))


def _from_folder(folder: Path) -> FastEmbedder:
    file = file_in(folder)
    broken = f"the model in {folder} cannot be used; export it again"
    config = _trying(lambda: json_in(folder / "config.json"), broken)
    name = f"{folder.name}@{_trying(lambda: digest_of(folder, file), broken)}"
    prompt = _prompt(f"{folder.name} {config.get('_name_or_path', '')}")
    pooling = _trying(lambda: pooling_in(folder), broken)
    dimension = config.get("hidden_size")
    model = _registered(folder, file, pooling, dimension)
    try:
        return _ready(name, model, prompt)
    except Unusable as error:
        # Some models give one vector a text and leave nothing to be pooled.
        with contextlib.suppress(Unusable):
            return _ready(name, _registered(folder, file, "DISABLED", dimension), prompt)
        raise error


def _registered(folder: Path, file: str, pooling: str, dimension: Any) -> TextEmbedding:
    """The model of a folder, made known to fastembed under a name of its own; no network."""
    fastembed = _fastembed()
    from fastembed.common.model_description import ModelSource, PoolingType

    name = f"{folder}/{file}#{pooling}"
    known = {str(model["model"]).lower() for model in fastembed.list_supported_models()}

    def load() -> TextEmbedding:
        if name.lower() not in known:
            fastembed.add_custom_model(
                model=name,
                pooling=PoolingType(pooling),
                normalization=True,
                sources=ModelSource(hf=name),  # must be given, is never asked
                dim=dimension if isinstance(dimension, int) else 0,
                model_file=file,
            )
        return fastembed(
            name,
            cache_dir=str(folder),
            threads=THREADS,
            specific_model_path=str(folder),
            local_files_only=True,
        )

    return _trying(load, f"the model in {folder} cannot be used; export it again")


def _ready(name: str, model: TextEmbedding, prompt: str) -> FastEmbedder:
    """The model, after it has embedded something: only that says whether it works."""
    advice = f"the model {name} does not embed a text; choose another"
    probe = _trying(lambda: _embedded(model, prompt, ["a short question?", "two"], 0), advice)
    if probe.shape[0] != 2 or not probe.any(axis=1).all():
        raise Unusable(f"{advice} (it gave {probe.shape[0]} vectors for 2 texts, or empty ones)")
    return FastEmbedder(name, probe.shape[1], model, prompt)


def _embedded(model: TextEmbedding, prompt: str, texts: Sequence[str], width: int) -> Array:
    import numpy as np

    if not texts:
        return np.zeros((0, width), np.float32)
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))  # less padding
    rows = model.embed([prompt + texts[number] for number in order], batch_size=BATCH)
    found = unit(np.stack(list(rows)))
    inverse = np.empty(len(order), np.intp)
    inverse[order] = np.arange(len(order))
    return np.ascontiguousarray(found[inverse])


def _fastembed() -> type[TextEmbedding]:
    try:
        from fastembed import TextEmbedding
        from loguru import logger
    except ImportError:
        raise Unusable(
            "the extra is not installed; run pip install 'frontdesk-bot[embeddings]'"
        ) from None
    logger.disable("fastembed")  # what it has to say, we say in one line
    return TextEmbedding


def _trying(load: Callable[[], T], advice: str) -> T:
    """What `load` gives. Raises Unusable for whatever it raises: fastembed, ONNX Runtime, the
    tokenizer and the hub each have errors of their own, and all mean that there is no model."""
    try:
        return load()
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise Unusable(f"{advice} ({reason})") from None


def _prompt(name: str) -> str:
    return next((prompt for part, prompt in _PROMPTS.items() if part in name.lower()), "")
