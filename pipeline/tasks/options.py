"""The options of all tasks, one text each: the same option reads the same everywhere."""

from __future__ import annotations

HELP = {
    "adopter": "who adopts, by name; where the policy asks for it, a principal with that role",
    "alone": "judge the canary's samples alone: there is no baseline",
    "artifact": "what the bundle is about: a file, or sha256:HEX",
    "bundle": "verify this one Sigstore bundle, a file",
    "dry_run": "say what would be done, and do nothing",
    "evidence": "a folder of evidence from elsewhere: one phase, or the folder of both phases",
    "fresh": "verify all that was adopted anew, whatever is remembered of it",
    "from_": "the evidence of a run: one phase's folder, or the folder of both phases",
    "identity": "who signed the bundle without a key: the identity in the certificate",
    "issuer": "who vouches for --identity: an OIDC issuer's URL",
    "json": "write one JSON document to stdout; what people read goes to stderr",
    "key": "the signer's public key, a PEM file; default: this project's trust",
    "ladder": "a ladder of config/ladders; default: default_ladder of config/pipeline.yaml",
    "left": "the folder that is compared: a run's evidence",
    "lift": "end the hold; it is recorded who lifted it, and when",
    "path": "the tests that are run against what was built, a path in the release's commit",
    "pythons": "versions of Python that it is tested on; default: the pipeline's own",
    "reason": "why, in your words: it is recorded",
    "reference": "where the review can be looked up: a pull request, a ticket, minutes",
    "release": "a release's version; default: the version at HEAD",
    "revert": "undo an adoption, named by its id or its artifact set; only the newest one",
    "review": "a review contract that was looked at, a file: apply it",
    "replay": "decide an old decision again: a STAGE/decision.json, or what `why --json` has said",
    "right": "the folder that it is compared with: another run's evidence",
    "rule": "a canary rule: its id in config/policies/canary.yaml, or a file",
    "samples": "recorded samples, a samples.jsonl file",
    "schema": "write the JSON Schemas for editors into this folder, and check nothing",
    "stage": "a stage, by id or alias; promote and plan climb up to and including it; default: "
    "the next one",
    "target": "a target of config/targets; default: the default ladder's target",
    "trusted_root": "the Sigstore root that is believed, a file; default: "
    "config/trusted_root.json, else the public one",
    "twice": "build a second time, under other circumstances, and compare",
}
"""Text by parameter."""
PATHS = frozenset(
    {
        *("artifact", "bundle", "evidence", "from_", "key", "left", "path", "replay", "review"),
        *("right", "rule", "samples", "schema", "trusted_root"),
    }
)
"""The parameters that name a file or a folder, which may be called by any bytes."""
