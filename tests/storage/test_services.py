from __future__ import annotations

import psycopg
import pytest

from tests import services


def test_a_cluster_answers_and_is_gone_afterwards():
    with services.postgres() as server, psycopg.connect(server.create("own")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("own",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url(), connect_timeout=5)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_a_server_ci_fails_and_others_skip(monkeypatch, tmp_path, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(services, "BINARIES", tmp_path)
    with pytest.raises(outcome, match="apt-get install postgresql"):
        services.find_binaries()
