"""What compose files and workflows pull, in every place where they can say so."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from pipeline.core.baseline import documents
from pipeline.core.baseline.model import InputKind
from pipeline.edges.foreign_yaml import read_documents

if TYPE_CHECKING:
    from pipeline.core.baseline.references import Parsed

HEX = "0123456789abcdef" * 4
COMMIT = HEX[:40]


def compose(text: str) -> Parsed:
    return documents.compose(read_documents(textwrap.dedent(text).encode()))


def workflow(text: str) -> Parsed:
    return documents.workflow(read_documents(textwrap.dedent(text).encode()))


def loose(found: Parsed) -> dict[str, str]:
    assert found.problem == ""
    return {one.place: one.text for one in found.references if not one.pinned}


def test_the_images_of_services_are_found_where_they_are_not_named_by_content() -> None:
    found = compose(f"""
        services:
          db: {{image: "postgres:16-alpine"}}
          cache: {{image: redis}}
          queue: {{image: "nats@sha256:{HEX}"}}
          web: {{image: "tea:$TAG"}}
          any: {{image: "${{IMAGE:-nats@sha256:{HEX}}}"}}
    """)
    assert loose(found) == {
        "services.db.image": "postgres:16-alpine",
        "services.cache.image": "redis",
        "services.web.image": "tea:$TAG",
        "services.any.image": f"${{IMAGE:-nats@sha256:{HEX}}}",
    }


def test_an_image_hidden_by_an_alias_or_a_merge_is_found() -> None:
    found = compose("""
        x-base: &base {image: "postgres:16"}
        x-image: &image redis:7
        services:
          db: {<<: *base, restart: always}
          both: {<<: [{restart: no}, *base]}
          own: {<<: *base, image: scratch@nothing}
          cache: {image: *image}
    """)
    assert loose(found) == {
        "services.db.image": "postgres:16",
        "services.both.image": "postgres:16",
        "services.own.image": "scratch@nothing",
        "services.cache.image": "redis:7",
    }


def test_an_image_that_is_always_built_is_not_pulled() -> None:
    found = compose("""
        services:
          one: {build: ./one, image: "tea:dev", pull_policy: build}
          two: {build: ./two, image: "tea:dev"}
    """)
    assert loose(found) == {"services.two.image": "tea:dev"}
    assert found.follows == (
        ("./one/Dockerfile", InputKind.CONTAINER_BASE),
        ("./two/Dockerfile", InputKind.CONTAINER_BASE),
    )


def test_what_is_built_included_or_extended_is_looked_into_under_whatever_name() -> None:
    found = compose("""
        include: [base.yml, {path: [more.yml, other.yml]}]
        services:
          one: {build: {context: ., dockerfile: pots/tea.txt}}
          two: {extends: {file: shared/two.yml, service: two}}
          three: {extends: {service: one}}
    """)
    assert set(found.follows) == {
        ("base.yml", InputKind.COMPOSE_IMAGE),
        ("more.yml", InputKind.COMPOSE_IMAGE),
        ("other.yml", InputKind.COMPOSE_IMAGE),
        ("shared/two.yml", InputKind.COMPOSE_IMAGE),
        ("./pots/tea.txt", InputKind.CONTAINER_BASE),
    }


def test_what_is_built_from_elsewhere_is_pulled() -> None:
    found = compose(f"""
        services:
          branch: {{build: "https://example.org/tea.git#main"}}
          commit: {{build: "https://example.org/tea.git#{COMMIT}"}}
          ssh: {{build: {{context: "git@example.org:tea.git"}}}}
          more: {{build: {{context: ., additional_contexts: {{pot: "docker-image://pot:1"}}}}}}
          list: {{build: {{context: ., additional_contexts: ["pot=docker-image://pot:2"]}}}}
    """)
    assert loose(found) == {
        "services.branch.build.context": "https://example.org/tea.git#main",
        "services.ssh.build.context": "git@example.org:tea.git",
        "services.more.build.additional_contexts.pot": "docker-image://pot:1",
        "services.list.build.additional_contexts.pot": "docker-image://pot:2",
    }


@pytest.mark.parametrize(
    ("context", "pinned"),
    [
        ("https://example.org/tea.git#main", False),
        (f"https://example.org/tea.git#{COMMIT}", True),
        (f"https://example.org/tea.git#{COMMIT}:pots", True),
        (f"https://example.org/tea.tar.gz#{COMMIT}", False),
        (f"HTTPS://example.org/tea.git#{COMMIT}", False),
        (f"git@example.org:tea.git#{COMMIT}", True),
        ("someone@example.org:tea.git", False),
        ("docker-image://pot:1", False),
        (f"docker-image://pot@sha256:{HEX}", True),
        ("oci-layout:pots", False),
        ("oci-layout://pots", False),
        (f"oci-layout://pots@sha256:{HEX}", True),
        ("$WHO", False),
    ],
)
def test_a_context_from_elsewhere_is_pinned_by_digest_or_commit_alone(
    context: str, pinned: bool
) -> None:
    found = compose(
        f'services: {{a: {{build: {{additional_contexts: {{base: "{context}"}}}}}},'
        f' b: {{build: {{additional_contexts: ["base={context}"]}}}}, c: {{build: "{context}"}}}}'
    )
    assert [(one.text, one.pinned) for one in found.references] == [(context, pinned)] * 3


def test_a_context_of_the_repository_or_of_another_service_is_no_pull() -> None:
    contexts = "{build: {additional_contexts: {pot: ./pot, cup: 'service:cup'}}}"
    assert compose(f"services: {{a: {contexts}}}").references == ()


def test_what_a_build_is_given_is_kept_with_its_container_file() -> None:
    found = compose("services: {a: {build: {context: x, args: [BASE=evil:1, WHO]}}}")
    (built,) = found.built
    assert (built.file, built.arguments) == ("x/Dockerfile", (("BASE", "evil:1"), ("WHO", None)))
    inline = "services: {a: {build: {args: {B: evil:1}, dockerfile_inline: "
    inline += f'"ARG B=tea@sha256:{HEX}\\nFROM $B"}}}}}}'
    assert set(loose(compose(inline)).values()) == {"evil:1"}
    remote = f"https://example.org/tea.git#{COMMIT}"
    there = compose(f'services: {{a: {{build: {{context: "{remote}", args: {{B: evil:1}}}}}}}}')
    assert loose(there) == {"services.a.build.args.B": "evil:1"}
    assert compose("services: {a: {build: {args: text}}}").problem


def test_a_provider_and_a_model_cannot_be_pinned() -> None:
    found = compose(f"""
        models: {{llm: {{model: "ai/tea@sha256:{HEX}"}}}}
        services:
          one: {{provider: {{type: evil}}}}
          two: {{image: "a@sha256:{HEX}", models: [llm]}}
    """)
    assert set(loose(found)) == {"models.llm", "services.one.provider", "services.two.models"}


@pytest.mark.parametrize("use", ["./../x", "./a/../../x", "../x", "./a/..", "./x@v1"])
def test_a_use_that_leads_out_of_the_repository_is_pulled(use: str) -> None:
    found = workflow(f"jobs: {{one: {{steps: [{{uses: {use}}}]}}}}")
    assert loose(found) == {"jobs.one.steps[0].uses": use}
    assert found.here == ()


def test_a_container_file_inside_a_compose_file_is_read() -> None:
    found = compose("""
        services:
          one:
            build:
              dockerfile_inline: |
                FROM node:20 AS build
                FROM build
    """)
    assert loose(found) == {"services.one.build.dockerfile_inline": "node:20"}
    assert "FROM" in compose('services: {one: {build: {dockerfile_inline: "RUN x"}}}').problem


def test_an_image_that_is_mounted_is_pulled() -> None:
    found = compose("services: {one: {volumes: [a:/b, {type: image, source: pot:1, target: /x}]}}")
    assert loose(found) == {"services.one.volumes[1].source": "pot:1"}


def test_services_at_the_top_and_in_a_second_document_are_found() -> None:
    assert loose(compose("db: {image: postgres}\nversion: '1'\n")) == {
        "services.db.image": "postgres"
    }
    several = compose("services: {a: {image: one}}\n---\nservices: {b: {image: two}}\n")
    assert set(loose(several).values()) == {"one", "two"}


@pytest.mark.parametrize(
    "text",
    ["[]", "services: []", "services: {a: text}", "services: {a: {image: [x]}}", "text"],
)
def test_a_compose_file_of_another_shape_is_a_problem(text: str) -> None:
    assert compose(text).problem


def test_every_use_of_a_workflow_is_found_wherever_it_stands() -> None:
    found = workflow(f"""
        on: push
        jobs:
          one:
            steps:
              - uses: actions/checkout@v4
              - uses: actions/setup-python@{COMMIT} # v5
              - uses: actions/cache@{COMMIT[:12]}
              - uses: tea/pot/lid@main
              - uses: tea/pot
              - uses: ./.github/actions/own
              - uses: docker://alpine:3
              - uses: docker://alpine@sha256:{HEX}
              - run: "uses: evil/action@v1"
          called: {{uses: tea/flows/.github/workflows/x.yml@v1}}
          local: {{uses: ./.github/workflows/x.yml}}
    """)
    assert loose(found) == {
        "jobs.one.steps[0].uses": "actions/checkout@v4",
        "jobs.one.steps[2].uses": f"actions/cache@{COMMIT[:12]}",
        "jobs.one.steps[3].uses": "tea/pot/lid@main",
        "jobs.one.steps[4].uses": "tea/pot",
        "jobs.one.steps[6].uses": "docker://alpine:3",
        "jobs.called.uses": "tea/flows/.github/workflows/x.yml@v1",
    }


def test_the_containers_of_jobs_and_services_are_images() -> None:
    found = workflow(f"""
        jobs:
          one: {{container: "node:20", services: {{db: {{image: postgres}}, ok: {{image: "a@sha256:{HEX}"}}}}}}
          two: {{container: {{image: "${{{{ matrix.image }}}}"}}}}
          three: {{services: "${{{{ fromJSON(x) }}}}"}}
    """)  # noqa: E501 - one job on each line
    assert loose(found) == {
        "jobs.one.container": "node:20",
        "jobs.one.services.db.image": "postgres",
        "jobs.two.container.image": "${{ matrix.image }}",
        "jobs.three.services": "${{ fromJSON(x) }}",
    }


def test_a_use_behind_an_anchor_is_found() -> None:
    found = workflow("""
        x: &step {uses: actions/checkout@v4}
        jobs: {one: {steps: [*step, *step]}, two: {steps: [*step]}}
    """)
    assert set(loose(found).values()) == {"actions/checkout@v4"}


def test_the_metadata_of_an_action_is_read() -> None:
    assert loose(workflow('runs: {using: docker, image: "docker://alpine:3"}')) == {
        "runs.image": "docker://alpine:3"
    }
    built = workflow("runs: {using: docker, image: pots/Tea}")
    assert built.follows == (("pots/Tea", InputKind.CONTAINER_BASE),)
    steps = workflow("runs: {using: composite, steps: [{uses: tea/pot@v1}]}")
    assert loose(steps) == {"runs.steps[0].uses": "tea/pot@v1"}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "jobs: []",
        "jobs: {a: []}",
        "jobs: {a: {steps: [{uses: [x]}]}}",
        "jobs: {a: {container: []}}",
        "jobs: {a: {services: [x]}}",
        "jobs: {a: {services: {b: {}}}}",
    ],
)
def test_a_workflow_of_another_shape_is_a_problem(text: str) -> None:
    assert workflow(text).problem


def test_a_document_that_contains_itself_comes_to_an_end() -> None:
    assert workflow("jobs: &a {x: {steps: [*a, {uses: tea/pot@v1}]}}").references
