"""Says in plain words why a host could not be reached, for people who do not know the names of exceptions.

Does not connect to anything and does not decide whether to try again.
"""

from __future__ import annotations

import socket
import ssl


def in_plain_words(error: BaseException) -> str | None:
    """Why, from the error or from what caused it: a few words that complete "X cannot be reached: …".

    None where the error says nothing of the kind: a host that was reached and answered with an error of its own.
    """
    seen: BaseException | None = error
    while seen is not None:
        if words := _words(seen):
            return words
        seen = seen.__cause__
    return None


def briefly(error: BaseException) -> str:
    """As `in_plain_words`, or else the name of the error: for a log."""
    return in_plain_words(error) or type(error).__name__


def cannot_be_reached(error: BaseException, *, otherwise: str) -> str:
    """A sentence for a line that has named the host; ``otherwise`` where the host was reached."""
    why = in_plain_words(error)
    return f"It cannot be reached: {why}." if why else otherwise


def _words(error: BaseException) -> str | None:
    """For one error, by the standard library's classes: those of aiohttp derive from them or name them as cause."""
    match error:
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return "its name cannot be looked up just now (is this computer online?)"
        case socket.gaierror():
            return "no host has that name (a typing error?)"
        case ConnectionRefusedError():
            return "it refuses the connection (is it running, on that port?)"
        case ssl.SSLCertVerificationError(verify_message=str(why)):
            return f"its certificate is not to be trusted ({why.rstrip('.')})"
        case ssl.SSLCertVerificationError():
            return None  # aiohttp's own, which says nothing more; its cause does
        case ssl.SSLError():
            return "it does not speak HTTPS there (http:// instead of https://?)"
        case ConnectionResetError() | BrokenPipeError():
            return "it cut the connection off"
        case TimeoutError():
            return "it did not answer in time"
        case _:
            return None
