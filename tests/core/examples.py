"""One example of each of our own predicates, as its file form has it."""

from __future__ import annotations

from typing import Any

from pipeline.core import statement
from pipeline.core.canonical import Digest

D, E = (str(Digest.of(word)) for word in (b"one", b"two"))
T = "2026-06-01T12:00:00Z"
FILE = {"path": "logs/step.log", "digest": D, "size": 0}
LIVE = {"empty": False, "artifact": D, "version": "1.0", "installed": E}
EMPTY = {"empty": True, "artifact": None, "version": None, "installed": None}

EXAMPLES: dict[str, dict[str, Any]] = {
    statement.STAGE_RESULT: {
        "run": D,
        "context": E,
        "target": "pot",
        "stage": "boil",
        "stage_digest": D,
        "phase": "pre-deploy",
        "attempt": 1,
        "begin": D,
        "decision": E,
        "predecessors": [D],
        "imports": [E],
        "verdict": "pass",
        "reason": "",
        "steps": [{"task": "tea.boil", "exit_code": 0}],
        "artifacts": [{"path": "artifacts/tea.whl", "digest": D, "size": 3}],
        "outputs": [{"path": "outputs/seen.txt", "digest": E, "size": 2}],
        "logs": [FILE],
        "records": [{"path": "records/tracking.json", "digest": D, "size": 2}],
        "statements": [{"path": "01-x.sigstore.json", "type": "https://x.org/y", "digest": D}],
        "envelope": {"digest": D, "enforced": "false", "findings": ["a"], "cost_usd": "0.10"},
        "started_at": T,
        "finished_at": T,
    },
    statement.OUTCOME: {
        "run": D,
        "context": E,
        "stage": "boil",
        "attempt": 2,
        "begin": D,
        "outcome": {
            "verdict": "fail",
            "reason": "cold",
            "steps": [{"task": "tea.boil", "exit_code": 1}],
            "artifacts": [],
            "outputs": [],
            "logs": [FILE],
            "drafts": [{"type": "https://x.org/y", "subjects": ["tea.whl"], "predicate": {}}],
            "envelope": {"digest": D, "enforced": "false", "findings": [], "cost_usd": "0"},
            "started_at": T,
            "finished_at": T,
        },
    },
    statement.EVIDENCE_BUNDLE: {
        "run": D,
        "context": E,
        "phase": "post-deploy",
        "closed": True,
        "journal": {"entries": 2, "head": D},
        "stages": [{"id": "boil", "verdict": "fail", "result": D}],
        "sealed_at": T,
    },
    statement.APPROVAL: {
        "run": D,
        "context": E,
        "stage": "approve",
        "target": "pot",
        "channel": "home",
        "commit": "0" * 40,
        "stage_results": [D, E],
        "artifacts": [{"name": "tea.whl", "digest": D}],
        "ladder": D,
        "policies": D,
        "trust": E,
        "live_state": D,
        "rollback_target": D,
        "shown": E,
        "authority_kind": "local_manual",
        "approver": "ada",
        "reference": "by hand",
        "reason": "tastes well",
        "nonce": "0f",
        "issued_at": T,
        "expires_at": T,
    },
    statement.CHECK_REPORT: {
        "checks": [
            {
                "id": "digests",
                "verdict": "not_run",
                "reason": "no time",
                "details": ["x"],
                "todo": "ask again",
            }
        ],
        "advisory_sources": [
            {"name": "osv", "verdict": "passed", "reason": "none", "data_date": "2026-05-30"}
        ],
    },
    statement.CANARY: {
        "rule": {"id": "rule"},
        "baseline": {"kind": "released_wheel", "version": "0.9", "digest": E},
        "canary": D,
        "samples": E,
        "requests_per_arm": 40,
        "verdict": "INCONCLUSIVE",
        "reasons": ["too few"],
        "metrics": [
            {
                "metric": "error_rate",
                "verdict": "PASS",
                "reason": "below",
                "baseline": "0.1",
                "canary": "-0.2",
                "limit": "1",
                "samples": 40,
            }
        ],
    },
    statement.DEPLOYMENT: {
        "target": "pot",
        "driver": "local",
        "artifact": {"name": "tea.whl", "digest": D},
        "version": "1.0",
        "state_before": EMPTY,
        "state_after": LIVE,
        "rollback_target": EMPTY,
        "measured": E,
        "environment": D,
        "health": "200",
        "key": D,
        "token": 3,
    },
    statement.HOLD: {
        "project": "tea",
        "target": "pot",
        "action": "lift",
        "reason": "mended",
        "actor": "Ada <ada@example.invalid>",
        "at": T,
        "number": 2,
        "previous": [D],
    },
    statement.SMOKE: {
        "target": "pot",
        "artifact": D,
        "installed": E,
        "bake_seconds": 1,
        "rounds": 2,
        "checks": [
            {"id": "page", "round": 1, "verdict": "failed", "reason": "500", "status": 500},
        ],
    },
}
