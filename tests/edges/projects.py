"""A small project with a ladder of foreign stages, as files; tests write it and spoil it."""

from __future__ import annotations

from pathlib import Path

from tests import policies

ENVELOPE = (
    "{allow_ops: [read, write, run], allow_paths: ['out/**'], deny_paths: [], network: none, "
    'max_budget_usd: "0"}'
)

FILES = {
    "pipeline": "project: tea\ndefault_ladder: kettle\n",
    "ladders/kettle": f"""\
ladder: kettle
target: pot
gate: kitchen
channel: home
stages:
  - id: water
    phase: pre-deploy
    steps: [{{task: tea.fill, with: {{litres: 1}}}}]
    envelope: {ENVELOPE}
  - id: boil
    alias: heat
    phase: pre-deploy
    steps: [{{task: tea.boil}}]
    envelope: {ENVELOPE}
  - id: pour
    phase: post-deploy
    steps: [{{task: tea.pour}}]
    envelope: {ENVELOPE}
    effect: live
""",
    "targets/pot": "target: pot\ndriver: none\n",
    "policies/promotion": policies.family("promotion", policies.promotion()),
    "policies/verification": "family: verification\npolicies: []\n",
    "policies/canary": "family: canary\npolicies: []\n",
    "policies/approval_authority": "family: approval_authority\npolicies: []\n",
    "approvals/pot": policies.approval_file(),
}


SPOILT = {
    "pipeline": """\
project: tea
default_ladder: ketle
store: s3:bucket
signer: {kind: cloud, algorithm: rsa}
version: {source: git, tag_patern: "v*"}
""",
    "ladders__kettle": """\
ladder: kettle
target: pott
gate: kitchen
chanel: home
stages:
  - id: ../water
    phase: post-deploy
    steps:
      - task: tea.fill
        with: {litres: 1.5, hot: on, often: 010, deep: {er: 1}}
    envelope:
      allow_ops: [read, wirte]
      allow_paths: ["../out/**", /abs]
      deny_paths: []
      network: indx
      max_budget_usd: 0
    timeout: 600
    retries: 1
    retries: 2
    emits: [slsa.dev/provenance]
    imports: {ladder: samovar, stage: boil}
  - id: boil
    alias: boil
    phase: pre-deploy
    steps: []
    envelop: {}
    manual: "yes"
  - id: boil
    phase: after-deploy
    steps: [{task: tea boil}]
    envelope: *same
    timeout:
""",
    "ladders__samovar": """\
ladder: samowar
target: pot
gate: kitchen
channel: home
stages: []
""",
    "targets__pot": """\
target: pot
driver: local
service: {command: ["{pyton}", "-m", "tea"]}
smoke:
  - {id: metrics, path: /metrics, session: required, expect: {status: 2000}}
  - {id: metrics, path: ../etc, expect: {}}
bake: 1:30
windows:
  - {reason: holidays, from: "2030-12-20T00:00:00Z", until: "2030-12-19T00:00:00Z"}
  - {reason: holidays, from: 2030-12-20, until: "2030-02-30T00:00:00Z"}
""",
    "policies__promotion": """\
family: promotion
policies:
  - {id: promotion_policy.tin, target: tin, trust: anybody, anchor: required, origin: live}
""",
    "policies__verification": None,
    "policies__promotoin": "family: promotoin\n",
    "trust": """\
principals:
  - name: ada
    kind: person
    keys:
      - pem: "-----BEGIN PRIVATE KEY-----"
        algorithm: ed25519
        custody: local
        valid_from: "2030-01-01T00:00:00Z"
        valid_until: "2029-01-01T00:00:00Z"
  - {name: ada, kind: robot}
roles:
  approver: [ada, eve]
  aprover: [ada]
""",
}
"""Changes to it (as `write` takes them) with every kind of fault."""


def write(root: Path, **changes: str | None) -> Path:
    """Write the project's files; a change names a file (`ladders__kettle`), None leaves it out."""
    spoilt = {name.replace("__", "/"): text for name, text in changes.items()}
    for name, text in {**FILES, **spoilt}.items():
        if text is not None:
            path = root / "config" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root
