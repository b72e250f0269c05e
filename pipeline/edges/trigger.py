"""Who or what set this promotion going: the process's environment, read once, by name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline.core.trigger import VARIABLES, trigger_of

if TYPE_CHECKING:
    from pipeline.core.trigger import Trigger


def trigger() -> Trigger:
    """Return what the platform says of this process; without a platform, a person on a machine."""
    return trigger_of({name: os.environ[name] for name in VARIABLES if name in os.environ})
