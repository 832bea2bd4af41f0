"""A provider of permission (OAuth 2) on loopback: codes for PKCE, tokens for an hour, refresh tokens that change."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Struct, field


class Provider(Struct):
    """What it has given out, and what it does on demand."""

    port: int = 0
    client_id: str = "desk"
    client_secret: str = "bí mật của bàn"
    user: str = "support"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each code was asked for with."""
    access: set[str] = field(default_factory=set)
    refresh: str = ""
    """The only refresh token that is good."""
    given: int = 0
    is_revoked: bool = False
    is_broken: bool = False
    is_silent_on_refresh: bool = False
    """Whether a refresh brings no newer refresh token, which RFC 6749 allows."""
    seconds: int = 3600

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def agree(self, address: str) -> str:
        """The owner agrees in the browser: the address that it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.is_broken:
            return 503, {}
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client", "error_description": "who are you?"}
        if self.is_revoked or not self._is_good(form):
            return 400, {"error": "invalid_grant", "error_description": "it was withdrawn"}
        self.given += 1
        access = f"access-{self.given}"
        self.access.add(access)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.seconds}
        if form["grant_type"] == "refresh_token" and self.is_silent_on_refresh:
            return 200, answer
        self.refresh = f"refresh-{self.given}"
        return 200, {**answer, "refresh_token": self.refresh}

    def _is_good(self, form: dict[str, str]) -> bool:
        if form["grant_type"] == "refresh_token":
            return form.get("refresh_token") == self.refresh
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return asked is not None and (asked["code_challenge"], asked["redirect_uri"]) == (
            challenge,
            form["redirect_uri"],
        )


@asynccontextmanager
async def providing(provider: Provider) -> AsyncIterator[Provider]:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
        form = {name: values[0] for name, values in parse_qs((await reader.readexactly(length)).decode()).items()}
        path = head.split()[1]
        if path.startswith("/token"):
            status, answer = provider.token(form)
        else:  # a mail server asks whether a token is good (RFC 7662)
            token = form.get("token") or path.rpartition("=")[2]
            status, answer = 200, {"active": token in provider.access, "email": provider.user}
        body = json.dumps(answer).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
        await server.wait_closed()
