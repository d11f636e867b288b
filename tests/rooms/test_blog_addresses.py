"""Which addresses a URL from the blog may lead to."""

from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.blog.web.addresses import ForbiddenAddress, GuardedResolver, Neighbourhood, is_public
from bot.core.network_words import briefly

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "::127.0.0.1",
    "2001:0:1::",
    "not an address",
]
PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.1/",
        "http://2130706433/",
        "http://127.0.0.1./",
        "file:///etc/passwd",
        "gopher://example.org/",
        "/relative",
    ],
)
def test_a_foreign_blog_leads_to_no_private_literal(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        Neighbourhood(URL("https://blog.example/")).admit(URL(url))


def test_the_operators_own_host_may_be_private_on_its_own_port() -> None:
    own = Neighbourhood(URL("http://127.0.0.1:8080/blog/"))
    own.admit(URL("http://127.0.0.1:8080/feed/"))
    own.admit(URL("https://127.0.0.1/feed/"))
    with pytest.raises(ForbiddenAddress):
        own.admit(URL("http://127.0.0.1:6379/"))
    with pytest.raises(ForbiddenAddress):
        own.admit(URL("http://127.0.0.2:8080/"))


def test_a_host_that_a_moderator_named_is_nobodys_own() -> None:
    named = Neighbourhood(URL("http://127.0.0.1:8080/blog/"), trusted=False)
    for url in ("http://127.0.0.1:8080/blog/", "http://127.0.0.1/", "http://10.0.0.1/"):
        assert not named.admits(URL(url))
        with pytest.raises(ForbiddenAddress, match="leads into a private network"):
            named.admit(URL(url))
    assert named.admits(URL("https://blog.example/"))
    assert not Neighbourhood(URL(), trusted=False).is_own("", None)


def test_who_puts_the_bot_together_lets_hosts_in() -> None:
    named = Neighbourhood(
        URL("http://127.0.0.1:8080/"), trusted=False, admit=lambda host, port: (host, port) == ("127.0.0.1", 8080)
    )
    assert named.admits(URL("http://127.0.0.1:8080/feed/"))
    assert not named.admits(URL("http://127.0.0.1:6379/"))
    assert not named.admits(URL("file://127.0.0.1:8080/feed/"))


class Book(AbstractResolver):
    """Names and addresses of the test's own."""

    def __init__(self, **names: list[str]) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._names[host.encode("idna").decode()]
        ]

    async def close(self) -> None:
        pass


async def test_a_name_with_one_private_address_is_refused() -> None:
    book = Book(good=["93.184.216.34"], evil=["93.184.216.34", "127.0.0.1"], own=["10.0.0.5"])
    guarded = GuardedResolver(Neighbourhood(URL("http://own:8080/")), book)
    assert [found["host"] for found in await guarded.resolve("good", 80)] == ["93.184.216.34"]
    assert [found["host"] for found in await guarded.resolve("own", 8080)] == ["10.0.0.5"]
    for host, port in (("evil", 80), ("own", 22)):
        with pytest.raises(ForbiddenAddress):
            await guarded.resolve(host, port)


@pytest.mark.parametrize("host", ["x" * 64, f"{'x' * 64}.example", "blog..example"])
async def test_what_no_host_can_be_called_is_a_host_that_is_not_there(host: str) -> None:
    """The codec of host names raises UnicodeError, which is no trouble of the network to anybody."""
    guarded = GuardedResolver(Neighbourhood(URL("http://own/"), trusted=False), Book())
    with pytest.raises(socket.gaierror) as told:
        await guarded.resolve(host, 80)
    assert briefly(told.value) == "no host has that name (a typing error?)"


async def test_a_name_that_a_moderator_gave_is_refused_without_its_address() -> None:
    book = Book(own=["10.0.0.5"], good=["93.184.216.34"])
    guarded = GuardedResolver(Neighbourhood(URL("http://own:8080/"), trusted=False), book)
    assert [found["host"] for found in await guarded.resolve("good", 80)] == ["93.184.216.34"]
    with pytest.raises(ForbiddenAddress) as raised:
        await guarded.resolve("own", 8080)
    assert str(raised.value) == "own leads into a private network"
