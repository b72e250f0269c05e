"""The console script `release-ladder`: the same tasks, for use without a tasks.py."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from invoke.program import Program


def program() -> Program:
    """Return the Invoke program over the shipped collection."""
    from pipeline.tasks import ns

    try:
        current = version("release-ladder")
    except PackageNotFoundError:
        current = "from a checkout"
    return Program(name="release-ladder", binary="release-ladder", namespace=ns, version=current)


def main() -> None:
    """Run the program on the command line's arguments."""
    program().run()


if __name__ == "__main__":
    main()
