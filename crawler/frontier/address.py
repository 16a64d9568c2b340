"""Where Redis is. Light: no client is loaded here."""

from __future__ import annotations

from urllib.parse import urlsplit

REDIS_VARIABLE = "WANGDUN_REDIS_URL"
SCHEMES = ("redis", "rediss", "unix")  # what the client knows: plain, TLS, a socket on this machine


def checked_address(url: str) -> str:
    """An address fit for a configuration file. Raises ValueError: it is none, or it holds a password."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError as error:
        raise ValueError(f"Redis 的地址无法识别：{url!r}") from error
    if parts.scheme not in SCHEMES or not (parts.hostname or parts.path):
        raise ValueError(f"Redis 的地址应写作 redis://主机:6379/0：{told_of(url)!r}")
    if password:
        raise ValueError(f"Redis 密码不能写在配置文件里，请把完整地址放进环境变量 {REDIS_VARIABLE}")
    return url


def told_of(url: str) -> str:
    """The address as people may see it: without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
