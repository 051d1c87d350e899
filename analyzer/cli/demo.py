"""`fsnap-diagnose demo`: real diagnoses of captures that are shipped in the package; needs no AWS."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import Format, load_catalogue, writing


def demo(
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write the diagnoses.")
    ] = Format.terminal,
) -> None:
    """Diagnose the shipped examples; needs no AWS.

    A dump that outran its window, a dump that failed, a survived reclaim, and a task that failed by itself.
    """
    from contextlib import ExitStack  # help stays fast
    from importlib import resources

    from analyzer.fetchers.local import read_path
    from analyzer.pipeline import diagnose as diagnose_evidence
    from analyzer.reporters.output import write

    catalogue = load_catalogue(None)
    with ExitStack() as stack:
        folder = stack.enter_context(resources.as_file(resources.files("analyzer.data").joinpath("demo")))
        captures = sorted(path for path in folder.iterdir() if path.suffix == ".zip")
        diagnoses = [diagnose_evidence(read_path(path, f"demo/{path.stem}"), catalogue) for path in captures]
        with writing(None):
            write(diagnoses, output_format.value, None, verbose=False, many=True)
