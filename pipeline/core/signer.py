"""The signer boundary as values: the proof, and how the expected signer stands."""

from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText, Text, Time


class SignerKey(Model):
    """A key as trust has it."""

    key: str
    principal: str
    algorithm: str
    custody: str
    """Who holds the private half: `local` or `ci`."""
    valid_from: str
    valid_until: str
    revoked: bool

    def why_not(self, now: str) -> str:
        """Return why the key does not count at a time; empty when it does."""
        if self.revoked:
            return f"the key of {self.principal} is revoked"
        if now < self.valid_from:
            return f"the key of {self.principal} is valid from {self.valid_from}; now is {now}"
        if now >= self.valid_until:
            return f"the key of {self.principal} was valid until {self.valid_until}; now is {now}"
        return ""


class SignerProof(Model):
    """That the signer in use held the expected key when it was asked."""

    key: DigestText
    """Digest of its DER SubjectPublicKeyInfo (`sha256:HEX`)."""
    principal: Text
    algorithm: Text
    custody: Text
    proven_at: Time


class SignerStanding(Model):
    """The expected signer, as configuration, this checkout and trust have it."""

    expected: str | None
    """The key that must sign (`sha256:HEX`); None: the first run makes it."""
    principal: str | None
    """Whose it must be; None: nobody is named."""
    local: str | None
    """The key that this checkout has; None: none yet."""
    known: SignerKey | None
    """The expected key as trust has it; None: it does not."""
    unable: tuple[str, ...]
    """Predicate types that the stage has signed and the key's roles do not cover."""
    proven: str | None = None
    """The key that the signer in use has proven to hold; None: no signer was started.

    When it was proven is not here: every climb has a proof of its own, a decision stays the same.
    """
