"""A small project with a ladder of foreign stages, as files; tests write it and spoil it."""

from __future__ import annotations

from pathlib import Path

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
    "policies/promotion": """\
family: promotion
policies:
  - id: promotion_policy.pot
    target: pot
    trust: rehearsal
    anchor: not_required
    origin: local_or_synthetic_proof
""",
    "policies/verification": "family: verification\npolicies: []\n",
    "policies/canary": "family: canary\npolicies: []\n",
    "policies/approval_authority": "family: approval_authority\npolicies: []\n",
}


def write(root: Path, **changes: str | None) -> Path:
    """Write the project's files; a change names a file (`ladders__kettle`), None leaves it out."""
    spoilt = {name.replace("__", "/"): text for name, text in changes.items()}
    for name, text in {**FILES, **spoilt}.items():
        if text is not None:
            path = root / "config" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root
