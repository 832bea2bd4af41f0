"""A mail server of others, on loopback."""

from aiosmtpd.smtp import SMTP, Envelope, Session


class Postbox:
    """An SMTP server's handler. `says` maps recipients (or `DATA`) to refusals; the others are taken."""

    def __init__(self) -> None:
        self.says: dict[str, str] = {}
        self.letters: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802  # aiosmtpd finds its hooks by these names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.says:
            return self.says["DATA"]
        self.letters.append(envelope)
        return "250 OK"
