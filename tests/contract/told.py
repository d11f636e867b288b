"""How a contract test expects an error: by its kind in the tree of ``bot.core.errors``, and by no relative of it.

Does not look at sentences: they are each adapter's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.core import errors
from bot.core.errors import CommonthreadError, Refused


@contextmanager
def told(kind: type[CommonthreadError]) -> Iterator[pytest.ExceptionInfo[CommonthreadError]]:
    """The block raises ``kind`` as the core sees it: an adapter's own subclass counts as the core's class above it."""
    with pytest.raises(CommonthreadError) as raised:
        yield raised
    core = next(one for one in type(raised.value).__mro__ if one.__module__ == errors.__name__)
    assert core is kind, f"{type(raised.value).__name__}: {raised.value.reason}"
    assert raised.value.reason


def why(refused: BaseException) -> set[str]:
    """The words by which a Refused says why, in small letters."""
    assert isinstance(refused, Refused)
    return {refused.code, refused.kind.name.lower()}
