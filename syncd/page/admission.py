"""Who may see the page: whoever holds the token; without one, whoever asks for this machine by its own name."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized
from werkzeug.wrappers import Request, Response

_ASK = {"WWW-Authenticate": 'Basic realm="syncd", charset="UTF-8"'}


def refusal(request: Request, token: str | None) -> HTTPException | None:
    """Return why a request is not let in; None where it is.

    A page of the web may make a browser ask here under a name of its own; on this machine no one else needs one.
    """
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return Forbidden("Another site asked for it. Write the address yourself.")
    if token is not None:
        return None if _holds(request, token) else _unauthorized()
    return None if _is_ours(request.host) else Forbidden("Ask for it as localhost, or set status.token_file.")


def _holds(request: Request, token: str) -> bool:
    given = request.authorization
    told = (given.token or given.password or "") if given is not None else ""
    return hmac.compare_digest(told.encode(), token.encode())


def _unauthorized() -> HTTPException:
    words = "Send the token of status.token_file: as the password, or as Authorization: Bearer."
    return Unauthorized(response=Response(f"{words}\n", 401, _ASK, content_type="text/plain; charset=utf-8"))


def _is_ours(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
