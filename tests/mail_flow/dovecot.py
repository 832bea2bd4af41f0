"""A real Dovecot on loopback, with a configuration and a folder of its own; the system's is never touched."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct

PASSWORD: Final = "bi-mat-cua-hop-thu"

CONFIG: Final = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
instance_name = tests
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%u
mail_uid = {owner}
mail_gid = {group}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
imap_idle_notify_interval = 29 mins
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Archive {{
    auto = create
  }}
  mailbox "Thư đã đọc" {{
    auto = create
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(Struct):
    """A server that runs: its ports, and the certificate that it shows."""

    folder: Path
    imap: int
    imaps: int
    pop3: int
    pop3s: int

    @property
    def certificate(self) -> str:
        return str(self.folder / "cert.pem")

    def deliver(self, user: str, *letters: bytes) -> None:
        """Put letters into a mailbox as a delivery agent does."""
        box = self.folder / "mail" / user
        for name in ("cur", "new", "tmp"):
            (box / name).mkdir(parents=True, exist_ok=True)
        began = time.time_ns()
        files = [box / "tmp" / f"{began}.{number}.tests" for number in range(len(letters))]
        for file, raw in zip(files, letters, strict=True):
            file.write_bytes(raw)
        self._own(self.folder / "mail")
        for file in files:
            file.rename(box / "new" / file.name)

    def restart_folder(self, user: str) -> None:
        """Forget what UIDs the letters had: the folder gets another UIDVALIDITY."""
        for file in (self.folder / "mail" / user).glob("dovecot*"):
            file.unlink() if file.is_file() else shutil.rmtree(file)
        uidlist = self.folder / "mail" / user / "dovecot-uidlist"
        uidlist.write_text("3 V4242 N1 Gffffffffffffffffffffffffffffffff\n")
        self._own(uidlist)

    def _own(self, path: Path) -> None:
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for one in (path, *path.rglob("*")):
                os.chown(one, nobody.pw_uid, nobody.pw_gid)


def is_here() -> bool:
    return _program() is not None


@contextmanager
def running(introspection: str = "http://127.0.0.1:1/") -> Iterator[Dovecot]:
    """`introspection` is asked whether a token of XOAUTH2 is good (RFC 7662)."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(folder, *_free_ports(4))
    try:
        _prepare(server, introspection)
        process = subprocess.Popen([str(_program()), "-F", "-c", str(folder / "dovecot.conf")])
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _prepare(server: Dovecot, introspection: str) -> None:
    folder, me, is_root = server.folder, pwd.getpwuid(os.getuid()), os.getuid() == 0
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    server._own(folder / "mail")
    _certify(folder)
    (folder / "oauth2.conf").write_text(
        f"introspection_mode = post\nintrospection_url = {introspection}\nusername_attribute = email\n"
        "active_attribute = active\nactive_value = true\n"
    )
    owner = pwd.getpwnam("nobody") if is_root else me
    text = CONFIG.format(
        folder=folder,
        owner=owner.pw_name,
        group=owner.pw_gid,
        login_user="dovenull" if is_root else me.pw_name,
        internal_user="dovecot" if is_root else me.pw_name,
        internal_group="dovecot" if is_root else me.pw_gid,
        password=PASSWORD,
        imap=server.imap,
        imaps=server.imaps,
        pop3=server.pop3,
        pop3s=server.pop3s,
    )
    (folder / "dovecot.conf").write_text(text)


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = datetime.now(UTC) - timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait(server: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    """Until all ports answer. Raises RuntimeError with its log when it does not come up."""
    for port in (server.imap, server.imaps, server.pop3, server.pop3s):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
        else:
            raise RuntimeError("Dovecot does not answer")
    if process.poll() is not None:
        raise RuntimeError((server.folder / "log").read_text())
