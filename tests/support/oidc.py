"""An identity provider on the loopback interface, where everybody may say who they are."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT = "the-app"
USERS = ("Ada", "Edsger", "Grace")
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_KEY_ID = "key"


def secrets_toml(provider: str, app: str) -> str:
    """Return the ``[auth]`` section for an app at the address `app`."""
    return f"""
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "a secret of the test"
client_id = "{CLIENT}"
client_secret = "another"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@contextmanager
def provide() -> Iterator[str]:
    """Yield the provider's address, the issuer; its page has a link for each user."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _token(claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "kid": _KEY_ID}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_encoded(_KEY.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"


class _Provider(BaseHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass

    @property
    def _address(self) -> str:
        return f"http://{self.headers['Host']}"

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(target.query).items()}
        match target.path:
            case "/.well-known/openid-configuration":
                self._json(
                    {
                        "issuer": self._address,
                        "authorization_endpoint": f"{self._address}/authorize",
                        "token_endpoint": f"{self._address}/token",
                        "jwks_uri": f"{self._address}/keys",
                    }
                )
            case "/keys":
                public = _KEY.public_key().public_numbers()
                key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": _KEY_ID}
                self._json({"keys": [{**key, "n": _number(public.n), "e": _number(public.e)}]})
            case "/authorize":
                self._users(asked)
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        user, _, nonce = parse_qs(body)["code"][0].partition(" ")
        now = int(time.time())
        claims = {
            "iss": self._address,
            "aud": CLIENT,
            "sub": user,
            "name": user,
            "iat": now,
            "exp": now + 3600,
            "nonce": nonce,
        }
        self._json(
            {"access_token": "of no use", "token_type": "Bearer", "id_token": _token(claims)}
        )

    def _users(self, asked: dict[str, str]) -> None:
        links = []
        for user in USERS:
            code = f"{user} {asked.get('nonce', '')}"
            answer = urlencode({"code": code, "state": asked["state"]})
            links.append(f'<a href="{asked["redirect_uri"]}?{answer}">{user}</a>')
        self._answer("text/html", "".join(links).encode())

    def _json(self, value: object) -> None:
        self._answer("application/json", json.dumps(value).encode())

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
