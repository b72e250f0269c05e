"""The texts, names, digests and times that a posture document may carry, checked before shown."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _showable(text: str) -> str:
    """Refuse what would be shown as something other than it is."""
    if found := _UNSHOWABLE.search(text):
        message = f"contains the character U+{ord(found.group()):04X}, which cannot be shown safely"
        raise ValueError(message)
    return text


def _one_line(text: str) -> str:
    """Refuse line breaks and tabs where a name stands."""
    if "\n" in text or "\t" in text:
        message = "contains a line break or a tab; a name is one line"
        raise ValueError(message)
    return text


def _moment(text: str) -> str:
    """Refuse a time that the calendar does not know."""
    datetime.fromisoformat(text)
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=8192), AfterValidator(_showable)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=512),
    AfterValidator(_showable),
    AfterValidator(_one_line),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Moment = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"),
    AfterValidator(_moment),
]
