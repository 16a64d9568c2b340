from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

import bagit
import pytest
from warcio.archiveiterator import ArchiveIterator

from referrals.exceptions import Unfaithful
from storage import listings
from storage.evidence import custody
from tests.storage.evidence.authority import Authority, find_openssl, serve
from tests.storage.making import full
from tests.wangdun.evidence import NOW, PAGE, URL, Installation
from tests.wangdun.running import PATIENCE
from wangdun.exceptions import UsageError
from wangdun.handover import Asked, Handover
from wangdun.timestamping import stamp_new

LATER = NOW + timedelta(days=1)


@pytest.fixture
def house(tmp_path):
    made = Installation(tmp_path)
    made.seal()
    made.seal("2", minutes=1)  # another listing's: a neighbour in the chain
    made.screen(minutes=2)
    yield made
    made.db.close()


@pytest.fixture
def package(house, tmp_path):
    target = tmp_path / "out" / "e.zip"
    target.parent.mkdir()
    hand_over(house, target)
    return target


@pytest.fixture
def unpacked(package, tmp_path):
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "there")
    return tmp_path / "there" / "evidence-lead-1"


def hand_over(house, target, *, force=False, **facts):
    asked = Asked(**{"lead_ids": (1,), "capture_ids": (), "actor": "张三"} | facts)
    return Handover(house.config, house.db, house.objects).write(asked, target, now=LATER, force=force)


def verify(folder, *, text=True):
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, timeout=PATIENCE, check=False,
        env={"PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=PATIENCE, check=True).stdout.decode()


def test_bagit_finds_the_package_valid(unpacked):
    bag = bagit.Bag(str(unpacked))
    assert bag.validate()
    assert bag.info["External-Description"] == "网络监测线索，供核查。线索 1"
    assert set(bag.payload_entries()) >= {"data/capture-000001/page.warc.gz", "data/capture-000003/screen.png"}
    assert not any("000002" in name for name in bag.payload_entries())


def test_ordinary_tools_check_both_manifests(unpacked):
    assert "FAILED" not in run("sha256sum", "-c", "manifest-sha256.txt", cwd=unpacked)
    assert "FAILED" not in run("sha256sum", "-c", "tagmanifest-sha256.txt", cwd=unpacked)
    told = dict(reversed(line.split("  ")) for line in (unpacked / "manifest-sm3.txt").read_text().splitlines())
    said = run("openssl", "dgst", "-sm3", *told, cwd=unpacked)
    assert dict(re.findall(r"\((.+)\)= ([0-9a-f]{64})", said)) == told


def test_the_script_in_the_package_finds_it_whole(unpacked):
    code, said = verify(unpacked)
    assert code == 0, said
    assert said.rstrip().endswith("结论：全部相符（网络监测线索，供核查）")
    assert "capture-000001/page.warc.gz：第 1 至 4 条 WARC 记录与其哈希相符" in said
    assert "capture-000003 的固定清单与保管记录一致" in said
    assert "错误" not in said
    assert "不符" not in said
    assert len((unpacked / "verify.py").read_text("utf-8").splitlines()) <= 100


def test_the_page_in_the_package_is_the_page_that_was_seen(unpacked):
    content = (unpacked / "data/capture-000001/page.warc.gz").read_bytes()
    pages = [
        one.content_stream().read()
        for one in ArchiveIterator(BytesIO(content), check_digests="raise")
        if one.rec_type == "response" and one.rec_headers.get_header("WARC-Target-URI") == URL
    ]
    assert pages == [PAGE]


def rewrite(path, change):
    path.chmod(0o644)
    path.write_bytes(change(path.read_bytes()))


def seal_again(folder):
    """What a forger does who knows the format: all manifests are made anew."""
    for kind in ("manifest", "tagmanifest"):
        for algorithm in ("sha256", "sm3"):
            lines = [f"{hashed(one, algorithm)}  {one.relative_to(folder).as_posix()}\n" for one in of(kind, folder)]
            (folder / f"{kind}-{algorithm}.txt").write_text("".join(lines), "utf-8")


def of(kind, folder):
    if kind == "manifest":
        return [one for one in sorted((folder / "data").rglob("*")) if one.is_file()]
    return [one for one in sorted(folder.iterdir()) if one.is_file() and not one.name.startswith("tag")]


def hashed(path, algorithm):
    return run("openssl", "dgst", "-r", f"-{algorithm}", str(path), cwd=path.parent).split()[0]


def errors(said):
    return [line for line in said.splitlines() if line.startswith("错误")]


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        ("data/capture-000001/page.warc.gz", 40),
        ("data/capture-000003/screen.png", 100),
        ("data/lead-1/线索记录.txt", 30),
        ("校验说明.txt", 30),
        ("bag-info.txt", 3),
        ("manifest-sha256.txt", 2),
        ("tagmanifest-sm3.txt", 2),
    ],
)
def test_a_flipped_byte_is_found(unpacked, name, offset):
    rewrite(unpacked / name, lambda old: old[:offset] + bytes([old[offset] ^ 1]) + old[offset + 1 :])
    code, said = verify(unpacked)
    assert code == 1
    assert "错误" in said
    assert "已被改动或损坏" in said


