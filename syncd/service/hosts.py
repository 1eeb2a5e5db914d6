"""Where a picture may be fetched from: what a URL may look like, and which addresses its host may have."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from enum import Enum, auto

import httpx

from syncd.errors import ConfigError, UnexpectedAnswer, Unreachable
from syncd.model.names import shown_text

Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to its addresses; raises OSError."""

LONGEST_URL = 8192

_LOOPBACK = ("127.0.0.1", "::1")
_PORTS = {"http": 80, "https": 443}
_PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
_RESERVED = ipaddress.ip_network("192.0.0.0/24")
"""Of no public host; a cloud's metadata are at .192. Earlier Pythons take most of it for public."""

_NO_SUCH_HOST = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_USER_OR_NO_HOST = re.compile(r"[^/?#]*//[^/?#]*@|[^/?#:]+:(?!//[^/?#])")
_HOST = re.compile(r"[a-z0-9._:-]+")
_REMEDY = "Name its host in service.picture_hosts if it is one of yours; the image itself is left alone."
_AGAIN = "Nothing to do: it is tried again."

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(Enum):
    """How far an address is known."""

    PUBLIC = auto()
    PRIVATE = auto()
    LOOPBACK = auto()
    NOWHERE = auto()


def reach(address: str) -> Reach:
    """Tell the reach of an address, of the IPv4 one inside where it wraps one; NOWHERE for what no picture is at."""
    try:
        found = _unwrapped(ipaddress.ip_address(address))
    except ValueError:
        return Reach.NOWHERE
    if found.is_loopback:
        return Reach.LOOPBACK
    if any(found in network for network in _PRIVATE if network.version == found.version):
        return Reach.PRIVATE
    return Reach.PUBLIC if found.is_global and not _is_special(found) else Reach.NOWHERE


def _is_special(address: _Address) -> bool:
    """Tell of what is called global and still is no host's."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_multicast or address.is_reserved or address in _RESERVED
    return address.is_multicast or address.is_reserved or address.is_site_local


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine for all addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def base(text: str) -> httpx.URL:
    """Read service.base_url: https, or http on this machine; raises ConfigError. The path ends with a slash."""
    try:
        url = httpx.URL(text.rstrip("/") + "/")
    except (httpx.InvalidURL, UnicodeError):
        raise _bad_base() from None
    if not _has_host(url) or url.query or url.fragment or not _has_port(url):
        raise _bad_base()
    if url.scheme == "http" and not loopback_addresses(url):
        raise _bad_base()
    return url


def loopback_addresses(url: httpx.URL) -> Sequence[str]:
    """Return where a host lies that can only be this machine; empty for any other. `localhost` is not looked up."""
    if url.host == "localhost" or url.host.endswith(".localhost"):
        return _LOOPBACK
    return (url.host,) if reach(url.host) is Reach.LOOPBACK else ()


class Hosts:
    """The rule for pictures of one service; the further hosts are `host` or `host:port`."""

    def __init__(self, base_url: httpx.URL, further: Sequence[str], ask: Resolve = resolve) -> None:
        self._base = base_url
        self._further = frozenset(map(_further_host, further))
        self._ask = ask

    def locate(self, text: str, relative_to: httpx.URL | None = None) -> httpx.URL:
        """Read the `url` of an image, or a redirect's; UnexpectedAnswer for one that is not followed."""
        if not text or len(text) > LONGEST_URL or any(character <= " " or character in "\\\x7f" for character in text):
            raise _refused("is empty, too long, or holds blanks, control characters or backslashes")
        try:
            url = (relative_to or self._base).join(text)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise _refused("is malformed") from None
        if not _has_host(url) or _USER_OR_NO_HOST.match(text):
            raise _refused("names no proper host, or a user")
        if url.scheme not in {"https", self._base.scheme} or not _has_port(url):
            raise _refused("is not https, or names no port that exists")
        return url

    def addresses(self, url: httpx.URL) -> Sequence[str]:
        """Return the only addresses that may be connected to; empty: the service's own host, by its name.

        Raises UnexpectedAnswer for a host that is not allowed, Unreachable for one without an answer.
        """
        if _place(url) == _place(self._base) and url.scheme == self._base.scheme:
            return loopback_addresses(url)
        found = self._resolved(url)
        reaches = {reach(address) for address in found}
        if (reaches == {Reach.PUBLIC} and url.scheme == "https") or reaches <= self._near(url):
            return found
        raise _refused(f"lies on {shown_text(url.host, 100)}, which is no public https host")

    def _near(self, url: httpx.URL) -> set[Reach]:
        """Return the reaches besides the public that the host may have: the service's own kind, both if listed."""
        own = {reach(address) for address in loopback_addresses(self._base) or self._resolved(self._base)}
        near = own & {Reach.PRIVATE, Reach.LOOPBACK}
        return {Reach.PRIVATE, Reach.LOOPBACK} if near and self._is_listed(url) else near

    def _is_listed(self, url: httpx.URL) -> bool:
        host, port = _place(url)
        return not self._further.isdisjoint({(host, port), (host, None)})

    def _resolved(self, url: httpx.URL) -> Sequence[str]:
        host, port = _place(url)
        try:
            found = self._ask(host, port)
        except UnicodeError:
            raise _refused("names a host that cannot be") from None
        except OSError as fault:
            # Plain http is for this machine and its like, whose names are known without asking far.
            if fault.errno in _NO_SUCH_HOST or url.scheme == "http":
                raise _refused("names a host that does not exist") from None
            raise Unreachable(f"The host of a picture could not be found: {fault.strerror}.", _AGAIN) from None
        if not found:
            raise Unreachable("The host of a picture has no address.", _AGAIN)
        return found


def _unwrapped(address: _Address) -> _Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def _has_host(url: httpx.URL) -> bool:
    return _HOST.fullmatch(url.raw_host.decode("ascii")) is not None and not url.userinfo


def _has_port(url: httpx.URL) -> bool:
    return url.scheme in _PORTS and (url.port is None or 0 < url.port <= 65535)


def _place(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


def _further_host(text: str) -> tuple[str, int | None]:
    try:
        url = httpx.URL(f"https://{text}")
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL()
    if not _has_host(url) or url.raw_path != b"/":
        raise ConfigError(
            f"service.picture_hosts names no host: {shown_text(text, 100)}", "Write host or host:port, without a path."
        )
    return url.raw_host.decode("ascii"), url.port


def _refused(why: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"The picture is not fetched: its url {why}.", _REMEDY)


def _bad_base() -> ConfigError:
    return ConfigError(
        "service.base_url cannot be used.",
        "Write an https URL without user, query and fragment; http is for this machine only (http://127.0.0.1:8788).",
    )
