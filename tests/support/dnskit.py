"""A DNS server on loopback that knows what a test tells it, and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset

# Records by name and type: {("acme.test", "TXT"): ['"v=spf1 -all"']}.
Zone = Mapping[tuple[str, str], Sequence[str]]


def _answer(asked: bytes, zone: Zone) -> bytes:
    query = dns.message.from_wire(asked)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA | dns.flags.AA
    question = query.question[0]
    name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
    records = zone.get((name, kind), ())
    if records:
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
    elif not any(known == name for known, _ in zone):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()


@contextmanager
def dns_server(zone: Zone) -> Iterator[str]:
    """The address of a server that answers from a zone, as ``HOST:PORT``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        stopped = threading.Event()

        def serve() -> None:
            while not stopped.is_set():
                asked, where = sock.recvfrom(4096)
                if asked:
                    sock.sendto(_answer(asked, zone), where)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{sock.getsockname()[1]}"
        finally:
            stopped.set()
            sock.sendto(b"", sock.getsockname())
            thread.join(5)
