"""Decides which addresses the bot may connect to when a URL came from the blog and not from the operator.

Does not fetch anything: it is a resolver that refuses, and a check for hosts that are written as addresses.
"""

from __future__ import annotations

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddress(OSError):
    """A host that is not the operator's own and leads into a private network."""


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
    """

    def __init__(self, home: URL) -> None:
        self._host = (home.host or "").lower()
        self._ports = {home.port, 80, 443}

    def is_own(self, host: str, port: int | None) -> bool:
        """Whether this is the host that the operator named."""
        return host.lower() == self._host and port in self._ports

    def admit(self, url: URL) -> None:
        """Raise ForbiddenAddress for what is no web address, or is a literal address that is not public.

        A connector does not ask its resolver about literal addresses, hence this check beside it.
        """
        if url.scheme not in ("http", "https") or not url.host:
            raise ForbiddenAddress(f"{url.scheme or 'this'} is no web address")
        if self.is_own(url.host, url.port):
            return
        try:
            ipaddress.ip_address(url.host.partition("%")[0])
        except ValueError:
            return  # a name: the resolver decides
        if not is_public(url.host):
            raise ForbiddenAddress(f"{url.host} is not a public address")


class GuardedResolver(AbstractResolver):
    """Resolves as the inner resolver does, and refuses a foreign name when any of its addresses is not public."""

    def __init__(self, neighbourhood: Neighbourhood, inner: AbstractResolver) -> None:
        self._neighbourhood = neighbourhood
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """See :class:`aiohttp.abc.AbstractResolver`. Raises ForbiddenAddress."""
        found = await self._inner.resolve(host, port, family)
        if not self._neighbourhood.is_own(host, port):
            for result in found:
                if not is_public(result["host"]):
                    raise ForbiddenAddress(f"{host} leads to {result['host']}, which is not a public address")
        return found

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()
