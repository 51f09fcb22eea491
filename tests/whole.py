"""The rows of a release as tables, for tests that look at all of them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from toolkit.engine import Engine
from toolkit.release.assemble import write_runs
from toolkit.release.content import ReleaseContent
from toolkit.release.data_files import write_data
from toolkit.release.parquet import read_files
from toolkit.release.tables import CONFIGS

ALONE = Engine(workers=1)


def published_tables(content: ReleaseContent) -> dict[str, dict[str, pa.Table]]:
    """Write the rows as a build does, and read them."""
    with TemporaryDirectory() as folder:
        files = write_data(write_runs(content, Path(folder, "rows"), ALONE), Path(folder), ALONE)
        return {
            config.name: {split: read_files(paths, config.schema) for split, paths in files[config.name].items()}
            for config in CONFIGS
        }
