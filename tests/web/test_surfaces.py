"""Each surface as a user meets it."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import httpx
import pytest

from pipeline.page import assurance_html, llms_full_txt, read_posture
from pipeline.web.surfaces import SURFACES

PUBLIC = [surface.path for surface in SURFACES if surface.method == "GET" and not surface.session]


def test_the_page_and_the_review_page_show_the_posture(
    client: httpx.Client,
    service: Any,  # noqa: ANN401 - a fixture of this folder
) -> None:
    expected = assurance_html(read_posture(service.posture.read_bytes()))
    for path in ("/", "/review"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.text == expected


def test_the_posture_is_served_byte_for_byte(client: httpx.Client, service: Any) -> None:  # noqa: ANN401
    answer = client.get("/posture.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == service.posture.read_bytes()


def test_health_is_ok_while_the_posture_can_be_read(client: httpx.Client) -> None:
    answer = client.get("/proxy/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_the_public_configuration_says_name_version_and_surfaces_alone(
    client: httpx.Client,
) -> None:
    document = client.get("/config.json").json()
    assert set(document) == {"name", "version", "surfaces"}
    assert document["name"] == "release-ladder"
    assert document["version"] == client.get("/proxy/health").json()["version"]
    assert document["surfaces"] == [surface.path for surface in SURFACES]


def test_the_texts_for_models_link_to_this_service(client: httpx.Client, service: Any) -> None:  # noqa: ANN401
    short, full = client.get("/llms.txt"), client.get("/llms-full.txt")
    assert short.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"]({service.url}/llms-full.txt)" in short.text
    assert full.text == llms_full_txt(read_posture(service.posture.read_bytes()))


def test_crawlers_find_the_sitemap_and_every_page_in_it(client: httpx.Client) -> None:
    robots = client.get("/robots.txt").text
    assert "Disallow: /operator/" in robots
    place = robots.split("Sitemap: ")[1].strip()
    answer = client.get(place)
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(answer.text)  # noqa: S314 - our own service wrote it
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    pages = [one.text for one in root.findall("s:url/s:loc", names)]
    assert len(pages) == 4
    for page in pages:
        assert page is not None
        assert client.get(page).status_code == 200


def test_the_description_names_exactly_the_routes_that_exist(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    assert sorted(described["paths"]) == sorted(client.get("/config.json").json()["surfaces"])
    for path, operations in described["paths"].items():
        for method in ("get", "post", "put", "patch", "delete", "options"):
            status = client.request(method, path).status_code
            assert (status == 405) == (method not in operations), (method, path)
            if method in operations:
                assert str(status) in operations[method]["responses"], (method, path)


def test_what_is_described_is_what_is_answered(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    for path in PUBLIC:
        content = described["paths"][path]["get"]["responses"]["200"]["content"]
        assert [client.get(path).headers["content-type"].partition(";")[0]] == list(content)


@pytest.mark.parametrize("path", PUBLIC)
def test_head_answers_as_get_does_without_a_body(client: httpx.Client, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "content-security-policy"):
        assert head.headers[name] == whole.headers[name]


def test_an_operator_unlocks_a_session_and_reads_the_metrics(
    client: httpx.Client, secret: str
) -> None:
    assert client.get("/operator/metrics").status_code == 401
    answer = client.post("/operator/session", json={"secret": secret})
    assert answer.status_code == 200
    assert answer.json() == {"status": "unlocked", "expires_in": 900}
    metrics = client.get("/operator/metrics")
    assert metrics.status_code == 200
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "release_ladder_posture_ready 1\n" in metrics.text


def samples(text: str) -> dict[str, float]:
    """Read the samples of the Prometheus text format, and check that each has a type before it."""
    found: dict[str, float] = {}
    typed: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            family = name.partition("{")[0]
            bare = family.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
            assert typed & {family, bare}
            assert name not in found
            found[name] = float(value)
    return found


def test_the_metrics_count_what_happened(client: httpx.Client, secret: str) -> None:
    client.post("/operator/session", json={"secret": secret})

    def read() -> dict[str, float]:
        return samples(client.get("/operator/metrics").text)

    before = read()
    for _ in range(3):
        client.get("/review")
    client.get("/nowhere")
    client.request("PURGE", "/review")
    after = read()

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    total = "release_ladder_http_requests_total"
    assert grown(f'{total}{{surface="/review",method="GET",status="200"}}') == 3
    assert grown(f'{total}{{surface="other",method="GET",status="404"}}') == 1
    assert grown(f'{total}{{surface="/review",method="other",status="405"}}') == 1
    latency = "release_ladder_http_request_duration_seconds"
    assert grown(f'{latency}_count{{surface="/review"}}') == 4
    assert grown(f'{latency}_bucket{{surface="/review",le="+Inf"}}') == 4
    bounds = [v for k, v in after.items() if k.startswith(f'{latency}_bucket{{surface="/review"')]
    assert bounds == sorted(bounds)
    assert after["process_start_time_seconds"] > 1_700_000_000
    assert json.dumps(client.get("/config.json").json()["version"]) in next(
        name for name in after if name.startswith("release_ladder_build_info")
    )
