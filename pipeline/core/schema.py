"""JSON Schemas of the configuration files, made from the models, for editors and other tools.

They say what may be written where; rules between fields and files are `invoke check`'s to tell.
"""

from typing import Any

from pipeline.core.baseline.model import Baseline
from pipeline.core.config import Project, TargetConfig, TrustConfig
from pipeline.core.ladder import Ladder
from pipeline.core.model import Model
from pipeline.core.policies import FAMILIES, ReleaseApproval
from pipeline.core.registry import Registry
from pipeline.core.reviews.model import Reviews

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://release-ladder.readthedocs.io/schemas/"
MODELS: dict[str, type[Model]] = {
    "pipeline": Project,
    "ladder": Ladder,
    "target": TargetConfig,
    "trust": TrustConfig,
    "approval": ReleaseApproval,
    "registry": Registry,
    "baseline": Baseline,
    "reviews": Reviews,
    **FAMILIES,
}
"""Kind of file to its model; of a policy file the kind is its family."""


def schemas() -> dict[str, dict[str, Any]]:
    """Return file name (`ladder.schema.json`) to JSON Schema (draft 2020-12)."""
    return {file_name(kind): _schema(kind, model) for kind, model in MODELS.items()}


def file_name(kind: str) -> str:
    """Return the name of the file in which the schema of a kind is written."""
    return f"{kind}.schema.json"


def _schema(kind: str, model: type[Model]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": DIALECT,
        "$id": BASE + file_name(kind),
        **schema,
        "title": f"Release Ladder: {kind.replace('_', ' ')}",
    }
