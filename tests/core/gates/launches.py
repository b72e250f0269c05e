"""A launch about which nothing is wrong: the expected signer, a contract that is kept."""

from __future__ import annotations

from pipeline.core.launch import Launch
from pipeline.core.preflight import Preflight, contract_digest
from pipeline.core.signer import SignerKey, SignerStanding
from tests.core.gates.signed import EARLIER, LATER
from tests.proof import making

KNOWN = SignerKey(
    key=str(making.P256.public.key_id),
    principal="local",
    algorithm="ecdsa-p256",
    custody="local",
    valid_from=EARLIER,
    valid_until=LATER,
    revoked=False,
)
SIGNER = SignerStanding(
    expected=KNOWN.key,
    principal=None,
    local=KNOWN.key,
    known=KNOWN,
    unable=(),
    proven=KNOWN.key,
)
PREFLIGHT = Preflight(contract=str(contract_digest(())), provided=(), present=())
LAUNCH = Launch(preflight=PREFLIGHT, signer=SIGNER)
