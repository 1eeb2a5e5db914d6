"""Network addresses as the configuration writes them. Every reader raises ValueError for what it cannot read."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?", re.IGNORECASE | re.ASCII)


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only mean this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def listen_address(written: str) -> tuple[str, int]:
    """Read `host:port` (an IPv6 host in brackets); port 0 takes a free one."""
    parts = urlsplit(f"//{written}")
    host, port = parts.hostname, parts.port
    if host is None or port is None or written != parts.netloc or "@" in written:
        raise ValueError("not host:port")
    return _checked_host(host), port


def service_url(written: str) -> str:
    """Read the base URL of the service: https, or http where it can only be this machine. No slash at its end."""
    parts = urlsplit(written)
    host = _checked_host(parts.hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("neither https nor loopback")
    if "@" in parts.netloc or parts.query or parts.fragment or parts.port == 0 or not _is_graphic(written):
        raise ValueError("more than scheme, host and path")
    return written.rstrip("/")


def picture_host(written: str) -> str:
    """Read a bare host name or address, in lower case."""
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        return _checked_host(written.rstrip(".")).lower()


def _checked_host(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise
    return host


def _is_graphic(text: str) -> bool:
    # urlsplit drops tabs and line ends in silence, so that what was checked would not be what is used.
    return text.isascii() and text.isprintable() and " " not in text
