"""`check-report/v1`: one verdict for each check of the artifacts."""

from __future__ import annotations

from pipeline.core.model import Model
from pipeline.core.predicates.fields import CheckVerdict, Text


class Check(Model):
    """One check: what it found, or why it could not run."""

    id: Text
    verdict: CheckVerdict
    reason: Text
    details: tuple[Text, ...] = ()
    todo: Text | None = None
    """What lets it pass, where the check knows better than to mend what it names."""


class AdvisorySource(Model):
    """A source of advisories: whether it could be asked, and the date of its data."""

    name: Text
    verdict: CheckVerdict
    reason: Text
    data_date: Text | None


class CheckReport(Model):
    """The verdicts of all checks of a release's artifacts."""

    checks: tuple[Check, ...]
    advisory_sources: tuple[AdvisorySource, ...]
