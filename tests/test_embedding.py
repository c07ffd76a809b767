"""Loading a sentence model for real, and every way in which there may be none."""

import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import CapturingLogger

from bot.app import App
from bot.domain import Address
from bot.embedding import load_embedder, load_vectors
from bot.mind import build_mind
from bot.understanding.embeddings import Embedder, Vectors
from bot.vector_file import VectorFile
from tests import tiny_model

pytest.importorskip("fastembed")
pytest.importorskip("onnx")


class Log(CapturingLogger):
    """Keeps what is logged; `said` is each event with its detail."""

    @property
    def said(self) -> list[str]:
        return [f"{call.args[0]}: {call.kwargs.get('detail', '')}" for call in self.calls]


@pytest.fixture
def log() -> Any:
    return Log()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.save(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks the network in these tests fails."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)


def loaded(folder: Path, tmp_path: Path, log: Any) -> Embedder:
    embedder = load_embedder(str(folder), tmp_path, log)
    assert embedder, log.said
    return embedder


# --- a model that works --------------------------------------------------------------------------


def test_a_folder_is_loaded_and_like_texts_get_like_vectors(
    folder: Path, tmp_path: Path, log: Any
) -> None:
    """A model in a folder is run by fastembed, and what means the same lies close together."""
    embedder = loaded(folder, tmp_path, log)
    rows = embedder.embed(["refund", "money", "a parcel", "shoes and sneakers"])
    assert rows.shape == (4, embedder.dimension) == (4, tiny_model.DIMENSION)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    likeness = rows @ rows[0]
    assert likeness[1] > 0.9 > likeness[2]
    assert log.said == ["embeddings_loaded: "]


def test_a_text_has_the_same_vector_in_any_company(folder: Path, tmp_path: Path, log: Any) -> None:
    """Order is kept, and a short text is not changed by the padding that a long one brings."""
    embedder = loaded(folder, tmp_path, log)
    some = ["money refund parcel " * 5, "shoes", "", "package", "shoes"] * 40
    together = embedder.embed(some)
    alone = np.concatenate([embedder.embed([text]) for text in some[:5]])
    assert np.allclose(together[:5], alone, atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_model_that_pools_by_itself_works_too(tmp_path: Path, log: Any) -> None:
    """Some exported models give one vector a text; nothing has to be said about it."""
    embedder = loaded(tiny_model.save(tmp_path / "pooled", pooled=True), tmp_path, log)
    rows = embedder.embed(["refund", "parcel"])
    assert rows.shape == (2, 3)
    assert rows[0].argmax() == 0


def test_the_same_folder_can_be_loaded_twice_in_a_process(
    folder: Path, tmp_path: Path, log: Any
) -> None:
    """A reload gives the same model again, under the same name."""
    first, second = (loaded(folder, tmp_path, log) for _ in range(2))
    assert first.name == second.name
    assert np.array_equal(first.embed(["money"]), second.embed(["money"]))


def test_another_model_in_the_same_folder_has_another_name(tmp_path: Path, log: Any) -> None:
    """Vectors of a model that was replaced are of no use to the new one."""
    before = loaded(tiny_model.save(tmp_path / "model"), tmp_path, log).name
    after = loaded(tiny_model.save(tmp_path / "model", pooled=True), tmp_path, log).name
    assert before != after


# --- none ----------------------------------------------------------------------------------------


def test_nothing_set_is_nothing_loaded_and_nothing_said(tmp_path: Path, log: Any) -> None:
    """Embeddings are off unless asked for."""
    assert load_embedder("  ", tmp_path, log) is None
    assert load_vectors("", tmp_path, log) is None
    assert log.said == []


def test_without_the_extra_one_line_says_how_to_install_it(
    folder: Path, tmp_path: Path, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is there, the library is not."""
    monkeypatch.setitem(sys.modules, "fastembed", None)
    assert load_vectors(str(folder), tmp_path, log) is None
    assert len(log.said) == 1
    assert "pip install 'frontdesk-bot[embeddings]'" in log.said[0]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("/no/such/folder", "there is no folder /no/such/folder"),
        ("./models/tiny", "there is no folder ./models/tiny"),
        ("nobody/knows-this", "fastembed knows no model nobody/knows-this"),
        ("models/tiny", f"there is no folder {Path.cwd()}/models/tiny"),
    ],
)
def test_a_name_that_leads_nowhere_is_one_line(
    setting: str, named: str, tmp_path: Path, log: Any
) -> None:
    """A wrong path and a wrong name are each told as what they are; what may be either, as both."""
    assert load_embedder(setting, tmp_path, log) is None
    assert len(log.said) == 1
    assert named in log.said[0]


def test_a_model_that_cannot_be_fetched_is_one_line(
    tmp_path: Path, log: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Offline and never fetched before: the line says what to do, and nothing else is printed."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert load_embedder("sentence-transformers/all-MiniLM-L6-v2", tmp_path, log) is None
    assert len(log.said) == 1
    assert "nor be fetched" in log.said[0]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "tokenizer_config.json"])
def test_a_folder_that_lacks_a_file_is_one_line_that_names_it(
    file: str, tmp_path: Path, log: Any
) -> None:
    """What is missing is named, so that it can be put there."""
    folder = tiny_model.save(tmp_path / "model")
    (folder / file).unlink()
    assert load_embedder(str(folder), tmp_path, log) is None
    assert len(log.said) == 1
    assert f"has no {file}" in log.said[0]


@pytest.mark.parametrize(
    "file", ["model.onnx", "tokenizer.json", "tokenizer_config.json", "config.json"]
)
@pytest.mark.parametrize("content", [b"", b"\x00\xff not a model", b"[1, 2]"])
def test_a_broken_file_is_one_line_and_no_exception(
    file: str, content: bytes, tmp_path: Path, log: Any
) -> None:
    """Half a download, a wrong file: on without a model."""
    folder = tiny_model.save(tmp_path / "model")
    (folder / file).write_bytes(content)
    assert load_embedder(str(folder), tmp_path, log) is None
    assert len(log.said) == 1
    assert "export it again" in log.said[0]


async def test_customers_are_understood_by_meaning_once_the_model_is_there(
    folder: Path, tmp_path: Path
) -> None:
    """The process answers without the model at first, and with it when it has been loaded."""
    base = tmp_path / "knowledge_base"
    (base / "articles" / "en").mkdir(parents=True)
    (base / "articles" / "en" / "money.md").write_text("---\ntitle: Refund\n---\nA week.\n")
    (base / "articles" / "en" / "shoes.md").write_text("---\ntitle: Shoes\n---\nOn the left.\n")
    mind = build_mind(base, "en", date(2026, 5, 1))
    app = App(database=None, channels=(), desk=Address("slack", "C1"), knowledge_base=base)  # type: ignore[arg-type]
    app.mind = mind
    await app._embed(str(folder), tmp_path / "embeddings")
    assert app.mind is not mind
    best = app.mind.read("sneakers").matches[0]
    assert best.article.id == "shoes"
    assert best.signals["embeddings"] > 0.9
    assert (tmp_path / "embeddings" / "vectors.db").exists()


# --- vectors that are kept -----------------------------------------------------------------------


class Counting:
    """Counts what it embeds."""

    name = "counting"
    dimension = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Any) -> Any:
        self.asked += texts
        return np.array([[np.cos(len(t)), np.sin(len(t))] for t in texts], np.float32)


def test_vectors_survive_a_restart(tmp_path: Path, log: Any) -> None:
    """What was embedded once is read from the file by the next process."""
    before, after = Counting(), Counting()
    made = Vectors(before, VectorFile(tmp_path / "new" / "vectors.db", log)).of(["a", "bb", "a"])
    kept = Vectors(after, VectorFile(tmp_path / "new" / "vectors.db", log)).of(["bb", "a", "ccc"])
    assert np.array_equal(kept[:2], made[[1, 0]])
    assert before.asked == ["a", "bb"]
    assert after.asked == ["ccc"]
    assert Vectors(after).of([]).shape == (0, 2)


def test_another_model_has_vectors_of_its_own(tmp_path: Path, log: Any) -> None:
    """The same text under another model's name is embedded again."""
    other = Counting()
    other.name = "other"
    for embedder in (Counting(), other):
        Vectors(embedder, VectorFile(tmp_path / "vectors.db", log)).of(["a"])
    assert other.asked == ["a"]


def test_what_no_article_says_any_more_is_dropped(tmp_path: Path, log: Any) -> None:
    """The file does not grow for ever."""
    embedder = Counting()
    file = VectorFile(tmp_path / "vectors.db", log)
    Vectors(embedder, file).of(["old", "still there"])
    after = Vectors(embedder, file)
    after.of(["still there", "new"])
    after.forget_the_rest()
    embedder.asked.clear()
    after.of(["old", "still there", "new"])
    assert embedder.asked == ["old"]


@pytest.mark.parametrize("damage", ["header", "middle", "text"])
def test_a_damaged_file_is_started_anew(damage: str, tmp_path: Path, log: Any) -> None:
    """One line in the log, the vectors made again, and the next start finds them."""
    path = tmp_path / "vectors.db"
    many = [f"phrasing {number}" for number in range(2000)]
    expected = Vectors(Counting(), VectorFile(path, log)).of(many)
    whole = path.read_bytes()
    noise = b"\xa5" * (len(whole) - 8192)
    path.write_bytes(
        {"header": b"\xa5" * 100 + whole[100:], "middle": whole[:4096] + noise, "text": b"hello"}[
            damage
        ]
    )
    assert np.array_equal(Vectors(Counting(), VectorFile(path, log)).of(many), expected)
    assert [said.split(":")[0] for said in log.said] == ["embeddings_cache_damaged"]
    again = Counting()
    Vectors(again, VectorFile(path, log)).of(many)
    assert again.asked == []


def test_a_folder_that_cannot_be_written_costs_one_line(tmp_path: Path, log: Any) -> None:
    """The vectors are kept in memory then."""
    (tmp_path / "file").write_text("in the way")
    embedder = Counting()
    vectors = Vectors(embedder, VectorFile(tmp_path / "file" / "vectors.db", log))
    for _ in range(3):
        assert vectors.of(["a", "bb"]).shape == (2, 2)
    assert embedder.asked == ["a", "bb"]
    assert [said.split(":")[0] for said in log.said] == ["embeddings_cache_off"]


def test_several_may_write_the_file_at_once(tmp_path: Path, log: Any) -> None:
    """Each has its own connection, as two processes would; nothing is lost, nothing is said."""
    path = tmp_path / "vectors.db"

    def write(number: int) -> None:
        vectors = Vectors(Counting(), VectorFile(path, log))
        for start in range(0, 100, 20):
            vectors.of([f"text {number} {place}" for place in range(start, start + 20)])

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    reader = Counting()
    Vectors(reader, VectorFile(path, log)).of(
        [f"text {number} {place}" for number in range(4) for place in range(100)]
    )
    assert reader.asked == []
    assert log.said == []


def test_a_question_is_embedded_once_and_never_written_down(tmp_path: Path, log: Any) -> None:
    """Several languages' indexes ask for the same question; customers' words stay out of files."""
    embedder = Counting()
    vectors = Vectors(embedder, VectorFile(tmp_path / "vectors.db", log))
    first, second = vectors.of_question("Where is it?"), vectors.of_question("Where  is it?\u200b")
    assert np.array_equal(first, second)
    assert embedder.asked == ["Where is it?"]
    assert not (tmp_path / "vectors.db").exists()
    assert vectors.of_question("x" * 100_000).shape == (2,)
    assert len(embedder.asked[-1]) <= 256
