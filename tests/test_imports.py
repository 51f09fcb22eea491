"""`import toolkit` and `bitext --help` stay light."""

import subprocess
import sys

import pytest

HEAVY = ("datasets", "huggingface_hub", "joblib", "numpy", "pandas", "pyarrow", "pydantic", "ray", "scipy",
         "sentence_transformers", "torch", "yaml")  # fmt: skip


@pytest.mark.parametrize("module", ["toolkit", "toolkit.cli"])
def test_command_line_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; "
    code += f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_embedded_encoder_needs_no_torch() -> None:
    code = "import sys; from toolkit.encoders import load_encoder; from toolkit.options import EncoderOptions; "
    code += "load_encoder(EncoderOptions()).encode(['Привет', 'Hello']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
