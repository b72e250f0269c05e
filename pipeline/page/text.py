"""The plain surfaces beside the page: for language models, crawlers and people with curl.

Formats: llmstxt.org; RFC 9309 (robots); sitemaps.org protocol 0.9.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from pipeline.page.document import Posture, posture_of
from pipeline.page.view import PageView, StageView, TargetView, page_view

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|])")
_PAGES = ("/", "/review", "/llms.txt", "/llms-full.txt")


def _site(base_url: str) -> str:
    """Check the address that links begin with; raises ValueError for anything but an origin."""
    parts = urlsplit(base_url)
    plain = f"{parts.scheme}://{parts.netloc}"
    host = re.fullmatch(r"[A-Za-z0-9._\-\[\]:]+", parts.netloc)
    if parts.scheme not in {"http", "https"} or host is None or base_url.rstrip("/") != plain:
        message = f"{base_url!r} is no origin such as https://release.example"
        raise ValueError(message)
    return plain


def _plain(text: str) -> str:
    """Write a value into Markdown so that it stays text: one line, no markup of its own."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Write a value as Markdown code; the fence is longer than any run of backticks inside."""
    flat = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def llms_txt(base_url: str) -> str:
    """Give the short guide for language models: what this site is and where the rest stands.

    `base_url` is the site's origin; raises ValueError when it is none.
    """
    site = _site(base_url)
    return f"""# Release Ladder

> The release assurance of one project: which stages of its release ladder are proven, by which \
signed statements, and what is still missing. Read-only.

Nothing on this site is a production approval unless the posture says `production_ready: true`.

## Posture

- [Full text]({site}/llms-full.txt): every target, stage, statement digest and blocker as Markdown
- [Posture document]({site}/posture.json): the same as JSON
- [Assurance page]({site}/review): the same for people

## Service

- [OpenAPI]({site}/openapi.json): every route of this service
- [Public configuration]({site}/config.json): name and version
- [Health]({site}/proxy/health): whether the posture can be read
"""


def llms_full_txt(posture: Mapping[str, object] | Posture) -> str:
    """Give the whole posture as Markdown; raises MalformedPostureError when it is none."""
    view = page_view(posture_of(posture))
    lines = [
        f"# Release assurance: {_plain(view.project)}",
        "",
        f"> {_plain(view.production)} {_plain(view.production_note)}",
        "",
        f"Made at {view.generated_at}.",
        "",
        *_counts(view),
    ]
    for target in view.targets:
        lines += ["", *_target(target)]
    return "\n".join(lines) + "\n"


def _counts(view: PageView) -> list[str]:
    """List the page's numbers."""
    return [f"- {label}: {value} ({note})" for label, value, note in view.counts]


def _target(target: TargetView) -> list[str]:
    """Write one target's section."""
    entry = target.entry
    facts = [
        ("Ladder", f"{entry.ladder}, gate {entry.gate}, channel {entry.channel}"),
        ("Release", entry.release or "none"),
        ("Commit", entry.commit or "none"),
        ("Run", entry.run or "none"),
        ("Readiness", target.readiness),
        ("Deployment allowed", "yes" if entry.deployment_allowed else "no"),
        ("Production ready", "yes" if entry.production_ready else "no"),
        ("Approval state", target.approval),
        ("Origin of the evidence", f"{target.origin}. {target.origin_note}"),
    ]
    lines = [f"## Target: {_plain(entry.target)}", ""]
    lines += [f"- {label}: {_plain(value)}" for label, value in facts]
    for heading, items in (("What is there", target.there), ("What is missing", target.missing)):
        lines += ["", f"### {heading}", ""]
        lines += [f"- {_plain(item)}" for item in items] or ["- Nothing."]
    lines += ["", "### Artifacts", ""]
    lines += [f"- {_code(one.name)} {one.digest}" for one in entry.artifacts] or ["- None."]
    lines += ["", "### Stages", ""]
    for stage in target.stages:
        lines += _stage(stage)
    return [*lines, "", "### Blockers", "", *_blockers(target)]


def _stage(stage: StageView) -> list[str]:
    """Write one rung with its statements, and what is missing from it."""
    head = f"{stage.number}. {_plain(stage.id)} ({_plain(stage.alias)}): {stage.word}"
    proofs = [f"   - {_code(one.type)} {one.digest}" for one in stage.statements]
    return [head, *proofs, *([f"   - Missing: {stage.missing}"] if stage.missing else [])]


def _blockers(target: TargetView) -> list[str]:
    """Write what holds the target, with the evidence looked at and the command that clears it."""
    lines = []
    for blocker in target.blockers:
        lines.append(f"- {_code(blocker.id)}: {_plain(blocker.what)}")
        lines += [f"  - Evidence: {_plain(item)}" for item in blocker.evidence]
        command = _code(blocker.command) if blocker.command else "no command is known"
        lines.append(f"  - Clear it with: {command}")
    return lines or ["- None."]


def robots(base_url: str) -> str:
    """Tell crawlers that all but the operator's surfaces may be read (RFC 9309)."""
    site = _site(base_url)
    return f"User-agent: *\nDisallow: /operator/\nAllow: /\n\nSitemap: {site}/sitemap.xml\n"


def sitemap(base_url: str, lastmod: str | None = None) -> str:
    """List the pages that are worth reading (sitemaps.org 0.9).

    `lastmod` is the posture's `generated_at`, or None where no posture can be read.
    """
    site = _site(base_url)
    changed = f"<lastmod>{escape(lastmod)}</lastmod>" if lastmod else ""
    urls = "".join(f"  <url><loc>{escape(site + page)}</loc>{changed}</url>\n" for page in _PAGES)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{urls}</urlset>\n"
    )
