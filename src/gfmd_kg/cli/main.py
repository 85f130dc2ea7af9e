"""The command ``gfmd-kg``: its group, and the one place where errors become exit statuses.

Exit status: 0 good, 1 the data or the answer is invalid, 2 the call is wrong, 3 the engine could not be
reached or gave up.
"""

from __future__ import annotations

import os
import sys

import click

from gfmd_kg.cli import asking, curating, publishing, serving
from gfmd_kg.errors import CallError, EngineError, GfmdError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gfmd-kg")
def cli() -> None:
    """A knowledge graph of inter-state consultation mechanisms on migration.

    Every statement is traced to a line of a document. Ask with "gfmd-kg queries" and "gfmd-kg ask".
    """


for command in (*curating.COMMANDS, *asking.COMMANDS, *serving.COMMANDS, *publishing.COMMANDS):
    cli.add_command(command)


def exit_status(error: GfmdError) -> int:
    """The exit status for an error of the project."""
    if isinstance(error, CallError):
        return 2
    return 3 if isinstance(error, EngineError) else 1


def main() -> None:
    """Run the command line."""
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
    except BrokenPipeError:
        # the reader has gone: nothing more to say, and Python must not complain while it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
