"""A name server on this machine, for the tests: it knows what it is told and nothing else (RFC 1035, over UDP)."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""(name, kind) → records as they stand in a zone file."""


@contextmanager
def answering(zone: Zone, *, silent: Sequence[str] = (), failing: Sequence[str] = ()) -> Iterator[str]:
    """Its `address:port` while the block runs. Names in `silent` get no answer, those in `failing` an error."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, stop, zone, silent, failing))
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _serve(
    server: socket.socket, stop: threading.Event, zone: Zone, silent: Sequence[str], failing: Sequence[str]
) -> None:
    while not stop.is_set():
        try:
            asked, peer = server.recvfrom(4096)
        except TimeoutError:
            continue
        question = dns.message.from_wire(asked)
        name = question.question[0].name
        known = name.to_text(omit_final_dot=True)
        if known in silent:
            continue
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if known in failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not any(known == other for other, _ in zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            kind = question.question[0].rdtype
            if records := zone.get((known, dns.rdatatype.to_text(kind))):
                answer.answer.append(dns.rrset.from_text_list(name, 60, dns.rdataclass.IN, kind, list(records)))
        server.sendto(answer.to_wire(), peer)
