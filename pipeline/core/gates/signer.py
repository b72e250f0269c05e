"""Gate `signer`: the signer in use is the expected one.

1. What was not looked at holds.
2. Where no key is named and none is there yet, the first run makes it: nothing is to compare.
3. The key of this checkout is the expected one.
4. Trust knows the expected key, and it counts now: not revoked, within its time.
5. It is the expected principal's.
6. It may sign whatever the stage has signed.
7. Where a signer was started, it has proven to hold that key. Else the public half alone was
   compared, and the finding says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.signer import SignerStanding

_TRUST = "see `invoke trust.show` for who counts; mend `signer:` in config/pipeline.yaml or trust"


def gate(case: Case) -> Iterable[Finding]:
    """Hold every stage whose signer would be another than the expected one."""
    signer = case.launch.signer
    if signer is None:  # rule 1
        yield _hold("unknown", "nobody looked at the signer")
        return
    if signer.expected is None:  # rule 2
        yield passes("signer.new", "the first run makes the local key; nothing to compare yet")
        return
    against = list(_against(signer, case.now))
    yield from against
    if against or signer.known is None:
        return
    who = f"{signer.known.principal}, {signer.known.algorithm}"
    if signer.proven is None:  # rule 7
        what = f"the public half alone was compared ({who}): no signer was started"
        yield passes("signer.compared", what, signer.expected)
    else:
        yield passes("signer.proven", f"the signer holds the expected key ({who})", signer.expected)


def _against(signer: SignerStanding, now: str) -> Iterator[Finding]:
    expected, known = signer.expected or "", signer.known
    if signer.local != expected:  # rule 3
        has = signer.local or "no key"
        yield _hold("other", f"this checkout has {has}, and {expected} is expected", expected)
    if known is None:  # rule 4
        yield _hold("untrusted", f"trust does not know the expected key {expected}", expected)
        return
    if why := known.why_not(now):  # rule 4
        yield _hold("not_valid", why, expected)
    if signer.principal not in {None, known.principal}:  # rule 5
        what = f"the expected key is {known.principal}'s, not {signer.principal}'s"
        yield _hold("principal", what, expected)
    if signer.unable:  # rule 6
        what = f"{known.principal} may not sign {', '.join(signer.unable)}"
        yield _hold("role", what, expected)
    if signer.proven not in {None, expected}:  # rule 7
        yield _hold("proof", f"the signer in use holds {signer.proven}", expected)


def _hold(how: str, what: str, *evidence: str) -> Finding:
    return Finding(
        id=f"signer.{how}", weight=Weight.HOLDS, what=what, evidence=evidence, command=_TRUST
    )
