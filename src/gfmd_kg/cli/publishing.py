"""The command that puts a release into a SPARQL endpoint."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import click

from gfmd_kg.cli.output import say
from gfmd_kg.errors import CallError
from gfmd_kg.paths import find_layout
from gfmd_kg.release import current_release
from gfmd_kg.store.address import Address, Credentials, parse_address
from gfmd_kg.store.engines.remote import RemoteEngine
from gfmd_kg.store.publishing.publish import Publisher
from gfmd_kg.store.publishing.writers import GraphStore, Sender, Target, Update

USER_VARIABLE = "GFMD_KG_PUBLISH_USER"
PASSWORD_VARIABLE = "GFMD_KG_PUBLISH_PASSWORD"  # noqa: S105  (the name of the variable, not a password)


@click.command()
@click.option("--to", required=True, metavar="URL", help="Where the endpoint answers queries.")
@click.option("--graph-store", metavar="URL", help="Send graphs here by the Graph Store HTTP Protocol.")
@click.option(
    "--update",
    metavar="URL",
    help="Where it takes SPARQL Update; by default --to, unless --graph-store is given.",
)
@click.option("--drop-old", is_flag=True, help="Drop other releases, except the one in force before.")
def publish(to: str, graph_store: str | None, update: str | None, drop_old: bool) -> None:
    """Put the release in force into a SPARQL endpoint, then switch its readers to it.

    Graphs go one by one into a set of their own; what has arrived is not sent again. Until the switch, and if
    anything fails, the endpoint goes on with the release it has. User and password are taken from the
    environment: GFMD_KG_PUBLISH_USER, GFMD_KG_PUBLISH_PASSWORD.
    """
    credentials = _credentials()
    query = _address("--to", to)
    changing = _address("--update", update or to) if update or not graph_store else None
    storing = _address("--graph-store", graph_store) if graph_store else None
    for address in (query, changing, storing):
        if credentials and address and not _is_private(address):
            say(f"warning: user and password go to {address} without encryption")
    pointer = Update(Sender(changing, credentials)) if changing else None
    target: Target | None = GraphStore(Sender(storing, credentials)) if storing else pointer
    assert target is not None
    engine = RemoteEngine([Address(query.url, query.shown, credentials)], timeout=60.0, total=60.0)
    release = current_release(find_layout().release)
    outcome = Publisher(engine, target, pointer, say).publish(release, drop_old=drop_old)
    say(
        f"{outcome.sent} graphs sent, {outcome.kept} were there; in force before: {outcome.before or 'none'}."
    )
    click.echo(outcome.version)


def _is_private(address: Address) -> bool:
    """Whether nobody between here and there can read along."""
    parts = urlsplit(address.url)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _credentials() -> Credentials | None:
    user, password = os.environ.get(USER_VARIABLE), os.environ.get(PASSWORD_VARIABLE)
    if user is None and password is None:
        return None
    if not user or password is None:
        raise CallError(USER_VARIABLE, "", f"{USER_VARIABLE} and {PASSWORD_VARIABLE} are set together.")
    return user, password


def _address(option: str, text: str) -> Address:
    address = parse_address(text, option)
    if address.credentials:
        raise CallError(
            option, "", f"{option}: user and password go into {USER_VARIABLE} and {PASSWORD_VARIABLE}."
        )
    return address


COMMANDS = (publish,)
