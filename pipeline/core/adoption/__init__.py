"""Adoption as values: the review contract, what it must show, and the patch that undoes it."""

from pipeline.core.adoption.contract import (
    Contract,
    GeneratedRecord,
    LedgerHead,
    PolicyStatus,
    ReviewedKey,
    SourceBundle,
)
from pipeline.core.adoption.evidence import EVIDENCE, missing_evidence
from pipeline.core.adoption.reverse import Cut, Reverse, cuts

__all__ = [
    "EVIDENCE",
    "Contract",
    "Cut",
    "GeneratedRecord",
    "LedgerHead",
    "PolicyStatus",
    "Reverse",
    "ReviewedKey",
    "SourceBundle",
    "cuts",
    "missing_evidence",
]
