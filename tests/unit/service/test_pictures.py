import socket

import httpx
import pytest

from syncd import errors
from syncd.model.remote import RemoteImage
from syncd.service.hosts import Hosts, Reach, base, reach
from tests.unit.service.peer import KEY, StillClock, closes, drips, hangs, response, says

NAMES = {
    "cdn.example": ["93.184.216.34"],
    "six.example": ["2606:2800:220:1::1"],
    "both.example": ["93.184.216.34", "2606:2800:220:1::1"],
    "mixed.example": ["93.184.216.34", "10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "inside.example": ["10.1.2.3"],
    "other.inside.example": ["192.168.7.7"],
    "rebound.example": ["127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
    "xn--bcher-kva.example": ["93.184.216.34"],
    "service.example": ["93.184.216.1"],
    "lan.example": ["10.0.0.9"],
    "nowhere.example": [],
}
PUBLIC = "https://service.example/api"
LAN = "https://lan.example:8443/api"
HERE = "http://127.0.0.1:8788/api"


def ask(host, port):
    if host in NAMES:
        return NAMES[host]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(address[0]) for *_, address in found]


ALLOWED = [
    (PUBLIC, (), "https://cdn.example/a.jpg"),
    (PUBLIC, (), "https://cdn.example:8443/a.jpg?sig=x%20y"),
    (PUBLIC, (), "https://six.example/a.jpg"),
    (PUBLIC, (), "https://both.example/a.jpg"),
    (PUBLIC, (), "https://93.184.216.34/a.jpg"),
    (PUBLIC, (), "https://[2606:2800:220:1::1]/a.jpg"),
    (PUBLIC, (), "https://[64:ff9b::5db8:d822]/a.jpg"),
    (PUBLIC, (), "https://bücher.example/ä.jpg"),
    (PUBLIC, (), "HTTPS://CDN.example/a.jpg"),
    (PUBLIC, (), "/files/a.jpg"),
    (PUBLIC, (), "files/a.jpg"),
    (PUBLIC, (), "//cdn.example/a.jpg"),
    (PUBLIC, (), "?id=3"),
    (PUBLIC, (), "https://service.example/a@b.jpg"),
    (LAN, (), "https://lan.example:8443/x"),
    (LAN, (), "https://other.inside.example/x"),
    (LAN, (), "https://cdn.example/x"),
    (LAN, ("rebound.example",), "https://rebound.example/x"),
    (HERE, (), "/x"),
    (HERE, (), "http://127.0.0.1:8788/x"),
    (HERE, (), "http://localhost:9000/x"),
    (HERE, (), "http://127.0.0.1:9000/x"),
    (HERE, (), "http://[::1]:9000/x"),
    (HERE, (), "https://cdn.example/x"),
    (HERE, ("inside.example:9000",), "http://inside.example:9000/x"),
    (HERE, ("INSIDE.example",), "https://inside.example:7/x"),
]
REFUSED = [
    (PUBLIC, (), ""),
    (PUBLIC, (), "http://cdn.example/a.jpg"),
    (PUBLIC, (), "http://service.example/a.jpg"),
    (PUBLIC, (), "ftp://cdn.example/a"),
    (PUBLIC, (), "file:///etc/passwd"),
    (PUBLIC, (), "data:image/png;base64,AAAA"),
    (PUBLIC, (), "javascript:alert(1)"),
    (PUBLIC, (), "https://user@cdn.example/"),
    (PUBLIC, (), "https://user:pass@cdn.example/"),
    (PUBLIC, (), "https://@cdn.example/"),
    (PUBLIC, (), "//user@cdn.example/"),
    (PUBLIC, (), "https://cdn.example\\@10.0.0.1/"),
    (PUBLIC, (), "https:\\\\cdn.example/"),
    (PUBLIC, (), "https://cdn.example/a\nb"),
    (PUBLIC, (), "https://cdn.example/a\r\nX: y"),
    (PUBLIC, (), "https://cdn.example/a b"),
    (PUBLIC, (), " https://cdn.example/a"),
    (PUBLIC, (), "https://cdn.example/\0"),
    (PUBLIC, (), "https://cdn.example/\x7f"),
    (PUBLIC, (), "https://cdn.example/\ud800"),
    (PUBLIC, (), "https://cdn.example/" + "a" * 9000),
    (PUBLIC, (), "https:///a.jpg"),
    (PUBLIC, (), "https://cdn.example:99999/"),
    (PUBLIC, (), "https://cdn.example:0/"),
    (PUBLIC, (), "https://cdn.example:port/"),
    (PUBLIC, (), "https://[::1"),
    (PUBLIC, (), "https://[fe80::1%25eth0]/"),
    (PUBLIC, (), "https://-a-.\u2024example/"),
    (PUBLIC, (), "https://mixed.example/"),
    (PUBLIC, (), "https://metadata.example/latest"),
    (PUBLIC, (), "https://169.254.169.254/latest"),
    (PUBLIC, (), "https://inside.example/"),
    (PUBLIC, ("inside.example",), "https://inside.example/"),
    (PUBLIC, (), "https://rebound.example/"),
    (PUBLIC, (), "https://localhost/"),
    (PUBLIC, (), "https://127.0.0.1/"),
    (PUBLIC, (), "https://2130706433/"),
    (PUBLIC, (), "https://0x7f.1/"),
    (PUBLIC, (), "https://0177.0.0.1/"),
    (PUBLIC, (), "https://127.1/"),
    (PUBLIC, (), "https://0.0.0.0/"),
    (PUBLIC, (), "https://255.255.255.255/"),
    (PUBLIC, (), "https://224.0.1.1/"),
    (PUBLIC, (), "https://240.0.0.1/"),
    (PUBLIC, (), "https://100.64.0.1/"),
    (PUBLIC, (), "https://192.168.1.1/"),
    (PUBLIC, (), "https://172.16.0.1/"),
    (PUBLIC, (), "https://[::]/"),
    (PUBLIC, (), "https://[::1]/"),
    (PUBLIC, (), "https://[fc00::1]/"),
    (PUBLIC, (), "https://[fe80::1]/"),
    (PUBLIC, (), "https://[ff02::1]/"),
    (PUBLIC, (), "https://[::ffff:127.0.0.1]/"),
    (PUBLIC, (), "https://[::ffff:10.0.0.1]/"),
    (PUBLIC, (), "https://[64:ff9b::a00:1]/"),
    (PUBLIC, (), "https://[64:ff9b::7f00:1]/"),
    (PUBLIC, (), "https://[2002:a00:1::]/"),
    (LAN, (), "http://lan.example:8443/x"),
    (LAN, (), "https://rebound.example/x"),
    (LAN, (), "https://mixed.example/x"),
    (LAN, (), "https://metadata.example/x"),
    (HERE, (), "http://cdn.example/x"),
    (HERE, (), "http://inside.example/x"),
    (HERE, (), "https://inside.example/x"),
    (HERE, (), "http://169.254.169.254/x"),
    (HERE, ("inside.example:9000",), "http://inside.example:9001/x"),
    (HERE, ("cdn.example",), "http://cdn.example/x"),
    (HERE, ("metadata.example",), "http://metadata.example/x"),
]


@pytest.mark.parametrize(("service", "further", "text"), ALLOWED)
def test_a_picture_may_lie_at(service, further, text):
    hosts = Hosts(base(service), further, ask)
    assert isinstance(hosts.addresses(hosts.locate(text)), tuple | list)


@pytest.mark.parametrize(("service", "further", "text"), REFUSED)
def test_a_picture_may_not_lie_at(service, further, text):
    hosts = Hosts(base(service), further, ask)
    with pytest.raises(errors.UnexpectedAnswer):
        hosts.addresses(hosts.locate(text))


def test_a_host_that_does_not_exist_has_no_picture():
    hosts = Hosts(base(PUBLIC), (), ask)
    with pytest.raises(errors.UnexpectedAnswer):
        hosts.addresses(hosts.locate("https://unknown.example/"))


@pytest.mark.parametrize(
    ("service", "text", "fault"),
    [
        (PUBLIC, "https://cdn.example/", errors.Unreachable),
        (HERE, "https://cdn.example/", errors.Unreachable),
        (HERE, "http://cdn.example/", errors.UnexpectedAnswer),
    ],
)
def test_a_resolver_that_fails_for_now_means_later_where_the_host_could_be_allowed(service, text, fault):
    def fails(host, port):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    hosts = Hosts(base(service), (), fails)
    with pytest.raises(fault):
        hosts.addresses(hosts.locate(text))


def test_a_host_without_an_address_may_have_one_later():
    hosts = Hosts(base(PUBLIC), (), ask)
    with pytest.raises(errors.Unreachable):
        hosts.addresses(hosts.locate("https://nowhere.example/"))


@pytest.mark.parametrize("entry", ["", "https://cdn.example", "cdn.example/path", "user@cdn.example", "a b", "[::1"])
def test_a_further_host_that_is_none_is_a_fault_of_the_configuration(entry):
    with pytest.raises(errors.ConfigError):
        Hosts(base(PUBLIC), [entry], ask)


def test_relative_urls_start_below_the_base():
    hosts = Hosts(base("https://service.example/api"), (), ask)
    assert str(hosts.locate("files/a.jpg")) == "https://service.example/api/files/a.jpg"
    assert str(hosts.locate("/files/a.jpg")) == "https://service.example/files/a.jpg"


def test_what_is_no_address_reaches_nowhere():
    assert reach("example.com") is Reach.NOWHERE


def at(url):
    return RemoteImage("i1", "m42", "modelInput", url, "")


def test_a_picture_comes_byte_for_byte_and_without_the_key(peer, service):
    picture = bytes(range(256)) * 10_000
    peer = peer(says(response(200, picture)))
    assert service(peer.url).picture(at(f"{peer.url}/a.jpg?sig=1")) == picture
    assert peer.heard[0].startswith(b"GET /a.jpg?sig=1 ")
    assert b"accept-encoding: identity" in peer.heard[0].lower()
    for word in (KEY.encode(), b"authorization", b"api-version", b"cookie"):
        assert word not in peer.heard[0].lower()


def test_only_the_vetted_address_is_connected_to_under_the_name(peer, service):
    peer = peer(says(response(200, b"pixels")))
    asked = []

    def once(host, port):
        asked.append((host, port))
        return ["127.0.0.1"]

    service = service("http://127.0.0.1:9", resolver=once)
    assert service.picture(at(f"http://cdn.invalid:{peer.port}/a")) == b"pixels"
    assert asked == [("cdn.invalid", peer.port)]
    assert f"host: cdn.invalid:{peer.port}".encode() in peer.heard[0].lower()


def moved(url, status=302):
    return response(status, b"", f"Location: {url}")


def test_redirects_are_followed_three_times(peer, service):
    peer = peer(says(moved("/b", 301)), says(moved("c", 307)), says(moved("/d", 308)), says(response(200, b"pixels")))
    assert service(peer.url).picture(at("/a")) == b"pixels"
    assert [heard.split()[1] for heard in peer.heard] == [b"/a", b"/b", b"/c", b"/d"]


def test_a_fourth_redirect_is_one_too_many(peer, service):
    peer = peer(says(moved("/again")))
    with pytest.raises(errors.UnexpectedAnswer):
        service(peer.url).picture(at("/a"))
    assert len(peer.heard) == 4


FORBIDDEN = ["http://169.254.169.254/", "file:///etc/passwd", "http://10.0.0.1/", "http://a@127.0.0.1/", "", "\\\\x"]


@pytest.mark.parametrize("target", FORBIDDEN)
def test_a_redirect_is_held_to_the_same_rules(peer, service, target):
    peer = peer(says(moved(target)), says(response(200, b"pixels")))
    with pytest.raises(errors.UnexpectedAnswer):
        service(peer.url).picture(at("/a"))
    assert len(peer.heard) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 300, 304, 204])
