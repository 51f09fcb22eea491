"""The demo on a two-node Ray cluster, with its work in a shared folder, gives the same release, byte for byte."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A cluster needs a process of its own: Ray leaves threads and sockets behind in the one that started it.
CLUSTER = """
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
print(cluster.address, flush=True)
input()
cluster.shutdown()
"""


@pytest.fixture
def cluster() -> Iterator[str]:
    """Address of a Ray cluster with two nodes on this machine."""
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin and process.stdout
    yield process.stdout.readline().strip()
    process.communicate("\n", timeout=60)


# The demo's posts fill one part; here some.
BUILD = """
from toolkit import partitions
partitions.PART_ROWS = 16
from toolkit.cli import main
main()
"""


def build(folder: Path, *options: str) -> dict[str, bytes]:
    command = [sys.executable, "-c", BUILD, "build", "configs/demo.yaml", "--quiet",
               "--out", str(folder / "dist"), "--work", str(folder / "work"), *options]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted((folder / "dist").rglob("*")) if p.is_file()}


def test_ray_and_native_give_the_same_bytes(cluster: str, tmp_path: Path) -> None:
    native = build(tmp_path / "native")
    on_ray = build(tmp_path / "ray", "--engine", "ray", "--address", cluster)
    for name in ("native", "ray"):
        assert all(len([*(tmp_path / name).glob(f"work/*/{table}/*.parquet")]) > 2 for table in ("posts", "clean"))
    assert native.keys() == on_ray.keys()
    assert native == on_ray


def test_no_cluster_is_one_clear_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "toolkit", "build", "configs/demo.yaml", "--out", str(tmp_path / "dist"),
               "--work", str(tmp_path / "work"), "--engine", "ray", "--address", "127.0.0.1:1"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no Ray cluster answers" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "dist").exists()
