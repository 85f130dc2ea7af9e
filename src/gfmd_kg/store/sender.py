"""HTTP requests that change an endpoint, with credentials by Basic or Digest as it asks for."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    Request,
    build_opener,
)

from gfmd_kg.errors import EndpointError, EngineTimeoutError
from gfmd_kg.store.address import Address, Credentials


class _NoRedirect(HTTPRedirectHandler):
    """Credentials and data go where the operator said, nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Sender:
    """Sends requests to one address, waiting ``timeout`` seconds for each answer."""

    def __init__(self, address: Address, credentials: Credentials | None, timeout: float = 120.0) -> None:
        self._address = address
        self._timeout = timeout
        passwords = HTTPPasswordMgrWithDefaultRealm()
        if credentials:
            passwords.add_password(None, address.url, *credentials)
        self._opener = build_opener(
            _NoRedirect, HTTPBasicAuthHandler(passwords), HTTPDigestAuthHandler(passwords)
        )

    def send(self, method: str, media_type: str, body: bytes, query: str = "") -> None:
        """Send ``body``; ``query`` is added to the address. ``EndpointError`` unless the status is 2xx."""
        joined = self._address.url + ("&" if "?" in self._address.url else "?") + query
        request = Request(joined if query else self._address.url, body or None, method=method)  # noqa: S310
        request.add_header("Content-Type", media_type)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                answer.read()
        except HTTPError as error:
            if method == "DELETE" and error.code == 404:
                return  # nothing was there
            raise EndpointError(f"{self._address} refused to be changed: {_reason(error)}.") from error
        except TimeoutError as error:
            raise EngineTimeoutError(self._timeout) from error
        except URLError as error:
            raise EndpointError(f"{self._address} could not be reached ({error.reason}).") from error
        except (OSError, HTTPException, ValueError) as error:
            raise EndpointError(f"{self._address} broke off ({type(error).__name__}).") from error


def _reason(error: HTTPError) -> str:
    if error.code in (401, 403):
        return f"status {error.code}, user and password are missing or wrong"
    said = " ".join(error.read(500).decode("utf-8", "replace").split())
    return f"status {error.code}{f', {said[:200]}' if said else ''}"
