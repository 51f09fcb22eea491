"""What the Hub's client raises, in one line and without the token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.errors import ReleaseError

_PASSING = {408, 429, 500, 502, 503, 504}
_REASONS = {  # status: what it means, what to do
    401: ("the Hub does not accept the token", "Log in again with: hf auth login, or set HF_TOKEN"),
    403: ("the token may not write there", "Use a token with write access, or have the dataset created by an owner"),
    404: ("is not there, or the token may not see it", "Check the name and the token's rights"),
    409: ("somebody else changed it meanwhile", "Look at it, and run it again"),
    412: ("somebody else changed it meanwhile, nothing was committed", "Look at it, and run it again"),
}


def is_passing(error: BaseException) -> bool:
    """Tell whether it may go well when tried again: the connection was lost, or the Hub has too much to do."""
    from huggingface_hub.errors import HfHubHTTPError, HTTPError

    cause = _http_error(error)
    if isinstance(cause, HfHubHTTPError):
        return cause.response.status_code in _PASSING
    return isinstance(cause, HTTPError | ConnectionError | TimeoutError) and not _is_offline(cause)


def explain(error: BaseException, where: str) -> ReleaseError:
    """Return an error that says what happened, where, and what to do.

    Args:
        error: what the client raised.
        where: the dataset.
    """
    from huggingface_hub.errors import HfHubHTTPError

    cause = _http_error(error)
    again = "Run it again; it goes on where it stopped"
    if isinstance(cause, HfHubHTTPError):
        status = cause.response.status_code
        what, fix = _REASONS.get(status, ("the Hub refused", again))
        said = _without_token(cause.server_message or "")
        return ReleaseError(f"{what} (HTTP {status}{': ' if said else ''}{said})", where=where, fix=fix)
    if _is_offline(cause):
        return ReleaseError("the client is told to stay offline", where=where, fix="Unset HF_HUB_OFFLINE")
    if is_passing(error):
        what = f"the connection to the Hub was lost ({type(cause).__name__}: {_without_token(str(cause))})"
        return ReleaseError(what, where=where, fix=again)
    said = _without_token(str(cause)).rstrip(".")
    return ReleaseError(f"cannot be published ({type(cause).__name__}: {said})", where=where, fix=again)


@contextmanager
def quiet_client() -> Iterator[None]:
    """Keep the client's own bars and warnings from stderr; what matters of them is in our progress and errors."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars, logging

    had_bars, verbosity = not are_progress_bars_disabled(), logging.get_verbosity()
    if had_bars:
        disable_progress_bars()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bars:
            enable_progress_bars()


def _http_error(error: BaseException) -> BaseException:
    """Return the HTTP error that an error was raised from, as the client wraps those of uploads; else itself."""
    from huggingface_hub.errors import HTTPError

    cause: BaseException | None = error
    while cause is not None:
        is_http = isinstance(cause, HTTPError)
        if is_http:
            return cause
        cause = cause.__cause__
    return error


def _is_offline(error: BaseException) -> bool:
    from huggingface_hub.errors import OfflineModeIsEnabled

    return isinstance(error, OfflineModeIsEnabled)


def _without_token(text: str) -> str:
    """Return what a server or library said without the token, which a careless one may repeat."""
    from huggingface_hub import get_token

    token = get_token()
    return text.replace(token, "<token>") if token else text
