"""The texts, names, digests and times that a posture document may carry, checked before shown."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from pipeline.core.showable import unshowable


def _showable(text: str) -> str:
    """Refuse what would be shown as something other than it is."""
    if found := unshowable(text):
        message = f"contains the character {found}, which cannot be shown safely"
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
