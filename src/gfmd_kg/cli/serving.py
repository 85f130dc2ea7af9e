"""The command that starts the server."""

from __future__ import annotations

import click

from gfmd_kg.paths import Layout, find_layout


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Server processes.  [default: GFMD_KG_PROCESSES or 1]"
)
@click.option("--root-path", default="", help="Prefix under which a proxy shows the server, such as /kg.")
@click.option("--build", "build_first", is_flag=True, help="Build first if an input has changed.")
def serve(host: str, port: int, workers: int | None, root_path: str, build_first: bool) -> None:
    """Serve the release in force: canned queries, SPARQL and pages."""
    from gfmd_kg_api.serving.run import run  # noqa: PLC0415  (only this command needs the API)

    layout = find_layout()
    if build_first:
        _build(layout)
    run(layout, host, port, workers, root_path)


def _build(layout: Layout) -> None:
    # imported where they are needed: a server over a built release starts without them
    from gfmd_kg.build.pipeline import build  # noqa: PLC0415
    from gfmd_kg.cli.output import say  # noqa: PLC0415

    build(layout, on_event=say)


COMMANDS = (serve,)
