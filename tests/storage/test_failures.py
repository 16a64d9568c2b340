"""What a person reads when PostgreSQL does not let the program in."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager

import psycopg
import pytest

from storage.database import Database
from storage.exceptions import StorageError

NO_ENCRYPTION = (80877103, 80877104)  # the protocol's SSLRequest and GSSENCRequest, answered with N


@contextmanager
def refusing(severity, words):
    """The port of a server that answers whoever connects with one error."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_refuse, args=(server, severity, words))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _refuse(server, severity, words):
    fields = b"".join(kind + text.encode() + b"\0" for kind, text in ((b"S", severity), (b"V", "FATAL"), (b"M", words)))
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # the end of the test
            return
        with connection:
            while (first := connection.recv(4096)) and struct.unpack("!I", first[4:8])[0] in NO_ENCRYPTION:
                connection.sendall(b"N")
            if first:
                connection.sendall(b"E" + struct.pack("!I", 5 + len(fields)) + fields + b"\0")


@pytest.mark.parametrize(("severity", "words", "expected"), [
    ("FATAL", 'password authentication failed for user "wangdun"', "用户名或密码不对"),
    ("致命错误", '用户 "wangdun" Password 认证失败', "用户名或密码不对"),
    ("FATAL", 'role "wangdun" does not exist', "用户名或密码不对"),
    ("FATAL", 'database "there" does not exist', "数据库不存在"),
    ("致命错误", '数据库 "there" 不存在', "数据库不存在"),
    ("FATAL", 'no pg_hba.conf entry for host "10.0.0.9", user "wangdun", database "there", no encryption', "pg_hba.conf"),
    ("FATAL", "sorry, too many clients already", "连接数已满"),
    ("FATAL", 'permission denied for database "there"', "没有所需的权限"),
    ("FATAL", "the database system is starting up", "正在启动"),
    ("FATAL", "{never} heard of", "拒绝了连接（{never} heard of）"),
])  # fmt: skip
def test_the_reason_why_a_server_refuses(severity, words, expected):
    with refusing(severity, words) as port, pytest.raises(StorageError) as caught:
        Database.open(f"postgresql://wangdun:s3cret@127.0.0.1:{port}/there")
    assert expected in str(caught.value)
    assert f"127.0.0.1:{port}/there" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_database_and_a_role_that_a_real_server_does_not_know(cluster):
    with pytest.raises(StorageError, match="数据库不存在"):
        Database.open(cluster.url("nowhere"))
    with pytest.raises(StorageError, match="用户名或密码不对"):
        Database.open(cluster.url("postgres").replace("tester@", "stranger:s3cret@"))


def test_a_database_in_another_encoding_is_refused(cluster):
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE unsaid TEMPLATE template0 ENCODING SQL_ASCII")
    with pytest.raises(StorageError, match="unsaid 的编码是 SQL_ASCII，应为 UTF8"):
        Database.open(cluster.url("unsaid"))
    cluster.drop("unsaid")


@pytest.mark.parametrize("password", ["top@s3cret", "a@b@s3cret", "%@s3cret"])
def test_an_at_sign_in_a_password_is_not_shown_as_the_host(password):
    with pytest.raises(StorageError, match="%40") as caught:
        Database.open(f"postgresql://wangdun:{password}@127.0.0.1:1/there")
    assert "s3cret" not in str(caught.value)
