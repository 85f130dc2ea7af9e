"""nginx in front of the server, or of an echo."""

from tests.deploy.fixtures import echo, front, fronted, hasty, told  # noqa: F401
