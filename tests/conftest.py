"""What many tests need: the demo run, computed once, and a command line that runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from toolkit.workspace import Done

ROOT = Path(__file__).parent.parent

# A file goes to one process. Those that take long come first, so that no process waits for the other in the end.
LONGEST = (
    "tests/test_increment.py", "tests/test_ray.py", "tests/test_examples.py", "tests/release/documents/test_readme.py",
    "tests/test_docs.py", "tests/text/test_growth.py", "tests/test_demo.py", "tests/test_faults.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of long files before the others."""
    place = {ROOT / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """All tables and facts of the demo, from its sources to its splits."""
    from toolkit.options import load_run_config
    from toolkit.pipeline import plan_stages
    from toolkit.workspace import run_steps

    work = tmp_path_factory.mktemp("work")
    return run_steps(plan_stages(load_run_config(ROOT / "configs" / "demo.yaml"), work).steps, work)


@pytest.fixture
def bitext(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run the command line as a user does; returns exit code, stdout and stderr."""
    from toolkit.cli import run as run_command

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["bitext", *map(str, arguments)])
        code = run_command()
        out, err = capsys.readouterr()
        return code, out, err

    return run
