"""Run stage functions over groups of rows on Daft: in process by default, unchanged on a Ray cluster.

Stages never see Daft; this file is the only one that does, because its API moves. A stage hands over a table, what
makes a group, and a pure function from the rows of one group to a table. Rows come to the function in the order they
have in the input, and the results come back in the order of the groups, so an engine cannot change the bytes of an
output. (Daft itself keeps no order, so groups travel as Arrow IPC bytes with their numbers.)
"""

from __future__ import annotations

import os
import pickle
import socket
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from toolkit.errors import EngineError, ToolkitError

if TYPE_CHECKING:
    import pyarrow as pa

TableFunction = Callable[["pa.Table"], "pa.Table"]

_GROUP, _ORDER, _RESULT = "__group", "__order", "__result"
_DONE, _FAILED = b"+", b"-"  # first byte of a group's result: an Arrow stream follows, or a pickled error


@dataclass(frozen=True)
class Engine:
    """Where stage functions run.

    Attributes:
        runner: `native` runs in this process; `ray` on a cluster.
        address: of a running Ray cluster (`host:6379`, `ray://host:10001`, `auto`); None starts one on this machine.
    """

    runner: Literal["native", "ray"] = "native"
    address: str | None = None

    def map_batches(self, table: pa.Table, function: TableFunction, schema: pa.Schema, *, rows: int = 1024) -> pa.Table:
        """Apply a row-local function to batches of rows.

        Args:
            table: any number of rows.
            function: pure; gets up to `rows` rows, returns any number of rows that have `schema`.
            schema: of the result.
            rows: batch size. Part of the contract: batches are the same on every engine.

        Returns:
            The batches' results, in input order.
        """
        import numpy as np

        return self._run(table, np.arange(table.num_rows) // rows, function, schema)

    def map_groups(self, table: pa.Table, key: str, function: TableFunction, schema: pa.Schema) -> pa.Table:
        """Apply a function to all rows with one value of `key` at a time.

        Args:
            table: any number of rows; nulls in `key` are a group of their own.
            key: a column of strings or integers.
            function: pure; gets the rows of one group in input order, returns any number of rows that have `schema`.
            schema: of the result.

        Returns:
            The groups' results, in order of first appearance of their key.
        """
        import numpy as np

        codes = table[key].combine_chunks().dictionary_encode(null_encoding="encode")
        return self._run(table, np.asarray(codes.indices), function, schema)

    def _run(self, table: pa.Table, groups: Any, function: TableFunction, schema: pa.Schema) -> pa.Table:
        import numpy as np
        import pyarrow as pa

        if table.num_rows == 0:
            return schema.empty_table()
        daft = _start(self.runner, self.address)
        names = table.column_names
        numbered = table.append_column(_GROUP, pa.array(groups, pa.int64()))
        numbered = numbered.append_column(_ORDER, pa.array(np.arange(table.num_rows)))
        apply = _as_udf(daft, function, table.schema, schema)
        columns = [daft.col(name) for name in [*names, _ORDER]]
        frame = daft.from_arrow(numbered).groupby(_GROUP).map_groups(apply(*columns).alias(_RESULT))
        try:
            done = frame.to_arrow()
        except Exception as error:
            detail = f"{type(error).__name__}: {str(error)[:300]}"
            raise EngineError(f"the {self.runner} engine lost its work: {detail}") from error
        parts = [_unpack(part.as_buffer()) for part in done.sort_by(_GROUP)[_RESULT]]
        return pa.concat_tables(parts).cast(schema).combine_chunks()


EMBEDDED = Engine()


def _as_udf(daft: Any, function: TableFunction, takes: pa.Schema, gives: pa.Schema) -> Any:
    """Wrap a table function as a Daft UDF that returns one group's result as Arrow IPC bytes."""

    def run_group(*columns: Any) -> list[bytes]:
        import pyarrow as pa

        arrays = [column.to_arrow() for column in columns]
        group = pa.table(arrays, names=[*takes.names, _ORDER]).sort_by(_ORDER).drop_columns([_ORDER])
        try:
            result = function(group.cast(takes).combine_chunks()).select(gives.names).cast(gives).combine_chunks()
        except ToolkitError as error:  # a runner would bury it in its own error's text
            return [_FAILED + pickle.dumps(error)]
        sink = pa.BufferOutputStream()
        sink.write(_DONE)
        with pa.ipc.new_stream(sink, gives) as writer:
            writer.write_table(result)
        return [sink.getvalue().to_pybytes()]

    with warnings.catch_warnings():
        # Daft's replacement for `udf` cannot be used in map_groups yet; the pin below 0.8 keeps `udf` alive.
        warnings.simplefilter("ignore", DeprecationWarning)
        return daft.udf(return_dtype=daft.DataType.binary())(run_group)


def _unpack(result: pa.Buffer) -> pa.Table:
    import pyarrow as pa

    if result.slice(0, 1).to_pybytes() == _FAILED:
        raise pickle.loads(result.slice(1))
    return pa.ipc.open_stream(result.slice(1)).read_all()


_started: tuple[str, str | None] | None = None


def _start(runner: str, address: str | None) -> Any:
    """Import Daft and point it at the runner; a process keeps the runner it started with."""
    global _started
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("DAFT_ANALYTICS_ENABLED", "0")
    os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
    import daft

    if _started == (runner, address):
        return daft
    if _started is not None:
        raise EngineError(
            f"this process runs on the {_started[0]} engine already, and Daft cannot change to {runner}",
            fix="Start a new process",
        )
    if runner == "ray":
        _start_ray(daft, address)
    else:
        daft.set_runner_native()
    _started = (runner, address)
    return daft


def _knock(address: str) -> None:
    """See whether anybody listens: Ray itself would retry for ten minutes before it says that nobody does."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        fix = "Check --address (host:port), or start a cluster with: ray start --head"
        raise EngineError(f"no Ray cluster answers: {error}", where=address, fix=fix) from error


def _start_ray(daft: Any, address: str | None) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise EngineError("Ray is not installed", fix="Run: pip install 'bitext-toolkit[ray]'") from error
    if address is not None and address != "auto":
        _knock(address)
    try:
        if not ray.is_initialized():
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        daft.set_runner_ray(address)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise EngineError(f"Ray does not start: {error}", where=address) from error
