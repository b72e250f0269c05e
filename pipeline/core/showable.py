"""Text that people are shown: which characters would let it be shown as something other than it is.

Control characters move the cursor or recolour a terminal, bidirectional overrides turn words around
(Unicode Technical Report 36, section 2.7), a lone surrogate is no character at all.
"""

from __future__ import annotations

import re

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def unshowable(text: str) -> str | None:
    """Name the first character that cannot be shown safely, as U+202E; `None`: there is none.

    A tab and a line break are fine: whoever wants one line asks for it.
    """
    found = _UNSHOWABLE.search(text)
    return None if found is None else f"U+{ord(found.group()):04X}"
