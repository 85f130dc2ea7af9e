"""The command ``gfmd-kg``: its group, and the one place where errors become exit statuses.

Exit status: 0 good, 1 the data or the answer is invalid, 2 the call is wrong, 3 the engine could not be
reached or gave up.
"""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper

import click

from gfmd_kg.errors import CallError, EngineError, GfmdError, PlatformError
from gfmd_kg.gc_tuning import tune_gc

_PLACES = {
    "asking": ("queries", "ask", "describe", "search", "export"),
    "querying": ("sparql",),
    "curating": ("build", "validate", "format", "passage", "verify-sources", "stats", "diff"),
    "serving": ("serve",),
    "publishing": ("publish",),
}
"""Which module of this package holds which commands."""


class _Group(click.Group):
    """Imports a command when it is called: none waits for what only another needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(name for names in _PLACES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        for module, names in _PLACES.items():
            if cmd_name in names:
                commands: tuple[click.Command, ...] = import_module(f"gfmd_kg.cli.{module}").COMMANDS
                return next(command for command in commands if command.name == cmd_name)
        return None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gfmd-kg")
def cli() -> None:
    """A knowledge graph of inter-state consultation mechanisms on migration.

    Every statement is traced to a line of a document. Ask with "gfmd-kg queries" and "gfmd-kg ask".
    """


def exit_status(error: GfmdError) -> int:
    """The exit status for an error of the project."""
    if isinstance(error, (CallError, PlatformError)):
        return 2
    return 3 if isinstance(error, EngineError) else 1


def main() -> None:
    """Run the command line."""
    tune_gc()
    if isinstance(sys.stdout, TextIOWrapper):  # what is written is UTF-8, whatever the locale
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        cli.main(standalone_mode=False)
    except GfmdError as error:
        click.echo(f"gfmd-kg: {error}", err=True)
        sys.exit(exit_status(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
