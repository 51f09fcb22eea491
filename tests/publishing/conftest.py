"""A release, and servers of this machine that speak as the Hub and as S3 do."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from toolkit.options import load_run_config
from toolkit.pipeline import build_dataset

ROOT = Path(__file__).parent.parent.parent
TOKEN = "hf_MARKEDsecretTOKENthatNOBODYmaySEE"


def _load(name: str) -> Any:
    """Import a file beside this one, which pytest's importlib mode leaves off the path."""
    spec = importlib.util.spec_from_file_location(f"publishing_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build a release of the demo's sources, with some facts of the release changed."""
    work = tmp_path_factory.mktemp("work")

    def make(**facts: str) -> Path:
        config = load_run_config(ROOT / "configs" / "demo.yaml")
        config = config.model_copy(update={"release": config.release.model_copy(update=facts)})
        return build_dataset(config, out=tmp_path_factory.mktemp("dist"), work=work).release

    return make


@pytest.fixture(scope="session")
def release(build: Callable[..., Path]) -> Path:
    """A release, version 0.1.0; tests may read it and must not change it."""
    return build()


@pytest.fixture(scope="session")
def other(build: Callable[..., Path]) -> Path:
    """The same name and version with another description."""
    return build(description="Other words.")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Hub on this machine, to which the client in this process talks; a token is set."""
    from huggingface_hub import close_session, constants

    with _load("loopback_hub").serve_hub(TOKEN) as server:
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        # The client reads these from the environment when it is imported, which other tests may have done.
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # its storage service speaks no HTTP API of the Hub
        yield server
        close_session()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 on this machine with an empty bucket `data`."""
    with _load("loopback_s3").serve_s3(["data"]) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "MARKEDsecret")
        yield server
