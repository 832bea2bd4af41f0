"""From the command to the first page, by a browser and by a mail server, and to a good end."""

import json
import os
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cli import Place, free_port

PATIENCE_SECONDS = 60


@contextmanager
def _serving(place: Place, *words: str) -> Iterator[tuple[httpx.Client, "subprocess.Popen[str]", int]]:
    """A desk that answers, its process, and the port for letters."""
    port, smtp_port = free_port(), free_port()
    words = (*words, "--port", str(port), "--smtp-port", str(smtp_port))
    address = f"http://127.0.0.1:{port}"
    with place.started(*words) as process, httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as browser:
        _until(process, lambda: browser.get("/livez").text == "alive\n")
        yield browser, process, smtp_port


def _until(process: "subprocess.Popen[str]", happens: Any) -> None:
    """Ask until it is so. A process that has ended says why."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        try:
            if happens():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def _subjects(browser: httpx.Client, token: str) -> list[str]:
    answer = browser.get("/api/v1/tickets", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return [ticket["subject"] for ticket in answer.json()["items"]]


def test_the_demo_serves_pages_takes_letters_and_ends_well(place_on_both: Place) -> None:
    place = place_on_both
    place.set(smtp_url="smtp://127.0.0.1:9")  # the demo writes to nobody, whatever mail server is set
    with _serving(place, "demo") as (browser, process, smtp_port):
        assert "Lúa" in browser.get("/vi/help").text
        assert browser.get("/readyz").text == "ready\n"
        token = place.run("token", "add", "tam@lua.example", "--name", "test").out.strip()
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=PATIENCE_SECONDS) as server:
            letter = "From: me@example.com\r\nSubject: It works\r\n\r\nHello!"
            assert server.sendmail("me@example.com", ["support@lua.example"], letter) == {}
        _until(process, lambda: "It works" in _subjects(browser, token))
        _until(process, lambda: "<mark>" in browser.get("/vi/help/search?q=may+in").text)

        hers = {"authorization": f"Bearer {token}"}
        with browser.stream("GET", "/live", headers=hers) as live:  # a page that listens does not hold up the end
            next(live.iter_lines())
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 0, said
    assert f"smtp://127.0.0.1:{smtp_port}" in said
    assert "/admin/outbox (none leaves this machine)" in said
    assert "khoa@lua.example" in said
    assert "Traceback" not in said
    assert "ERROR" not in said

    place.set(smtp_url="")
    doctor = place.run("doctor")
    troubles = [line for line in doctor.out.splitlines() if line.startswith("TROUBLE")]
    assert doctor.status == bool(troubles)
    assert [line for line in troubles if "fsync" not in line] == []  # of which the tests' PostgreSQL does none
    hits = json.loads(place.run("search", "query", "may in khong in", "--lang", "vi", "--json").out)["hits"]
    assert {"kind", "id", "title", "url", "score"} == set(hits[0])
    assert any("máy in" in hit["title"].lower() for hit in hits)


def test_an_empty_desk_says_what_it_lacks_and_several_processes_share_the_work(place_on_both: Place) -> None:
    with _serving(place_on_both, "serve", "--workers", "2") as (browser, process, smtp_port):
        _until(process, lambda: browser.get("/readyz").text == "ready\n")
        _until(process, lambda: _listens(smtp_port))
        before = _children(process.pid)
        os.kill(before[0], signal.SIGKILL)  # it is replaced, and if it was the one that works, so is that
        _until(process, lambda: len({*_children(process.pid)} - {before[0]}) == 2)
        _until(process, lambda: browser.get("/readyz").text == "ready\n" and _listens(smtp_port))
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 0, said
    assert "Nobody looks after this desk yet: helpdesk user add" in said
    assert "Letters cannot come in yet: give a department an address" in said


def test_the_work_behind_ends_when_it_is_told_to(place_on_both: Place) -> None:
    place_on_both.run("migrate")
    port = free_port()
    with place_on_both.started("work", "--smtp-port", str(port)) as process:
        _until(process, lambda: _listens(port))
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, said) == (0, "")


def _children(process: int) -> list[int]:
    """The processes that answer requests; the one beside them only counts what they share (multiprocessing)."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def _listens(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as server:
            return server.noop()[0] == 250
    except OSError:
        return False
