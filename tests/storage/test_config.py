from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from storage.config import URL_VARIABLE, StorageConfig


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv(URL_VARIABLE, raising=False)


def test_the_default_is_a_file_in_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert StorageConfig().database_url == f"sqlite:///{tmp_path}/data/wangdun.sqlite"
    assert StorageConfig(data_dir=Path("/srv/w")).database_url == "sqlite:////srv/w/wangdun.sqlite"


def test_the_environment_wins(monkeypatch):
    config = StorageConfig(url="postgresql://user@host/a")
    assert config.database_url == "postgresql://user@host/a"
    monkeypatch.setenv(URL_VARIABLE, "postgresql://user:s3cret@host/b")
    assert config.database_url == "postgresql://user:s3cret@host/b"
    assert "s3cret" not in repr(config)


def test_a_password_in_the_file_is_refused():
    with pytest.raises(ValidationError, match=URL_VARIABLE):
        StorageConfig(url="postgresql://user:s3cret@host/a")


def test_a_misspelt_key_is_refused_and_all_keys_are_described():
    with pytest.raises(ValidationError, match="data_dri"):
        StorageConfig.model_validate({"data_dri": "x"})
    assert all(field.description for field in StorageConfig.model_fields.values())


def test_importing_it_loads_no_database_library():
    program = "import sys, storage.config; print([m for m in ('sqlalchemy', 'alembic', 'psycopg') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"


def test_opening_an_up_to_date_database_does_not_load_alembic(sqlite_template):
    program = "import sys; from storage.database import Database; Database.open(sys.argv[1]).close(); print('alembic' in sys.modules)"
    command = [sys.executable, "-c", program, f"sqlite:///{sqlite_template}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
