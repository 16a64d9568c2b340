"""Passwords: which are good enough, how they are kept (argon2id), how they are compared in equal time."""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache
from threading import Semaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.exceptions import Refusal

SHORTEST: Final = 10
LONGEST: Final = 200  # characters: no passphrase is longer, and hashing must not become a burden
# OWASP's second recommendation for argon2id: 19 MiB, 2 passes; some 30 ms on a small server
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE: Final = Semaphore(4)  # 4 x 19 MiB: many log-ins at once must not take the memory of a small server
# what lists of leaked passwords begin with, as far as ten characters or more reach, and what suits this product
COMMONEST: Final = frozenset(
    [
        "1234567890",
        "0123456789",
        "12345678910",
        "123456789a",
        "a123456789",
        "q123456789",
        "aa123456789",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "asdfghjkl1",
        "password123",
        "password1234",
        "passw0rd123",
        "adminadmin",
        "admin12345",
        "admin123456",
        "administrator",
        "1111111111",
        "0000000000",
        "8888888888",
        "6666666666",
        "1122334455",
        "9876543210",
        "0987654321",
        "5201314520",
        "woaini1314",
        "woaini520520",
        "zxcvbnm123",
        "abc1234567",
        "abcd123456",
        "qq123456789",
        "wangdun123",
        "wangdun1234",
        "wangdun2026",
        "huanying123",
        "letmein123",
        "iloveyou123",
        "changeme123",
        "p@ssw0rd123",
        "qwerty12345",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "147258369a",
        "1234qwerasdf",
    ]
)
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is mixed up on paper: l 1 i o 0


def tidy(password: str) -> str:
    """One form for what two keyboards may send as two."""
    return unicodedata.normalize("NFKC", password)


def check_rules(password: str, *, name: str, display_name: str = "") -> str:
    """The password in the form to keep.

    Raises:
        Refusal: 422, saying which rule it breaks.
    """
    password = tidy(password)
    low = password.casefold()
    if len(password) < SHORTEST:
        raise Refusal(422, f"密码至少 {SHORTEST} 个字符。")
    if len(password) > LONGEST:
        raise Refusal(422, f"密码最多 {LONGEST} 个字符。")
    for own in (name, display_name):
        rest = low.replace(own.casefold(), "") if own else low
        if len(rest) < SHORTEST - 4 and rest != low:
            raise Refusal(422, "密码不能主要由姓名或账号构成。")
    if low in COMMONEST or len(set(low)) < 4:
        raise Refusal(422, "这个密码太常见，容易被猜到，请换一个。")
    return password


def make_hash(password: str) -> str:
    """argon2id in its standard text form."""
    with _AT_ONCE:
        return _HASHER.hash(tidy(password)[:LONGEST])


@lru_cache(maxsize=1)
def _nobody() -> str:
    """The hash for names that do not exist: answering takes as long as for those that do."""
    return make_hash(secrets.token_urlsafe())


def matches(password: str, known: str | None) -> bool:
    """Whether `password` is the one kept as `known`; None, for no such account, takes as long."""
    compared = known or _nobody()
    with _AT_ONCE:
        try:
            return _HASHER.verify(compared, tidy(password)[:LONGEST]) and known is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(known: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(known)


def invent() -> str:
    """A password to be handed over on paper: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
