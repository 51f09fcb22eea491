"""Where a hub model comes from: the hub if it answers, else the cache, else nowhere, and that soon."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from toolkit.encoders.hub import must_come_from_cache
from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions

OPTIONS = EncoderOptions(name="somebody/tiny", revision="v1")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return tmp_path


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    return address


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub that has nothing, but answers."""

    class Refuse(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Refuse)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()


def remember(cache: Path, name: str, revision: str) -> None:
    """Lay a model into the cache, as huggingface_hub does."""
    folder, commit = cache / f"models--{name.replace('/', '--')}", "0" * 40
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / revision).write_text(commit, "utf-8")
    (folder / "snapshots" / commit).mkdir(parents=True)
    (folder / "snapshots" / commit / "config.json").write_text("{}", "utf-8")


def test_a_hub_that_answers_is_asked(cache: Path, hub: None) -> None:
    assert must_come_from_cache(OPTIONS) is False


def test_without_the_hub_the_cache_serves(cache: Path, nobody: str) -> None:
    remember(cache, "somebody/tiny", "v1")
    remember(cache, "sentence-transformers/LaBSE", "v2")
    assert must_come_from_cache(OPTIONS)
    assert must_come_from_cache(EncoderOptions(name="LaBSE", revision="v2"))


@pytest.mark.parametrize("revision", ["v1", "v2"])
def test_without_both_it_is_said_at_once(cache: Path, nobody: str, revision: str) -> None:
    remember(cache, "somebody/tiny", "v3")
    with pytest.raises(EncoderError) as caught:
        must_come_from_cache(EncoderOptions(name="somebody/tiny", revision=revision))
    said = str(caught.value)
    assert said.startswith(f"somebody/tiny@{revision}: the model is not in the cache, and {nobody} cannot be reached: ")
    assert said.endswith(". Check the network, or give a folder with the model")


def test_who_wants_no_network_has_none(cache: Path, hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="not in the cache, and HF_HUB_OFFLINE is set"):
        must_come_from_cache(OPTIONS)
    remember(cache, "somebody/tiny", "v1")
    assert must_come_from_cache(OPTIONS)
