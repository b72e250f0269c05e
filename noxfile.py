# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2026.10.20,<2027", "pyyaml>=6.0.2,<7", "uv>=0.13,<0.14"]
# ///
"""The sessions: each task of the house, in an environment of its own, made by uv from `uv.lock`.

A session is a clean room with a short command in it. What a command does is said by the tasks
(`invoke --list`), never here. Environments are made anew each time (`-r` keeps them), hold exactly
what the lock file lists, and see of the outer environment only what HANDED_ON names. The package
itself is not installed: sessions run it from the root of the checkout (docs/adr/0001).
"""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nox
import yaml

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).resolve().parent
LEDGER = ROOT / "releases" / "ledger.json"
"""What was adopted: the folders of artifact sets beside it are verified with it, all together."""

HANDED_ON = (
    # what any program needs: where things are, how to speak
    *("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_*", "CI"),
    *("TERM", "COLUMNS", "NO_COLOR", "FORCE_COLOR"),
    # certificate stores
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    # proxies
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    # package clients: index, credentials, cache, patience
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_*", "UV_EXTRA_INDEX_URL", "UV_INSECURE_HOST"),
    *("UV_KEYRING_PROVIDER", "UV_CACHE_DIR", "UV_LINK_MODE", "UV_OFFLINE", "UV_HTTP_TIMEOUT"),
    *("UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CONCURRENT_*", "XDG_CACHE_HOME", "NETRC"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_PROXY"),
    *("PIP_CACHE_DIR", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES"),
    # identity providers: who may ask for a token, and what it will say
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "SIGSTORE_ID_TOKEN"),
    *("GITHUB_ACTIONS", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_ID"),
    *("GITHUB_REPOSITORY_OWNER_ID", "GITHUB_WORKFLOW_REF", "GITHUB_WORKFLOW_SHA", "GITHUB_REF"),
    *("GITHUB_SHA", "GITHUB_EVENT_NAME", "GITHUB_ACTOR", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
    *("RUNNER_ENVIRONMENT", "GITLAB_CI"),
)
"""Names, or patterns of names, of what a session sees of the outer environment: these alone."""

PIPELINE = ("--extra", "web", "--extra", "audit")
"""What `uv sync` is told so that a session can climb a ladder."""


BUNDLE = ("HASH_MANIFEST.txt", "bundle.sigstore.json", "journal.jsonl", "run.json")
"""Files of an evidence bundle: each of them makes its folder one, whatever was taken away."""


def handed_on() -> dict[str, str]:
    """The part of the outer environment that sessions see."""
    return {
        name: value
        for name, value in os.environ.items()
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in HANDED_ON)
    }


def ladders() -> dict[str, Any]:
    """The shipped ladders by name, as their YAML has them; empty while none is shipped."""
    files = sorted((ROOT / "config" / "ladders").glob("*.yaml"))
    found = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return {ladder["ladder"]: ladder for ladder in found}


def default_ladder() -> dict[str, Any]:
    """The ladder that this project climbs when nobody names one."""
    project = yaml.safe_load((ROOT / "config" / "pipeline.yaml").read_text(encoding="utf-8"))
    ladder: dict[str, Any] = ladders()[project["default_ladder"]]
    return ladder


def environment(session: nox.Session, *wanted: str) -> None:
    """Fill the session's environment from `uv.lock`, every file checked against its hash.

    Where another index is configured, uv would look for the addresses that the lock records and
    refuse it as outdated. Then the same versions and hashes come from that index.
    """
    folder = session.virtualenv.location
    assert folder is not None, "a session of this file has an environment"  # noqa: S101
    env = handed_on()
    index = env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL") or env.get("PIP_INDEX_URL")
    env |= {"UV_PROJECT_ENVIRONMENT": folder, "VIRTUAL_ENV": folder}

    def uv(*words: str) -> None:
        session.run_install("uv", *words, env=env, include_outer_env=False, silent=True)

    if index is None:
        uv("sync", "--quiet", "--locked", "--no-install-project", *wanted)
        return
    env |= {"UV_DEFAULT_INDEX": index}
    listed = str(Path(folder) / "requirements.txt")
    uv("export", "--quiet", "--frozen", "--no-emit-project", *wanted, "--output-file", listed)
    uv("pip", "sync", "--quiet", "--require-hashes", listed)


def seen(session: nox.Session) -> dict[str, str]:
    """What a Python of the session sees: byte code that lies beside the sources is not for it."""
    own = Path(session.virtualenv.location or "").resolve() / "byte-code"
    return handed_on() | {"PYTHONPYCACHEPREFIX": str(own)}


def run(session: nox.Session, *words: str, **env: str) -> None:
    """Run a Python module of the session's environment in the root of the checkout."""
    session.run("python", "-m", *words, env=seen(session) | env, include_outer_env=False)


def told(session: nox.Session, *words: str) -> Any:  # noqa: ANN401 - whatever the task tells
    """What a telling task says with `--json`."""
    said = session.run(
        *("python", "-m", "invoke", *words, "--json"),
        env=seen(session),
        include_outer_env=False,
        silent=True,
        stderr=None,
    )
    return json.loads(str(said))


@nox.session
def promote(session: nox.Session) -> None:
    """This checkout's own wheel climbs the default ladder to its top; posargs go to `promote`."""
    environment(session, *PIPELINE)
    ladder = default_ladder()
    top = ("--ladder", ladder["ladder"], "--stage", ladder["stages"][-1]["alias"])
    run(session, "invoke", "promote", *(session.posargs or top))


@nox.session
def tests(session: nox.Session) -> None:
    """The tests, with branch coverage; with posargs only those tests, without it."""
    environment(session, *PIPELINE, "--group", "test")
    if session.posargs:
        run(session, "pytest", *session.posargs)
        return
    data = {"COVERAGE_FILE": str(session.cache_dir.resolve() / "coverage" / "data")}
    run(session, "coverage", "erase", **data)
    # tests/candidate tests the installed wheel; the ladder runs it, away from this checkout
    apart = ("--ignore=tests/candidate", "--numprocesses=auto", "--dist=worksteal")
    run(session, "coverage", "run", "-m", "pytest", *apart, **data)
    run(session, "coverage", "combine", "--quiet", **data)
    run(session, "coverage", "report", **data)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, docstrings, workflows."""
    environment(session, "--only-group", "lint")
    run(session, "ruff", "check", *session.posargs)
    run(session, "ruff", "format", "--check")
    run(session, "interrogate", "--quiet", "pipeline")
    # zizmor is a program, not a module
    zizmor = ("zizmor", "--offline", "--quiet", ".github")
    session.run(*zizmor, env=handed_on(), include_outer_env=False)


@nox.session
def types(session: nox.Session) -> None:
    """Strict types over package, tests, tasks and this file."""
    environment(session, *PIPELINE, "--group", "lint", "--group", "bench")
    run(session, "mypy", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Links resolve, and every command that the pages show is there and tested."""
    environment(session, *PIPELINE, "--group", "docs")
    run(session, "pytest", "tests/docs", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What the pipeline costs, as ratios within one run."""
    environment(session, *PIPELINE, "--group", "bench")
    run(session, "tests.bench", *session.posargs)


@nox.session(name="provenance-gate")
def provenance_gate(session: nox.Session) -> None:
    """Digests and signatures of everything that is checked in; the first wrong one ends it."""
    environment(session)
    gate(session)


def gate(session: nox.Session) -> None:
    """Check configuration, trust, and everything under releases/."""
    run(session, "invoke", "check")
    run(session, "invoke", "trust.check")
    folders = [LEDGER.parent] * LEDGER.exists() + bundles()
    for folder in folders:
        run(session, "invoke", "verify", "--evidence", str(folder.relative_to(ROOT)))
    session.log(f"{len(folders)} checked-in evidence folders verified")


def bundles() -> list[Path]:
    """Find the evidence bundles under releases/: what has one of a bundle's files is meant as one.

    What lies within a bundle is the bundle's: a post-deploy one carries its pre-deploy's seal. With
    a ledger, the folders called as artifact sets are its: they are verified with it.
    """
    files = LEDGER.parent.rglob("*")
    found = {file.parent for file in files if file.name in BUNDLE}
    if LEDGER.exists():
        apart = {each: each.relative_to(LEDGER.parent).as_posix() for each in found}
        found = {each for each, name in apart.items() if "__" not in name.partition("/")[0]}
    return sorted(folder for folder in found if not found.intersection(folder.parents))


def newest_adopted() -> str | None:
    """The folder of the newest adopted release, if there is one."""
    entries = json.loads(LEDGER.read_bytes())["entries"] if LEDGER.exists() else []
    return f"{LEDGER.parent.name}/{entries[-1]['set']}" if entries else None


def reproduction(alias: str) -> Callable[[nox.Session], None]:
    """Make the session that re-runs one stage and compares the outcome with the record."""

    def reproduce(session: nox.Session) -> None:
        environment(session, *PIPELINE)
        run(session, "invoke", "reproduce", "--stage", alias, *session.posargs)

    reproduce.__doc__ = f"Re-run the stage `{alias}` apart, compare it with the record."
    return reproduce


ALIASES = tuple(
    dict.fromkeys(s["alias"] for ladder in ladders().values() for s in ladder["stages"])
)
for _alias in ALIASES:
    nox.session(name=f"reproduce-{_alias}")(reproduction(_alias))


@nox.session
def verify(session: nox.Session) -> None:
    """All that is checked in and all that is recorded: verified, then each stage reproduced."""
    environment(session, *PIPELINE)
    gate(session)
    given = any(word.split("=")[0] == "--evidence" for word in session.posargs)
    aliases, words = ALIASES if given else recorded(session), list(session.posargs)
    adopted = None if aliases else newest_adopted()
    if adopted is not None:
        session.log(f"HEAD has no record: the newest adopted release is looked at, {adopted}")
        aliases, words = ALIASES, ["--evidence", adopted]
    if not aliases:
        compare_two_climbs(session)
        return
    run(session, "invoke", "verify", *words)
    for alias in aliases:
        session.notify(f"reproduce-{alias}", words)


def recorded(session: nox.Session) -> tuple[str, ...]:
    """The aliases of the stages that HEAD's run has finished."""
    stages = told(session, "status")["stages"]
    return tuple(stage["alias"] for stage in stages if stage["state"] in {"done", "failed"})


def compare_two_climbs(session: nox.Session) -> None:
    """Climb the pre-deploy phase twice, each in a clone with nothing of the other; compare."""
    ladder = default_ladder()
    before = [stage["alias"] for stage in ladder["stages"] if stage["phase"] == "pre-deploy"]
    climb = ("--ladder", ladder["ladder"], "--stage", before[-1])
    folder = Path(session.create_tmp()).resolve()
    bundles = [isolated_climb(session, folder / side, climb) for side in ("left", "right")]
    left, right = map(str, bundles)
    run(session, "invoke", "compare", "--left", left, "--right", right)
    session.warn("nothing recorded was found: two isolated climbs of HEAD were compared instead")


def isolated_climb(session: nox.Session, folder: Path, climb: tuple[str, ...]) -> Path:
    """Climb in a clone of HEAD with its own home for temporary files, and return the bundle."""
    git = ("git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder / "checkout"))
    session.run(*git, env=handed_on(), include_outer_env=False, external=True)
    (folder / "tmp").mkdir()
    with session.chdir(folder / "checkout"):
        run(session, "invoke", "promote", *climb, TMPDIR=str(folder / "tmp"))
    (bundle,) = (folder / "checkout" / "artifacts" / "release-evidence").glob("*/*/pre-deploy")
    return bundle
