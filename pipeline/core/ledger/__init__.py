"""The ledger of everything adopted: entries, file, the objects that they number, the fold."""

from pipeline.core.ledger.entry import Entry, Pins
from pipeline.core.ledger.file import Ledger
from pipeline.core.ledger.fold import Adopted, Adopting, adopt, audit
from pipeline.core.ledger.objects import Draft, Kind, Numbered, Objects

__all__ = [
    "Adopted",
    "Adopting",
    "Draft",
    "Entry",
    "Kind",
    "Ledger",
    "Numbered",
    "Objects",
    "Pins",
    "adopt",
    "audit",
]
