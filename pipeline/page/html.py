"""The assurance page as one HTML file: static, no script, nothing loaded from anywhere."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.page.document import Posture, posture_of
from pipeline.page.view import page_view


@cache
def _environment() -> Environment:
    """Make the template environment once: everything is escaped, nothing undefined is printed."""
    return Environment(
        loader=PackageLoader("pipeline.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _style() -> str:
    """Read the style sheet; it is package data and the one text that is put in unescaped."""
    environment = _environment()
    loader = environment.loader
    assert loader is not None  # noqa: S101 - made with one, two lines above
    return loader.get_source(environment, "assurance.css")[0]


def style_hash() -> str:
    """Give the `style-src` source of the page's inline style (CSP Level 3, section 2.3.1)."""
    digest = hashlib.sha256(_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def assurance_html(posture: Mapping[str, object] | Posture) -> str:
    """Render the assurance page of a posture document.

    Raises MalformedPostureError, and renders nothing, when the document is not one.
    """
    view = page_view(posture_of(posture))
    template = _environment().get_template("assurance.html.j2")
    # The style is ours and its hash stands in the policy: escaping would change its bytes.
    return template.render(page=view, style=Markup(_style()), style_hash=style_hash())  # noqa: S704
