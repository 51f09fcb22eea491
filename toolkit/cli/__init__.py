"""The command line: parse arguments, import inside the callback, call, echo.

Data goes to stdout and talk to stderr. A `ToolkitError` becomes one line and exit code 2, and so does what the system
refuses: a full disk, a folder without permission. An interrupt or a request to terminate becomes one line and 130 or
143, however early it comes: nothing but the interpreter is loaded before the signals are ours. Anything else is a bug
and keeps its traceback.
"""

from __future__ import annotations

import errno
import os
import signal
import sys

TYPE_CHECKING = False  # as typing has it
if TYPE_CHECKING:
    from typing import Any

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_INTERRUPTED = "interrupted; a build or a training goes on from here when it is started again"
_stopped: list[int] = []  # the signals that came, the first of which decides


class Stopped(BaseException):
    """The user, or the system, wants the command to end; no `except Exception` holds it up."""


def main() -> None:
    """Run the command line as a process of its own, and end it."""
    try:
        code = run(listening=True)
        _listen(signal.SIG_DFL)  # while modules clean up: no more to say, and no traceback
    except Stopped:  # a second signal while the first one is answered
        _listen(signal.SIG_DFL)
        _say(_INTERRUPTED)
        code = 128 + _stopped[0]
    sys.exit(code)


def run(*, listening: bool = False) -> int:
    """Run the command line and turn expected errors into one line; return the exit code.

    Args:
        listening: whether signals are ours; they are not where this is called from other Python.
    """
    try:
        if listening:
            sys.unraisablehook = _repeat
            _listen(_stop)
        return _run()
    except BaseException as error:
        if _stopped or isinstance(error, KeyboardInterrupt):
            number = _stopped[0] if _stopped else signal.SIGINT  # whatever a library made of it
            if listening:
                _listen(signal.SIG_DFL)
            _say(_INTERRUPTED)
            return 128 + number
        if isinstance(error, SystemExit):
            return error.code if isinstance(error.code, int) else int(error.code is not None)
        if not isinstance(error, OSError | MemoryError):
            raise
        return _refused(error)


def _listen(handler: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup, or the background job of a shell
            signal.signal(number, handler)


def _run() -> int:
    import click

    from toolkit.cli.commands import bitext
    from toolkit.errors import ToolkitError

    try:
        code = bitext(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort as error:
        raise KeyboardInterrupt from error
    except ToolkitError as error:
        _say(f"error: {error}")
        return 2


def _refused(error: OSError | MemoryError) -> int:
    """Say what the system refused; nothing, where a reader such as `head` has had enough."""
    from contextlib import suppress

    if sys.stdout is not None:
        with suppress(OSError, ValueError):  # what is left to print can go nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, MemoryError):
        _say("error: this machine has too little memory for it")
        return 2
    if error.errno == errno.EPIPE:
        return 1
    from toolkit.errors import ToolkitError

    fix = "Make room, also where TMPDIR is" if error.errno in _FULL else None
    _say(f"error: {ToolkitError(error.strerror or str(error), where=error.filename, fix=fix)}")
    return 2


def _say(line: str) -> None:
    """Print a line on stderr, if there is one."""
    from contextlib import suppress

    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)


def _stop(number: int, _: Any) -> None:
    _stopped.append(number)
    raise Stopped


def _repeat(lost: Any) -> None:
    """Send a signal again that came where nothing can be raised, as in a finaliser; it would be lost."""
    if isinstance(lost.exc_value, Stopped):
        import threading

        threading.Timer(0.05, os.kill, (os.getpid(), _stopped[0])).start()
    else:
        sys.__unraisablehook__(lost)