def test_a_status_that_stays_means_that_there_is_no_picture(peer, service, status):
    with pytest.raises(errors.UnexpectedAnswer):
        service(peer(says(response(status))).url).picture(at("/a"))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_status_that_passes_means_later(peer, service, status):
    with pytest.raises(errors.Unreachable) as caught:
        service(peer(says(response(status, b"", "Retry-After: 9"))).url).picture(at("/a"))
    assert caught.value.retry_after == 9


def test_a_picture_that_is_too_large_is_left(peer, service):
    peer = peer(says(response(200, b"x" * (25 * 1024 * 1024 + 1))))
    with pytest.raises(errors.UnexpectedAnswer):
        service(peer.url).picture(at("/a"))


def test_a_picture_of_the_largest_size_is_taken(peer, service):
    peer = peer(says(response(200, b"x" * (25 * 1024 * 1024))))
    assert len(service(peer.url).picture(at("/a"))) == 25 * 1024 * 1024


TROUBLES = {
    "cut": says(response(200, b"pix", length=99)),
    "silent": hangs,
    "closed": closes,
    "dripping": drips(response(200, length=99), [b"x"] * 99),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_on_the_way_means_later(peer, service, trouble):
    with pytest.raises(errors.Unreachable):
        service(peer(TROUBLES[trouble]).url, timeout_seconds=0.1 if trouble in {"silent", "dripping"} else 10).picture(
            at("/a")
        )


def test_all_hops_share_one_time(answered):
    clock = StillClock()

    def handler(request):
        clock.uptime += 100
        return httpx.Response(302, headers={"location": "/next"})

    with pytest.raises(errors.Unreachable):
        answered(handler, clock, timeout_seconds=60).picture(at("/a"))
    assert clock.uptime == 1300


def test_an_image_without_a_url_has_no_picture(answered):
    with pytest.raises(errors.UnexpectedAnswer):
        answered(lambda _: httpx.Response(200)).picture(at(None))


def test_an_empty_picture_is_none(answered):
    with pytest.raises(errors.UnexpectedAnswer):
        answered(lambda _: httpx.Response(200)).picture(at("/a"))
