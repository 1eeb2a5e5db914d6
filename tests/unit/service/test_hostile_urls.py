"""Addresses in disguise: what a hostile service may name as the place of a picture."""

import socket

import pytest

from syncd import errors
from syncd.service.hosts import Hosts, base
from tests.unit.service.peer import response, says
from tests.unit.service.test_pictures import at, moved

PUBLIC = "https://service.example/api"
NAMES = {
    "service.example": ["93.184.216.1"],
    "cdn.example": ["93.184.216.34"],
    "metadata.google.internal": ["169.254.169.254"],
    "mixed6.example": ["93.184.216.34", "::1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "linklocal.example": ["fe80::1"],
}


def ask(host, port):
    """Names as above; what a machine takes for an address, as it does."""
    if host in NAMES:
        return NAMES[host]
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(address[0]) for *_, address in found]


LOOPBACK = [
    *(
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.01",
        "127.0.1",
        "127.1",
        "0",
        "0.0.0.0",
    ),
    *("127.0.0.1.", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::]", "\uff11\uff12\uff17.0.0.1"),
    *(
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "%31%32%37.0.0.1",
        "127%2e0.0.1",
        "localhost",
        "LOCALHOST",
        "a.localhost",
    ),
]
INSIDE = [
    *("10.1", "0x0a000001", "167772161", "012.0.0.1", "192.168.257", "172.31.255.255", "100.64.0.1", "100.127.255.254"),
    *(
        "[fc00::1]",
        "[fd12:3456::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:c0a8:101]",
        "[64:ff9b::10.0.0.1]",
        "[2002:c0a8:101::1]",
    ),
    *("[64:ff9b:1::a00:1]", "[fec0::1]", "mapped.example", "mixed6.example"),
]
METADATA = [
    *(
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
    ),
    *("[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "100.100.100.200", "192.0.0.192"),
    *("metadata.google.internal", "METADATA.google.internal", "metadata.google.internal."),
]
NOWHERE = [
    *("255.255.255.255", "224.0.0.1", "240.0.0.1", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1"),
    *("[ff02::1]", "[2001:db8::1]", "[100::1]", "[fe80::1]", "[fe80::1%25lo]", "linklocal.example", "unknown.example"),
]
USERS = [
    "https://user@cdn.example/",
    "https://cdn.example@10.0.0.1/",
    "https://cdn.example:443@10.0.0.1/",
    "https://:@cdn.example/",
    "https://cdn.example%40@10.0.0.1/",
    "https://10.0.0.1\\@cdn.example/",
    "https://10.0.0.1#@cdn.example/",
    "https://10.0.0.1?@cdn.example/",
    "https://10.0.0.1;cdn.example/",
]
PORTS = ["https://cdn.example:0/", "https://cdn.example:65536/", "https://cdn.example:-1/", "https://cdn.example:1e3/"]
PORTS += ["https://cdn.example:80:80/", "https://[2606:2800:220:1::1]x/"]
CHARACTERS = [f"https://cdn.example/a{character}b" for character in "\0\t\n\v\f\r\x1b\x7f\\ "]
CHARACTERS += [
    "https://cdn\n.example/",
    "https://cdn.example\r\nHost: x/",
    "\thttps://cdn.example/",
    "https://cdn.example/\ud800",
]
SCHEMES = [
    "http://cdn.example/",
    "ftp://cdn.example/",
    "gopher://cdn.example/",
    "file:///etc/passwd",
    "file://cdn.example/x",
]
SCHEMES += [
    "data:image/png;base64,AA",
    "javascript:1",
    "unix:///run/x",
    "ws://cdn.example/",
    "https:cdn.example",
    "https:/cdn.example",
]
SCHEMES += ["https://", "https:///x"]

HOSTS = [f"https://{host}/latest" for host in (*LOOPBACK, *INSIDE, *METADATA, *NOWHERE)]
REFUSED = [*HOSTS, *USERS, *PORTS, *CHARACTERS, *SCHEMES]


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_no_disguise_leads_inside(text):
    hosts = Hosts(base(PUBLIC), (), ask)
    with pytest.raises((errors.UnexpectedAnswer, errors.Unreachable)):
        hosts.addresses(hosts.locate(text))


@pytest.mark.parametrize("text", [*METADATA, *(one for one in LOOPBACK if one[0] not in "[%")][:24], ids=ascii)
def test_no_redirect_leads_inside(peer, service, text):
    """From a service of this machine, so that the first hop is answered; to other ports of it one may be led."""
    peer = peer(says(moved(f"http://{text}:9/latest".encode().decode("latin-1"))), says(response(200, b"secrets")))
    with pytest.raises((errors.UnexpectedAnswer, errors.Unreachable)):
        service(peer.url, resolver=ask).picture(at("/a"))
    assert len(peer.heard) == 1


def test_a_name_that_leads_elsewhere_the_second_time_is_not_asked_a_second_time(peer, service):
    peer = peer(says(response(200, b"pixels")))
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    service = service("http://127.0.0.1:9", resolver=lambda *_: answers.pop(0))
    assert service.picture(at(f"http://rebinding.invalid:{peer.port}/a")) == b"pixels"
    assert len(answers) == 1


def test_there_are_enough_of_them():
    assert len(set(REFUSED)) >= 80
