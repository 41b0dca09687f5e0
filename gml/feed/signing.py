"""The signature of a manifest (Ed25519, RFC 8032), so that whoever has the public key needs not trust the way.

Signed are the bytes of :func:`canonical`: the manifest without its ``signature``, keys sorted, no spaces, UTF-8.
Without a key a manifest says that it is not signed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

ALGORITHM: Final = "Ed25519"
_LENGTH: Final = 32


class BadKey(ValueError):
    """A key that is none; the message says what is expected."""


def canonical(manifest: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest that are signed."""
    told = {name: value for name, value in manifest.items() if name != "signature"}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def public_key(secret: str) -> str:
    """The public key of a secret one, both as base64 of 32 bytes."""
    from nacl.signing import SigningKey

    return base64.b64encode(bytes(SigningKey(_bytes(secret)).verify_key)).decode()


def signature(manifest: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """What stands as ``signature`` in a manifest.

    Parameters
    ----------
    secret : base64 of the 32 bytes of the key; empty = there is none.

    Raises
    ------
    BadKey : it is no key.
    """
    if not secret:
        return {"signed": False, "reason": "this register has no key (PLANVAERK_REGISTER_KEY)"}
    from nacl.signing import SigningKey

    signed = SigningKey(_bytes(secret)).sign(canonical(manifest)).signature
    return {
        "signed": True,
        "algorithm": ALGORITHM,
        "public_key": public_key(secret),
        "value": base64.b64encode(signed).decode(),
    }


def verified(manifest: Mapping[str, Any], key: str) -> bool:
    """Whether the owner of a public key has signed a manifest; the key that the manifest names counts for nothing.

    Raises
    ------
    BadKey : it is no key.
    """
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    told = manifest.get("signature")
    if not isinstance(told, dict) or told.get("algorithm") != ALGORITHM:
        return False
    check = VerifyKey(_bytes(key))
    try:
        check.verify(canonical(manifest), base64.b64decode(str(told.get("value", "")), validate=True))
    except (BadSignatureError, binascii.Error, ValueError):
        return False
    return True


def _bytes(key: str) -> bytes:
    try:
        found = base64.b64decode(key.strip(), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != _LENGTH:
        raise BadKey(
            "an Ed25519 key is 32 bytes as base64, such as `openssl rand -base64 32` makes for a secret one"
        )
    return found
