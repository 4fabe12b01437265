"""Where a webhook may connect to: every address of its host is judged, and the judged one is used."""

from __future__ import annotations

import ipaddress
import socket

from ...engine.ports import ChannelError

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int, allow_private: bool) -> str:
    """One address of ``host`` to connect to; connecting to it, not to the name, leaves no room for a name
    that answers differently the second time (DNS rebinding). ``OSError`` if the name does not resolve,
    ``ChannelError`` if one of its addresses is not public and ``allow_private`` is off."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise ChannelError(
                    f"{host} is {address}, which is not a public address; "
                    "set `allow_private: true` if it is meant"
                )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether the address, and the IPv4 address that it may carry inside, is reachable for everybody."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in _with_embedded(ip))


def _with_embedded(ip: _Ip) -> list[_Ip]:
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:  # ::ffff:10.0.0.1 is 10.0.0.1, and nothing else
        return [ip.ipv4_mapped]
    if ip in _NAT64:
        return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
    embedded: list[_Ip] = [ip]
    if ip.sixtofour is not None:
        embedded.append(ip.sixtofour)
    if ip.teredo is not None:
        embedded.extend(ip.teredo)
    return embedded
