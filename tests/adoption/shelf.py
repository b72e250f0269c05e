"""The bakery with two climbed releases, of which the first is adopted; and what tests do to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.adoption import Contract
from pipeline.core.canonical import digest_of
from pipeline.errors import LadderError, UntrustedError
from pipeline.flows import adopt as flow
from pipeline.operations.adoption.verifying import verify_all
from pipeline.operations.workspace import Workspace
from tests.climbing import bakery, project
from tests.tasks.calling import photograph

FIRST, SECOND = "1.0", "1.1"
GITIGNORE = "/.release-ladder/\n/artifacts/\n__pycache__/\n"


def make(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - fields of policies
    """Make the bakery with two releases, both at the top of the ladder, none adopted."""
    root = bakery.make(folder, **changes)
    bakery.climb(root)
    project.git(root, "commit", "--quiet", "--allow-empty", "--message=More bread")
    project.git(root, "tag", f"v{SECOND}")
    bakery.climb(root)
    return root


def run_of(root: Path, version: str) -> Path:
    """Return the evidence folder of a release."""
    runs = (root / "artifacts" / "release-evidence" / "home").iterdir()
    (found,) = (
        run
        for run in runs
        if json.loads(next(run.glob("*-deploy/run.json")).read_bytes())["version"] == version
    )
    return found


def reviewed(root: Path, version: str) -> Path:
    """Write the review contract of a release, and return its file."""
    found = flow.review(Workspace.open(root), run_of(root, version), dry_run=False)
    assert found.path is not None
    return root / found.path


def adopted(
    root: Path, version: str, *, who: str = "Ada", reference: str = "minutes of Friday"
) -> flow.Done:
    """Review a release and adopt it."""
    return applied(root, reviewed(root, version), who=who, reference=reference)


def applied(
    root: Path, file: Path, *, who: str = "Ada", reference: str = "PR 7", dry_run: bool = False
) -> flow.Done:
    """Apply a review contract."""
    workspace = Workspace.open(root)
    return flow.apply(workspace, file, adopter=who, reference=reference, dry_run=dry_run)


def reverted(root: Path, name: str) -> flow.Done:
    """Undo an adoption."""
    return flow.revert(Workspace.open(root), name, dry_run=False)


def verified(root: Path) -> dict[str, Any]:
    """Verify the whole of `releases/`."""
    return verify_all(Workspace.open(root))


def releases(root: Path) -> dict[str, str]:
    """Return path → digest of everything below `releases/`; folders count too."""
    found = {}
    for path in sorted((root / "releases").rglob("*")):
        name = path.relative_to(root).as_posix()
        found[name] = (
            hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else f"folder, {path.stat().st_mode:o}"
        )
    return found


def aside(root: Path) -> list[str]:
    """Return what lies where adoptions are prepared."""
    return sorted(path.name for path in (root / ".release-ladder" / "adoption").glob("*"))


def set_of(root: Path, version: str) -> Path:
    """Return an adopted release's folder."""
    (found,) = (root / "releases").glob(f"home__kitchen__{version}__*")
    return found


def rewritten(file: Path, **changes: Any) -> Path:  # noqa: ANN401 - fields of the contract
    """Change fields of a contract, with a hash that is right again, as a forger would."""
    value = json.loads(file.read_bytes()) | changes
    del value["contract_hash"]
    whole = {**value, "contract_hash": str(digest_of(value))}
    file.write_bytes(Contract.from_json(whole).to_bytes())
    return file


def refused(root: Path, file: Path, kind: type[LadderError], who: str = "Ada") -> str:
    """Apply a contract, which is refused and changes nothing, dry or not."""
    before = photograph(root)
    with pytest.raises(kind) as dry:
        applied(root, file, who=who, dry_run=True)
    with pytest.raises(kind) as wet:
        applied(root, file, who=who)
    assert dry.value.what == wet.value.what
    assert photograph(root) == before
    return wet.value.what


def distrusted(root: Path) -> str:
    """Verify the whole of `releases/`, which is refused, and say why."""
    with pytest.raises(UntrustedError) as error:
        verified(root)
    return error.value.what
