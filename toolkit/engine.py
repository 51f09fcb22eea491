"""Run pure functions over tasks: in the processes of this machine, or unchanged on a Ray cluster.

A task is small: a table of some thousand rows, or the names of the files where rows are. Results come back in the order
of the tasks, however many workers there are and whoever is done first, so an engine cannot change a byte of an output.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from toolkit.errors import EngineError, ToolkitError

if TYPE_CHECKING:
    import pyarrow as pa

Task = TypeVar("Task")
Result = TypeVar("Result")
_Outcomes = Generator["_Outcome", None, None]
OnTask = Callable[[int, int], None]
TableFunction = Callable[["pa.Table"], "pa.Table"]

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_AHEAD: Final = 2  # tasks for each worker that are handed out before the first result is taken: they hold memory
_WORTH: Final = 0.5  # seconds of work that are done here before workers are started, each of which takes two
_IDLE: Final = 20  # seconds after which a worker without work ends, also when its parent was killed


@dataclass(frozen=True)
class Engine:
    """Where functions run.

    Attributes:
        runner: `native` runs in processes of this machine; `ray` on a cluster.
        address: of a running Ray cluster (`host:6379`, `ray://host:10001`, `auto`); None starts one on this machine.
        workers: processes of this machine; None: one for each core that this process may use, if there is enough work.
        on_task: told how many tasks of a map are done, and of how many; stays in this process.
    """

    runner: Literal["native", "ray"] = "native"
    address: str | None = None
    workers: int | None = None
    on_task: OnTask = field(default=lambda done, of: None, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[Engine], tuple[Any, ...]]:
        return Engine, (self.runner, self.address, self.workers)

    def in_one_process(self) -> Engine:
        """Return this engine for functions of which each process would load a big model: native ones run here."""
        return replace(self, workers=1)

    def map(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Yield the results of a function for tasks, in their order, as they are needed.

        Args:
            function: pure; it and its tasks and results can be pickled. Nothing that it does depends on which process
                runs it, or after what.
            tasks: one alone runs in this process.

        Raises:
            ToolkitError: what the function raises.
            EngineError: if it raises anything else, or its process is gone.
        """
        run = partial(_run, function)
        if self.runner == "ray" and tasks:
            outcomes = _on_ray(run, tasks, self.address)
        elif len(tasks) < 2 or self.workers == 1:
            outcomes = _in_this_process(run, tasks)
        elif self.workers is None:
            outcomes = _in_processes_if_worth(run, tasks)
        else:
            outcomes = _in_processes(run, tasks, self.workers)
        with closing(outcomes):
            try:
                for done, outcome in enumerate(outcomes, 1):
                    result = outcome.result()
                    self.on_task(done, len(tasks))
                    yield result
            except ToolkitError:
                raise
            except Exception as error:
                detail = f"{type(error).__name__}: {str(error)[:300]}"
                raise EngineError(f"the {self.runner} engine lost its work: {detail}") from error

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
        import pyarrow as pa

        batches = [table.slice(start, rows).combine_chunks() for start in range(0, table.num_rows, rows)]
        done = [result.select(schema.names).cast(schema) for result in self.map(function, batches)]
        return pa.concat_tables([schema.empty_table(), *done]).combine_chunks()


EMBEDDED = Engine()
_has_workers = threading.Event()  # set when the first ones are started


@dataclass(frozen=True)
class _Outcome:
    """What became of a task; errors travel as values, because a cluster would wrap them in its own."""

    value: Any
    error: Exception | None = None

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


def _run(function: Callable[[Task], Result], task: Task) -> _Outcome:
    try:
        return _Outcome(function(task))
    except ToolkitError as error:
        return _Outcome(None, error)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        what = os.strerror(error.errno)
        return _Outcome(None, ToolkitError(what, where=error.filename, fix="Make room, and run it again: it goes on"))


def _in_this_process(run: Callable[[Any], _Outcome], tasks: Sequence[Any]) -> _Outcomes:
    from threadpoolctl import threadpool_limits

    for task in tasks:
        with threadpool_limits(1, user_api="blas"):  # as in a worker: the sums of two threads may differ in a last bit
            outcome = run(task)
        yield outcome


def _in_processes_if_worth(run: Callable[[Any], _Outcome], tasks: Sequence[Any]) -> _Outcomes:
    """Do the first tasks here, where no workers are, until they have taken long enough; a small corpus wants none."""
    spent, done = 0.0, 0
    while done < len(tasks) and (len(tasks) - done == 1 or (spent < _WORTH and not _has_workers.is_set())):
        began = time.perf_counter()
        outcome = next(_in_this_process(run, tasks[done : done + 1]))
        spent, done = spent + time.perf_counter() - began, done + 1
        yield outcome
    if done < len(tasks) and (workers := _cores()) > 1:
        yield from _in_processes(run, tasks[done:], workers)
    else:
        yield from _in_this_process(run, tasks[done:])


def _in_processes(run: Callable[[Any], _Outcome], tasks: Sequence[Any], workers: int) -> _Outcomes:
    from joblib import Parallel, delayed, parallel_config

    _has_workers.set()
    workers = min(workers, len(tasks))
    # Workers do not import the script that called: it may have no `if __name__ == "__main__"`.
    with parallel_config("loky", n_jobs=workers, inner_max_num_threads=1, idle_worker_timeout=_IDLE):
        parallel = Parallel(return_as="generator", batch_size=1, pre_dispatch=_AHEAD * workers, max_nbytes=None)
        asked = True
        outcomes = parallel(delayed(run)(task) for task in takewhile(lambda _: asked, tasks))
        try:
            for outcome in outcomes:  # noqa: UP028  # which would close them, and warn
                yield outcome
        except GeneratorExit:  # an outcome was an error: what is in hand is finished, for killed workers may complain
            asked = False
            deque(outcomes, maxlen=0)
        finally:
            with warnings.catch_warnings():  # that work is thrown away: after an error nobody asks for it
                warnings.simplefilter("ignore", UserWarning)
                outcomes.close()


def _cores() -> int:
    from joblib import cpu_count

    return int(cpu_count())


def _on_ray(run: Callable[[Any], _Outcome], tasks: Sequence[Any], address: str | None) -> _Outcomes:
    ray = _start_ray(address)
    remote = ray.remote(num_cpus=1)(run_remotely)
    function = ray.put(run)
    ahead = _AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)
    waiting = iter(tasks)
    running = deque(remote.remote(function, task) for _, task in zip(range(ahead), waiting, strict=False))
    while running:
        yield ray.get(running.popleft())
        running.extend(remote.remote(function, task) for _, task in zip(range(1), waiting, strict=False))


def run_remotely(run: Callable[[Any], _Outcome], task: Any) -> _Outcome:
    """Do a task in a worker of a cluster."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        return run(task)


def _knock(address: str) -> None:
    """See whether anybody listens: Ray itself would retry for ten minutes before it says that nobody does."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        fix = "Check --address (host:port), or start a cluster with: ray start --head"
        raise EngineError(f"no Ray cluster answers: {error}", where=address, fix=fix) from error


def _start_ray(address: str | None) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            import ray
    except ImportError as error:
        raise EngineError("Ray is not installed", fix="Run: pip install 'bitext-toolkit[ray]'") from error
    if address is not None and address != "auto":
        _knock(address)
    try:
        if not ray.is_initialized():
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise EngineError(f"Ray does not start: {error}", where=address) from error
    return ray
