"""A forger who makes every hash right again, without the signer's key, is found out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.core.adoption import Contract, Reverse, cuts
from pipeline.core.canonical import Digest, canonical, digest_of
from pipeline.core.ledger import Ledger, Objects
from pipeline.core.ledger.file import pinned
from pipeline.edges.hashing import tree_manifest
from tests.adoption import shelf
from tests.adoption.spoiling import swap
from tests.core.ledger.adopting import remade, written
from tests.tamper import forge


class Forger:
    """Changes an adopted release and makes every hash right again, without the signer's key."""

    def __init__(self, root: Path, version: str = shelf.SECOND) -> None:
        self.root = root
        self.folder = shelf.set_of(root, version)
        self.ledger = root / "releases" / "ledger.json"
        self.entries = [e.to_dict() for e in Ledger.parse(self.ledger.read_bytes()).entries]
        self.objects = Objects.parse(
            (self.folder / "objects.json").read_bytes(), self.folder.name
        ).to_dict()

    def seal(self, **changes: Any) -> None:  # noqa: ANN401 - fields of the newest entry
        """Write objects, newest entry, ledger and reverse patch, all fitting each other."""
        for item in self.objects["objects"]:
            item["digest"] = str(Digest.of((self.folder / item["path"]).read_bytes()))
        objects = Objects.from_json(self.objects).render()
        (self.folder / "objects.json").write_bytes(objects)
        listed = {entry["set"]: entry["objects"] for entry in self.entries}
        listed[self.folder.name] = str(Digest.of(objects))
        pins = {**self.entries[-1]["pins"], "objects_after": pinned(listed)}
        new = {"objects": str(Digest.of(objects)), "pins": pins, **changes}
        self.entries[-1] = remade(self.entries[-1], **new)
        self.ledger.write_bytes(written(self.entries))
        ledger = Ledger.parse(self.ledger.read_bytes())
        files = tree_manifest(self.folder).as_dict()
        files.pop("reverse.json")
        entry = ledger.entries[-1]
        patch = Reverse.make(entry, cuts(ledger)[entry.id], files)
        (self.folder / "reverse.json").write_bytes(patch.to_bytes())


def test_a_forger_with_all_hashes_right_still_needs_the_key(both: Path) -> None:
    forger = Forger(both)
    forger.seal()
    assert shelf.verified(both)  # the tool itself changes nothing
    forger.seal(adopter="Eve")
    assert "says something else" in shelf.distrusted(both)
    forger.seal(adopter="Ada", reference="none")
    assert "says something else" in shelf.distrusted(both)


def test_a_forged_contract_does_not_fit_the_signed_adoption(both: Path) -> None:
    forger = Forger(both)
    review = forger.folder / "review.json"
    value = json.loads(review.read_bytes())
    changes: dict[str, Any]
    for changes in (
        {"current_policies": value["context"]},
        {"ledger": {"head": None, "next_free": 1}},
        {"source_revision": "0" * 40},
        {"origin_class": "live_workflow_backed"},
        {"artifacts": []},
    ):
        body = {n: v for n, v in {**value, **changes}.items() if n != "contract_hash"}
        contract = Contract.from_json({**body, "contract_hash": str(digest_of(body))})
        review.write_bytes(contract.to_bytes())
        forger.seal(contract=contract.contract_hash)
        assert shelf.distrusted(both), changes


def test_a_predicate_that_the_signature_is_not_about_is_found(both: Path) -> None:
    forger = Forger(both)
    path = forger.folder / "adoption" / "pre-deploy" / "adoption.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), "adopter": "Eve"}))
    forger.seal()
    assert "not what the signed adoption record says" in shelf.distrusted(both)


def test_adoption_records_in_each_other_s_place_are_found(both: Path) -> None:
    forger = Forger(both)
    places = [forger.folder / "adoption" / phase for phase in ("pre-deploy", "post-deploy")]
    for name in ("adoption.sigstore.json", "adoption.json"):
        swap(*(place / name for place in places))
    forger.seal()
    assert "says something else" in shelf.distrusted(both)


def test_an_adoption_record_of_another_release_is_found(both: Path) -> None:
    forger = Forger(both)
    for phase in ("pre-deploy", "post-deploy"):
        for name in ("adoption.sigstore.json", "adoption.json"):
            theirs = shelf.set_of(both, shelf.FIRST) / "adoption" / phase / name
            shutil.copy(theirs, forger.folder / "adoption" / phase / name)
    forger.seal()
    assert "says something else" in shelf.distrusted(both)


def test_a_stranger_s_key_in_the_signer_s_place_believes_nothing(both: Path) -> None:
    forger = Forger(both)
    (key,) = (forger.folder / "keys").iterdir()
    key.write_bytes(forge.STRANGER.public.pem)
    forger.seal()
    assert "is not the file of the key" in shelf.distrusted(both)


def test_a_stranger_s_key_beside_the_signer_s_is_not_taken(both: Path) -> None:
    forger = Forger(both)
    stranger = forge.STRANGER.public
    path = f"keys/{stranger.key_id.hex}.pem"
    (forger.folder / path).write_bytes(stranger.pem)
    last = forger.objects["objects"][-1]
    extra = {**last, "number": last["number"] + 1, "kind": "key", "path": path, "family": None}
    extra |= {"id": f"{forger.folder.name}__{path}", "phase": None}
    forger.objects["objects"].append(extra)
    entry = forger.entries[-1]
    numbers = {name: entry[name] + 1 for name in ("count", "max_after", "next_free")}
    forger.seal(**numbers)
    assert "lists other objects" in shelf.distrusted(both)


def test_an_object_that_is_left_out_or_numbered_otherwise_is_found(both: Path) -> None:
    forger = Forger(both)
    entry, objects = forger.entries[-1], list(forger.objects["objects"])
    forger.objects["objects"] = [objects[1], objects[0], *objects[2:]]
    for number, item in enumerate(forger.objects["objects"], objects[0]["number"]):
        item["number"] = number
    forger.seal()
    assert "lists other objects" in shelf.distrusted(both)
    forger.objects["objects"] = forger.objects["objects"][:-1]
    numbers = {name: entry[name] - 1 for name in ("count", "max_after", "next_free")}
    forger.seal(**numbers)
    assert "lists other objects" in shelf.distrusted(both)
