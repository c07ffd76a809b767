"""Makes bot/understanding/data/common-words.txt: how common words are, per language.

    python -m benchmarks.training.words DATA_DIR [--held-out rows.csv]

DATA_DIR holds mood/*.csv (columns text, lang). Repeated texts count once. A thousand texts of each
language are kept out of the counts, always the same ones, to measure on; --held-out writes them.
Names, rude words, numbers and words that came in from English are dropped.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.understanding import text as texts

LANGUAGES = ("en", "ru", "tr", "lv", "pl")
HELD_OUT = 1000  # texts of each language
WORDS = 4000  # of each language at most
STEP = 0.1  # of the decimal logarithm: how finely frequencies are told apart
NAME_SHARE = 0.7  # of the times inside a sentence a name is written with a capital
BORROWED = 8.0  # times as common in English: the English word, not one of the other language
TARGET = Path(__file__).parents[2] / "bot/understanding/data/common-words.txt"

_PLACEHOLDER = re.compile(r"\[[A-Z]+\]|[@#]\w+|https?://\S+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_RUDE = {
    "en": "fuck shit bitch cunt dick asshole bastard whore slut nigg fag cock pussy damn crap "
    "retard wank piss douche arse ass bullshit dumbass porn sex rape",
    "ru": "хуй хуе хуё хуи хер еба ёба еб ёб бля пизд муда сук суч гандон говн дерьм жоп срат "
    "насра ублюд шлюх пидор педик дроч секс",
    "tr": "sik amk amina orospu pic got bok siktir yarrak ibne gerizek kaltak serefsiz kahpe "
    "pezevenk seks",
    "lv": "pist pisa pis dirs sud sūd mauk bļa bla kuc pimp idiot stulb seks",
    "pl": "kurw jeb pierd chuj huj pizd dup gown cip suk dziwk cwel pedal sra seks",
}


def rows(folder: Path) -> dict[str, list[str]]:
    """Language → its texts, each once, in an order that is always the same and means nothing."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted((folder / "mood").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                text = texts.normalise(_PLACEHOLDER.sub(" ", row["text"]))
                found[row["lang"]].setdefault(" ".join(texts.tokens(text)), text)
    return {
        lang: [texts_of[key] for key in sorted(texts_of, key=_order) if key]
        for lang, texts_of in found.items()
    }


def _order(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def count(language: str, samples: Iterable[str]) -> tuple[Counter[str], int]:
    """How often each folded word occurs that is no name, number or rude word; and all words."""
    words: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for sample in samples:
        words.update(map(texts.fold, texts.tokens(sample, language)))
        for word in _inside_sentences(sample):
            folded = texts.fold("".join(texts.tokens(word, language)))
            inside[folded] += 1
            capital[folded] += word[0].isupper() and not word.isupper()
    total = words.total()
    names = {w for w, times in capital.items() if times > NAME_SHARE * inside[w]}
    rude = tuple(texts.fold(stem) for stem in _RUDE[language].split())
    kept = {
        word: times
        for word, times in words.items()
        if word.isalpha()
        and word not in names
        and not word.startswith(rude)
        and word.isascii() == (language != "ru")
    }
    return Counter(kept), total


def _inside_sentences(sample: str) -> Iterator[str]:
    """The words that do not begin a sentence: there a capital letter says nothing."""
    for sentence in re.split(r"[.!?…:;\"«„“\n-]+", sample):
        yield from _WORD.findall(sentence)[1:]


def table(counts: dict[str, tuple[Counter[str], int]]) -> str:
    """The file: a line for each language and frequency, the commonest first."""
    english, english_total = counts["en"]
    lines = []
    for language, (words, total) in counts.items():
        steps: defaultdict[int, list[str]] = defaultdict(list)
        for word, times in sorted(words.most_common(), key=_rank):
            here, there = times / total, english[word] / english_total
            if language != "en" and there > BORROWED * here:
                continue
            if sum(map(len, steps.values())) < WORDS:
                steps[round(math.log10(1e6 * here) / STEP)].append(word)
        lines += [f"{lang_step(language, step)} {' '.join(ws)}" for step, ws in steps.items()]
    return "\n".join(lines) + "\n"


def _rank(item: tuple[str, int]) -> tuple[int, str]:
    """Of words that are as common as each other, any may be left out: not always the last of the
    alphabet."""
    return -item[1], _order(item[0])


def lang_step(language: str, step: int) -> str:
    """How a line begins: the language, and how often a million words have each word of the line."""
    return f"{language} {10 ** (step * STEP):.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--held-out", type=Path)
    arguments = parser.parse_args()
    samples = rows(arguments.data)
    counts = {lang: count(lang, samples[lang][HELD_OUT:]) for lang in LANGUAGES}
    TARGET.write_text(table(counts), "utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")
    if arguments.held_out:
        with arguments.held_out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("text", "lang"))
            writer.writerows((t, lang) for lang in LANGUAGES for t in samples[lang][:HELD_OUT])


if __name__ == "__main__":
    main()
