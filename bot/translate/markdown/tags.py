"""Which tags of a page stand as blocks of their own, and which are not for readers at all. Reads nothing itself."""

from __future__ import annotations

import re
from typing import Final

BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        "address article aside body center dd details dialog dir div dl dt fieldset figcaption figure footer form"
        " frameset header hgroup html legend main menu nav noscript optgroup option p search section summary tbody td"
        " tfoot th thead tr caption",
    )
)
SKIPPED: Final = frozenset(
    re.findall(
        r"\w+",
        "script style template head title noembed noframes param source track link meta base svg canvas datalist select"
        " textarea button rp map area col colgroup",
    )
)
