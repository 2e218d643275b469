"""Secrets in one encrypted file, for machines without a keyring. Only ever chosen by the user, never a fallback.

The only importer of `cryptography` beside the tests. The passphrase is turned into a key once and then forgotten.
"""

import base64
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.settings.json_file import write_private_json
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError

__all__ = ["ENCRYPTED_FILE_NAME", "SHORTEST_PASSPHRASE", "EncryptedFileStore"]

ENCRYPTED_FILE_NAME = "secrets.encrypted.json"
"""Its name in the config folder. That it is there tells that the user chose it."""

SHORTEST_PASSPHRASE = 8
"""Characters, for a new file."""

_VERSION = 1
_WORK = 2**16
"""The cost of scrypt: with 8 blocks 64 MiB of memory and about a fifth of a second for each guess (RFC 7914)."""
_MOST_WORK = 2**20
_BLOCKS = 8
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Lock:
    """What turns the passphrase into the key: public, and part of what the encryption vouches for."""

    salt: bytes
    work: int = _WORK

    def build_key(self, passphrase: Secret) -> bytes:
        kdf = Scrypt(salt=self.salt, length=_KEY_BYTES, n=self.work, r=_BLOCKS, p=1)
        return kdf.derive(passphrase.reveal().encode("utf-8", "surrogatepass"))

    def header(self) -> bytes:
        return dump_json([_VERSION, self.work, self.salt.hex()])


class EncryptedFileStore:
    """A `SecretStore` in a file of mode 0600: AES-256-GCM under a key that scrypt makes of the passphrase.

    Safe for use from many threads of one program.
    """

    label = "an encrypted file"

    def __init__(self, path: Path, passphrase: Secret) -> None:
        """Open the file, or begin a new one that is written with its first secret.

        Raises `SecretStoreError`: a wrong passphrase, a damaged file, a passphrase too short for a new file.
        """
        self._path = path
        self._mutex = threading.Lock()
        document = self._read()
        if document is None:
            if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
                raise SecretStoreError(
                    f"The passphrase is too short. Use {SHORTEST_PASSPHRASE} characters or more."
                )
            self._lock = _Lock(os.urandom(_SALT_BYTES))
            self._cipher = AESGCM(self._lock.build_key(passphrase))
            self._secrets: dict[str, str] = {}
        else:
            self._lock = self._decode_lock(document)
            self._cipher = AESGCM(self._lock.build_key(passphrase))
            self._secrets = self._decrypt(document)

    def get(self, key: str) -> Secret | None:
        with self._mutex:
            text = self._secrets.get(key)
        return None if text is None else Secret(text)

    def set(self, key: str, value: Secret) -> None:
        with self._mutex:
            self._write({**self._secrets, key: value.reveal()})

    def delete(self, key: str) -> None:
        with self._mutex:
            if key in self._secrets:
                self._write({name: text for name, text in self._secrets.items() if name != key})

    def _write(self, secrets: dict[str, str]) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        data = self._cipher.encrypt(nonce, dump_json(secrets), self._lock.header())
        document = {
            "version": _VERSION,
            "scrypt": {"n": self._lock.work, "r": _BLOCKS, "p": 1, "salt": _encode(self._lock.salt)},
            "nonce": _encode(nonce),
            "data": _encode(data),
        }
        try:
            write_private_json(self._path, document)
        except OSError as error:
            raise SecretStoreError(
                f"The file {self._path} cannot be written ({error.strerror}). Make room there, or make its folder "
                "writable."
            ) from error
        self._secrets = secrets

    def _read(self) -> JsonObject | None:
        try:
            document = load_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretStoreError(
                f"The file {self._path} cannot be read ({error.strerror}). Make it readable for you alone."
            ) from error
        except JsonError:
            raise self._damaged() from None
        if not isinstance(document, dict):
            raise self._damaged()
        return document

    def _decode_lock(self, document: JsonObject) -> _Lock:
        match document:
            case {
                "version": 1,
                "scrypt": {"n": int() as work, "r": int() as blocks, "p": 1, "salt": str() as salt},
            } if blocks == _BLOCKS and 1 < work <= _MOST_WORK and work & (work - 1) == 0:
                return _Lock(self._decode(salt), work)
        raise self._damaged()

    def _decrypt(self, document: JsonObject) -> dict[str, str]:
        nonce, data = (self._decode(document.get(name)) for name in ("nonce", "data"))
        if len(nonce) != _NONCE_BYTES:
            raise self._damaged()
        try:
            secrets = load_json(self._cipher.decrypt(nonce, data, self._lock.header()))
        except InvalidTag:
            raise SecretStoreError(
                f"The passphrase does not open {self._path}, or the file is damaged. Enter the passphrase again."
            ) from None
        return {str(key): str(text) for key, text in secrets.items()}

    def _decode(self, text: Any) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (TypeError, ValueError):
            raise self._damaged() from None

    def _damaged(self) -> SecretStoreError:
        return SecretStoreError(
            f"The file {self._path} is damaged. Put a copy of it there, or delete it and enter the secrets again."
        )


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
