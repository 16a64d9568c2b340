"""What an export leaves behind: all of it or nothing, whatever happens meanwhile; and what it hides."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import custody
from storage.evidence.objects import Objects
from storage.review import accounts, decisions
from storage.review.audit import Actor
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.wangdun import archive
from tests.wangdun.running import PATIENCE, environment
from wangdun.config import load
from wangdun.exceptions import UsageError
from wangdun.refer_export import SUMS, Export
from wangdun.refer_wishes import Wish
from wangdun.referring import Referring

NOW = datetime(2026, 11, 5, 4, tzinfo=UTC)
PHONE = "13800001234"
CODE = """
import sys
from pathlib import Path
from tests.wangdun.test_refer_export import NOW, House
{before}
house = House(Path("."))
house.export.write(1, Path("out"), house.hanna, NOW)
"""


class House:
    """An installation with one approved referral that hides nothing."""

    def __init__(self, folder):
        self.folder = folder
        config = load(folder / "config.yaml")
        self.db = Database.open(config.storage)
        self.service = Referring(config, self.db)
        self.export = Export(config, self.db, Objects.of(config.storage))
        self.hanna, self.arno = (accounts.by_name(self.db, name).actor() for name in ("hanna", "arno"))

    def approved(self):
        wish = Wish((1,), "public_security", "lead", fields={"无证据说明": "网页已删除"}, override="试点", masked=False)
        made = self.service.draft(wish, self.hanna, NOW)
        return self.service.approve(made.id, self.arno, NOW)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    archive.fill(folder / "data")
    (folder / "config.yaml").write_text(
        "storage: {data_dir: data}\nreferrals:\n  office: {name: 某县林业局}\n", encoding="utf-8"
    )
    db = Database.open(StorageConfig(data_dir=folder / "data"))
    for name, role in (("hanna", "handler"), ("arno", "approver")):
        accounts.create(db, accounts.Draft(name, "hash", (role,), must_change=False), Actor(None, "测试"), NOW)
    hanna = accounts.by_name(db, "hanna").actor()
    decisions.decide(db, Decision(1, hanna, "confirm"), NOW - timedelta(hours=1), policy=ALONE)
    db.close()
    made = House(folder)
    made.approved()
    yield made
    made.db.close()


def start(house, before: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-B", "-c", CODE.format(before=before)],
        cwd=house.folder,
        env=environment(),
        stderr=subprocess.PIPE,
    )


def contents(folder) -> dict[str, bytes]:
    """Every file, those within archives and documents as well."""
    found = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name, content in list(found.items()):
        if name.endswith((".docx", ".xlsx", ".zip")):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                found |= {f"{name}/{inner}": packed.read(inner) for inner in packed.namelist()}
    return found


def whole(folder) -> bool:
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    told = dict(reversed(line.split("  ", 1)) for line in lines)
    return len(told) == 7 and all(sha256((folder / name).read_bytes()).hexdigest() == told[name] for name in told)


@pytest.mark.parametrize("files", [1, 5, 7])
def test_a_kill_leaves_no_half_folder(house, files):
    out = house.folder / "out"
    process = start(house)
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        if any(len(list(one.iterdir())) >= files for one in out.glob(".*")):
            process.kill()
            break
    process.communicate()
    shown = [one for one in out.iterdir() if not one.name.startswith(".")]
    assert all(map(whole, shown))
    for one in shown:  # it was faster
        one.rename(house.folder / f"fast-{files}")


def test_a_full_disk_leaves_nothing(house, tmp_path):
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "import wangdun.handover, wangdun.lead_record, referrals.package.bag, storage.evidence.extracts\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    )
    before = set((house.folder / "out").iterdir())
    _, told = start(house, limit).communicate(timeout=PATIENCE)
    assert "没有留下不完整的文件" in told.decode()
    assert set((house.folder / "out").iterdir()) == before


def test_what_there_is_already_is_not_touched(house, tmp_path):
    house.export.write(1, tmp_path, house.hanna, NOW)
    (folder,) = tmp_path.iterdir()
    assert whole(folder)
    before, chain = contents(tmp_path), custody.head(house.db)
    with pytest.raises(UsageError, match="已存在"):
        house.export.write(1, tmp_path, house.hanna, NOW)
    assert (contents(tmp_path), custody.head(house.db)) == (before, chain)


def test_hiding_reaches_every_text_and_is_called_a_draft(house, tmp_path):
    house.export.write(1, tmp_path / "open", house.hanna, NOW)
    done = house.export.write(1, tmp_path / "hidden", house.hanna, NOW, masked=True)
    assert not done.approved
    shown, hidden = contents(tmp_path / "open"), contents(tmp_path / "hidden")
    assert any(PHONE.encode() in content for name, content in shown.items() if "清单" in name)
    assert [name for name, content in hidden.items() if PHONE.encode() in content] == []
    assert {name.split("/")[0] for name in hidden} >= {"（草稿）线索清单.csv", "（草稿）案件线索移送函.docx"}
    assert custody.head(house.db).detail["masked"] is True
