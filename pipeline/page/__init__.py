"""The assurance page: a posture document in, strings out, no file and no clock."""

from pipeline.page.document import MalformedPostureError, Posture, posture_of, read_posture
from pipeline.page.html import assurance_html, style_hash
from pipeline.page.text import llms_full_txt, llms_txt, robots, sitemap

__all__ = [
    "MalformedPostureError",
    "Posture",
    "assurance_html",
    "llms_full_txt",
    "llms_txt",
    "posture_of",
    "read_posture",
    "robots",
    "sitemap",
    "style_hash",
]
