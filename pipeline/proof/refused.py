"""Why bytes were not believed: one error, and one word for each reason."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reasons for which evidence is refused; each names one rule of `verify`."""

    MALFORMED = "malformed"
    NOT_CANONICAL = "not_canonical"
    WRONG_PAYLOAD_TYPE = "wrong_payload_type"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    HIGH_S = "high_s"
    KEY_REVOKED = "key_revoked"
    KEY_NOT_YET_VALID = "key_not_yet_valid"
    KEY_EXPIRED = "key_expired"
    MALFORMED_STATEMENT = "malformed_statement"
    UNKNOWN_PREDICATE = "unknown_predicate"
    WRONG_ROLE = "wrong_role"
    WRONG_SUBJECT = "wrong_subject"
    REPLAYED = "replayed"
    WRONG_KEY = "wrong_key"
    WRONG_PRINCIPAL = "wrong_principal"
    UNVERIFIED = "unverified"


class RefusedError(ValueError):
    """Bytes that are not believed: `reason` for programs, `text` for people."""

    def __init__(self, reason: Reason, text: str) -> None:
        """Keep the reason and the words."""
        super().__init__(f"{reason.value}: {text}")
        self.reason = reason
        self.text = text