def test_a_missing_and_an_extra_file_are_named(unpacked):
    (unpacked / "data/capture-000003/page.txt").unlink()
    (unpacked / "data/capture-000003/other.txt").write_text("x")
    code, said = verify(unpacked)
    assert code == 1
    assert "data/capture-000003/page.txt：SHA256" in said
    assert "缺少该文件" in said
    assert "data/capture-000003/other.txt：清单中没有这个文件" in said
    assert "Payload-Oxum" in next(line for line in said.splitlines() if "总字节数" in line and "错误" in line)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("采集程序", "别的程序", "错误　保管记录第 1 条（固定）"),
        ('"previous":"', '"previous":"f', "错误　保管记录第 1 条与第 2 条相连"),
    ],
)
def test_an_edited_line_of_custody_is_found_even_with_new_manifests(unpacked, old, new, complaint):
    rewrite(unpacked / "data/custody/custody.jsonl", lambda content: content.replace(old.encode(), new.encode(), 1))
    seal_again(unpacked)
    code, said = verify(unpacked)
    assert code == 1
    assert errors(said)[-1:] == [complaint]  # a changed length is told before


@pytest.mark.parametrize(
    ("link", "change"),
    [(3, {"id": 2}), (3, {"hash": "0" * 64})],
)
def test_a_head_that_does_not_belong_to_the_links_is_found(unpacked, link, change):
    assert f"正确　链头（第 {link} 条）与保管记录末条（第 {link} 条）相符" in verify(unpacked)[1]
    path = unpacked / "data/custody/head.json"
    told = json.loads(path.read_text("utf-8"))
    rewrite(path, lambda _: json.dumps(told | {"head": told["head"] | change}).encode())
    seal_again(unpacked)
    code, said = verify(unpacked)
    assert code == 1
    assert [line for line in errors(said) if "链头" in line]


def test_an_exchanged_page_is_found_even_with_new_manifests(unpacked):
    folder = unpacked / "data/capture-000001"
    rewrite(folder / "page.warc.gz", lambda _: (unpacked / "data/capture-000003/page.txt").read_bytes())
    seal_again(unpacked)
    code, said = verify(unpacked)
    assert code == 1
    assert "错误　capture-000001/page.warc.gz 与固定清单一致" in said


def test_a_forged_manifest_does_not_match_the_custody(unpacked):
    path = unpacked / "data/capture-000001/manifest.json"
    rewrite(path, lambda old: old.replace(b'"cause":"crawl"', b'"cause":"other"'))
    seal_again(unpacked)
    code, said = verify(unpacked)
    assert code == 1
    assert errors(said) == ["错误　capture-000001 的固定清单与保管记录一致"]


def test_names_that_lead_out_of_the_package_are_not_followed(unpacked, tmp_path):
    outside = tmp_path / "secret"
    outside.write_text("x")
    line = f"{sha256(b'x').hexdigest()}  ../../secret\n"
    rewrite(unpacked / "manifest-sha256.txt", lambda old: old + line.encode())
    code, said = verify(unpacked)
    assert code == 1
    assert "../../secret：SHA256 不符" in said
    assert "缺少该文件" in said


def test_garbage_in_every_file_never_ends_in_a_traceback(unpacked):
    for path in sorted(unpacked.rglob("*")):
        if path.is_file() and path.name != "verify.py":
            rewrite(path, lambda old: b"\xff\x00\x1b[31m" + old[:20])
    code, said = verify(unpacked)  # asserts that nothing is on stderr
    assert code == 1
    assert "\x1b" not in said


