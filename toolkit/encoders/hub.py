"""Whether a hub model can be fetched, found out in seconds."""

from __future__ import annotations

from typing import Final

from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions

_PATIENCE: Final = 10  # seconds; huggingface_hub's own for a question, which it asks five times for each of ten files


def must_come_from_cache(options: EncoderOptions) -> bool:
    """Tell whether a hub model has to be taken from the local cache, because the hub is out of reach.

    Args:
        options: name and revision of a hub model.

    Returns:
        False if the hub answers, whatever it says.

    Raises:
        EncoderError: if the hub is out of reach and the cache does not have the model.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.utils import get_session

    if constants.HF_HUB_OFFLINE:
        reason = "HF_HUB_OFFLINE is set"
    else:
        try:
            get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
        except Exception as error:  # the HTTP library is huggingface_hub's choice, and has changed
            reason = f"{constants.ENDPOINT} cannot be reached: {error or type(error).__name__}"
        else:
            return False
    # The oldest models of sentence-transformers may be named without their owner.
    names = [options.name] if "/" in options.name else [options.name, f"sentence-transformers/{options.name}"]
    for name in names:
        try:
            snapshot_download(name, revision=options.revision, local_files_only=True)
        except FileNotFoundError:
            continue
        return True
    raise EncoderError(
        f"the model is not in the cache, and {reason}", where=f"{options.name}@{options.revision}",
        fix="Check the network, or give a folder with the model",
    )  # fmt: skip
