"""Decides which addresses the bot may connect to when a URL came from a blog or a moderator and not from the operator.

Does not fetch anything: it is a resolver that refuses, and a check for hosts that are written as addresses.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Admit = Callable[[str, int | None], bool]
"""Given a host and a port: whether it may be asked though it lies in a private network."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddress(OSError):
    """A host that is not the operator's own and leads into a private network. Its address there is not told."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet; IPv4 inside IPv6 counts as what it carries."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class Neighbourhood:
    """The operator's own host, where any address is fine; everywhere else only public addresses are.

    On the own host the ports are the blog's own, 80 and 443: a blog on loopback must not lead to its neighbours there.
    A ``home`` that is not ``trusted``, because a moderator named it, is nobody's own host. ``admit`` is for whoever
    puts the bot together, and lets more hosts in.
    """

    def __init__(self, home: URL, *, trusted: bool = True, admit: Admit | None = None) -> None:
        self._host = (home.host or "").lower() if trusted else ""
        self._ports = {home.port, 80, 443}
        self._admit = admit

    def is_own(self, host: str, port: int | None) -> bool:
        """Whether this is the host that the operator named, or one let in beside it."""
        own = bool(self._host) and host.lower() == self._host and port in self._ports
        return own or (self._admit is not None and self._admit(host, port))

    def admit(self, url: URL) -> None:
        """Raise ForbiddenAddress for what is no web address, or is a literal address that is not public.

        A connector does not ask its resolver about literal addresses, hence this check beside it.
        """
        if url.scheme not in ("http", "https") or not url.host:
            raise ForbiddenAddress(f"{url.scheme or 'this'} is no web address")
        if self.is_own(url.host, url.port):
            return
        if _is_literal(url.host) and not is_public(url.host):
            raise ForbiddenAddress(f"{url.host} leads into a private network")

    def admits(self, url: URL) -> bool:
        """Whether ``admit`` does not raise."""
        try:
            self.admit(url)
        except ForbiddenAddress:
            return False
        return True


def _is_literal(host: str) -> bool:
    """Whether a connector takes this for an address and asks no resolver; 127.1 and 2130706433 are such too."""
    return ":" in host or host.partition("%")[0].replace(".", "").isdigit()


class GuardedResolver(AbstractResolver):
    """Resolves as the inner resolver does, and refuses a foreign name when any of its addresses is not public."""

    def __init__(self, neighbourhood: Neighbourhood, inner: AbstractResolver) -> None:
        self._neighbourhood = neighbourhood
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """See :class:`aiohttp.abc.AbstractResolver`. Raises ForbiddenAddress, and OSError for what is no name."""
        try:
            found = await self._inner.resolve(host, port, family)
        except UnicodeError as error:  # a part of the name that is empty, or longer than 63 characters
            raise socket.gaierror(socket.EAI_NONAME, "no host can have that name") from error
        if not self._neighbourhood.is_own(host, port):
            for result in found:
                if not is_public(result["host"]):
                    raise ForbiddenAddress(f"{host} leads into a private network")
        return found

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()