def test_custody_tells_of_the_export_with_the_package_s_hash(house, package):
    links = [one for one in custody.entries(house.db) if one.action == "exported"]
    assert [(one.capture_id, one.actor) for one in links] == [(1, "张三"), (3, "张三")]
    assert {one.detail["sha256"] for one in links} == {sha256(package.read_bytes()).hexdigest()}
    assert links[0].detail["package"] == "e.zip"
    assert links[0].detail["leads"] == [1]
    assert custody.check(house.db) is None


def test_links_of_other_captures_are_told_by_their_hashes_alone(unpacked):
    rows = [json.loads(line) for line in (unpacked / "data/custody/custody.jsonl").read_text("utf-8").splitlines()]
    assert [row["link"][0] if "link" in row else row["id"] for row in rows] == [1, 2, 3]
    assert set(rows[1]) == {"id", "previous", "hash"}


def test_the_record_is_full_unless_masked(house, unpacked, tmp_path):
    record = (unpacked / "data/lead-1/线索记录.txt").read_text("utf-8-sig")
    assert "网络监测线索，供核查" in record
    assert "13800001234" in record
    assert "命中词：猫头鹰" in record
    lead = json.loads((unpacked / "data/lead-1/lead.json").read_text("utf-8"))
    assert lead["contacts_masked"] is False
    assert json.loads((unpacked / "data/lead-1/listing.json").read_text("utf-8"))["snapshots"][0]["number"] == 1
    masked = tmp_path / "masked.zip"
    hand_over(house, masked, masked=True)
    with zipfile.ZipFile(masked) as archive:
        texts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    record, said = (texts[f"evidence-lead-1/{name}"] for name in ("data/lead-1/线索记录.txt", "校验说明.txt"))
    told = record + texts["evidence-lead-1/data/lead-1/lead.json"] + texts["evidence-lead-1/data/lead-1/listing.json"]
    assert "13800001234" not in told
    assert "demo_owl" not in told
    assert "不能遮挡" in said
    assert "不能遮挡" in record


def test_the_instructions_say_what_there_is_and_what_not(unpacked):
    said = (unpacked / "校验说明.txt").read_text("utf-8-sig")
    for word in (
        "网络监测线索，供核查",
        "certutil -hashfile",
        "sha256sum -c",
        "openssl dgst -sm3",
        "verify.py",
        "bagit",
    ):
        assert word in said
    assert "六、可信时间戳\n  无。" in said.replace("\r\n", "\n")


def test_the_same_export_at_the_same_time_has_the_same_content(house, tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    hand_over(house, first, capture_ids=(2,), lead_ids=())
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        before = {name: archive.read(name) for name in names}
    assert names[0].endswith("data/capture-000002/manifest.json")
    hand_over(house, second, capture_ids=(2,), lead_ids=())  # custody has grown by the first export
    with zipfile.ZipFile(second) as archive:
        assert archive.namelist() == names
        after = {name: archive.read(name) for name in names}
    differing = {name.rpartition("/")[2] for name in names if before[name] != after[name]}
    assert differing <= {"custody.jsonl", "head.json", "bag-info.txt"} | {
        name for name in differing if "manifest-" in name
    }


def test_an_existing_file_stays_unless_forced(house, package):
    with pytest.raises(UsageError, match="已存在"):
        hand_over(house, package)
    assert hand_over(house, package, force=True).sha256 == sha256(package.read_bytes()).hexdigest()


def test_altered_evidence_is_not_handed_over(house, tmp_path):
    capture = house.seal(minutes=5, page=b"other")
    path = house.objects.path(capture.files[0].sha256)
    rewrite(path, lambda old: old[:-1] + b"x")
    before = custody.head(house.db)
    with pytest.raises(Unfaithful, match=r"已不是固定时的内容.*page\.warc\.gz"):
        hand_over(house, tmp_path / "x.zip")
    path.unlink()
    with pytest.raises(Unfaithful, match="不见了"):
        hand_over(house, tmp_path / "x.zip")
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".x*")) == []
    assert custody.head(house.db) == before


