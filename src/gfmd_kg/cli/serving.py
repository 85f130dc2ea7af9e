"""The command that starts the server."""

from __future__ import annotations

import click

from gfmd_kg.paths import find_layout


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
def serve(host: str, port: int) -> None:
    """Serve the release in force: canned queries, SPARQL and pages."""
    from gfmd_kg_api.server import run  # noqa: PLC0415  (only this command needs the web framework)

    run(find_layout(), host, port)


COMMANDS = (serve,)
