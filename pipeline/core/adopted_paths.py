"""Where adopted releases lie in a checkout: files that nothing is built from and no gate reads.

They are `releases/ledger.json` and each folder of `releases/` that is called as an artifact set is,
with a dot in its version: `CHANNEL__GATE__VERSION__RUN`. The dot, because a folder that has one in
its name is no package to Python, so that no import leads into it. Whatever else lies in `releases/`
is a file as any other.
"""

from __future__ import annotations

import re

FOLDER = "releases"
"""The folder of checked-in release truth, below the root of a checkout."""
LEDGER = "ledger.json"
"""Its ledger, which binds every adopted set by digest."""
_HEX = "[0-9a-f]" * 16
IGNORED = (f"/{FOLDER}/{LEDGER}", f"/{FOLDER}/*__*__*.*__{_HEX}/")
"""The same places as patterns of a `.gitignore` in the root; `SET` says in words what they say."""
SET = re.compile(rb"[^/]*__[^/]*__[^/]*\.[^/]*__[0-9a-f]{16}")
"""What a set's folder is called."""


def is_adopted(path: bytes) -> bool:
    """Tell whether a file's path, relative to the root, is the ledger or lies in a set's folder."""
    folder, _, rest = path.partition(b"/")
    name, below, _ = rest.partition(b"/")
    if folder != FOLDER.encode():
        return False
    return bool(SET.fullmatch(name)) if below else name == LEDGER.encode()