def test_a_full_disk_leaves_no_half_package(house, tmp_path):
    house.db.close()
    code = (
        "import sys; sys.argv = ['wangdun']\n"
        "from tests.wangdun.evidence import NOW\n"
        "from pathlib import Path\n"
        "from storage.database import Database; from storage.evidence.objects import Objects\n"
        "from wangdun.config import load; from wangdun.handover import Asked, Handover\n"
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "config = load(Path('config.yaml')); db = Database.open(config.storage)\n"
        "from wangdun.lead_record import lead_record; import referrals.package.bag, storage.evidence.extracts\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "Handover(config, db, Objects.of(config.storage)).write(Asked((1,), (), 'x'), Path('full.zip'), now=NOW, force=False)\n"
    )
    from tests.wangdun.running import environment

    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "证据包没有写成" in done.stderr.decode()
    assert list(tmp_path.glob("*full.zip*")) == []


def test_unknown_numbers_are_refused(house, tmp_path):
    with pytest.raises(UsageError, match="没有编号为 99 的线索"):
        hand_over(house, tmp_path / "x.zip", lead_ids=(99,))
    with pytest.raises(UsageError, match="没有编号为 99 的固定记录"):
        hand_over(house, tmp_path / "x.zip", lead_ids=(), capture_ids=(99,))


def test_time_stamps_go_along_and_openssl_verifies_them_as_the_instructions_say(house, tmp_path):
    (tmp_path / "tsa").mkdir()
    authority = Authority(find_openssl(), tmp_path / "tsa")
    authority.make()
    with serve(authority) as service:
        wanted = {"timestamp_url": service.url, "timestamp_ca": authority.ca}
        evidence = house.config.storage.evidence.model_copy(update=wanted)
        stamp_new(evidence, house.db, house.objects, clock=lambda: datetime.now(UTC))
    house.config = replace(house.config, storage=house.config.storage.model_copy(update={"evidence": evidence}))
    hand_over(house, tmp_path / "stamped.zip")
    with zipfile.ZipFile(tmp_path / "stamped.zip") as archive:
        archive.extractall(tmp_path / "there")
    folder = tmp_path / "there" / "evidence-lead-1"
    said = (folder / "校验说明.txt").read_text("utf-8-sig")
    assert re.search(r"capture-000001/page\.warc\.gz：20[0-9: -]+ UTC，演示时间戳机构", said)
    (command,) = [line.split() for line in said.splitlines() if "openssl ts -verify" in line]
    command[-1] = "../timestamps/ca.pem"
    run(*command, cwd=folder / "data/capture-000001")
    rewrite(folder / "data/capture-000001/page.warc.gz", lambda old: old + b"x")
    with pytest.raises(subprocess.CalledProcessError):
        run(*command, cwd=folder / "data/capture-000001")


def test_hostile_texts_of_a_page_are_harmless_in_the_package(house, tmp_path):
    key = "h\u202e../../x"
    body = "\u202e出售猫头鹰\x00\x1b[31m =cmd|x \ud800"
    given = full(key, at=NOW, title="\u202e恶\x1b]0;x\x07", body=body, url="http://127.0.0.1/\u202e<script>")
    listings.write(house.db, house.site_id, 1, [given])
    capture = house.seal(key, minutes=9)
    hand_over(house, tmp_path / "h.zip", lead_ids=(2,))
    with zipfile.ZipFile(tmp_path / "h.zip") as archive:
        names = archive.namelist()
        record = archive.read("evidence-lead-2/data/lead-2/线索记录.txt").decode("utf-8-sig")
        archive.extractall(tmp_path / "there")
    assert all(re.fullmatch(r"evidence-lead-2/[A-Za-z0-9./_-]*(线索记录\.txt|校验说明\.txt)?", name) for name in names)
    assert f"evidence-lead-2/data/capture-{capture.id:06}/page.warc.gz" in names
    assert not any(char in record for char in "\u202e\x00\x1b\x07\ud800")
    assert "恶␛]0;x␇" in record
    assert verify(tmp_path / "there" / "evidence-lead-2")[0] == 0


def test_a_lead_without_captures_says_so(tmp_path):
    made = Installation(tmp_path)
    hand_over(made, tmp_path / "e.zip")
    with zipfile.ZipFile(tmp_path / "e.zip") as archive:
        archive.extractall(tmp_path / "there")
    folder = tmp_path / "there" / "evidence-lead-1"
    assert "没有固定的证据" in (folder / "校验说明.txt").read_text("utf-8-sig")
    assert verify(folder)[0] == 0
    assert bagit.Bag(str(folder)).validate()
    last = custody.head(made.db)
    assert (last.action, last.capture_id) == ("exported", None)
    made.db.close()
