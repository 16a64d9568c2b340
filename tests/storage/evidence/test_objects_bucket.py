"""The evidence store in a bucket: a real server that speaks S3, kills between the steps, faults of network and people."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress

import pytest

from storage.config import EvidenceConfig
from storage.evidence import bucket as bucket_module
from storage.evidence import captures, sealing, sweeping, verify
from storage.evidence import objects_bucket as module
from storage.evidence.copying import copy_store
from storage.evidence.objects import Objects
from storage.evidence.objects_bucket import BucketObjects
from storage.evidence.records import FileDraft
from storage.exceptions import EvidenceError
from tests import databases, services
from tests.storage.evidence.making import ACTOR, draft, page
from tests.storage.making import NOW


@pytest.fixture(scope="module")
def server():
    with services.bucket() as running:
        yield running


@pytest.fixture
def site(server, monkeypatch):
    server.empty()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def objects(site, tmp_path):
    return store(site, tmp_path)


@pytest.fixture
def db(tmp_path):
    made = databases.fresh(tmp_path / "db.sqlite")
    yield made
    made.close()


@pytest.fixture
def site_id(db):
    from storage import sites

    return sites.register(db, "demo", "discuz", ["http://127.0.0.1/"], NOW)


def store(site, folder, *, grace=0.0, **more) -> BucketObjects:
    """As another machine would have it; nothing in the bucket is too young to be judged unless `grace` says so."""
    facts = {"store": site.store, "endpoint": site.endpoint, "keep_free_mb": 16, **more}
    made = BucketObjects(folder / "evidence", EvidenceConfig(**facts))
    made.grace = grace
    return made


def keys(site):
    found = site.client().list_objects_v2(Bucket=site.name).get("Contents", ())
    return [one["Key"].removeprefix("wangdun/") for one in found]


def overwrite(site, objects, sha256, content):
    """Change an object, as whoever owns the bucket can."""
    site.client().put_object(Bucket=site.name, Key=f"wangdun/{objects.key(sha256)}", Body=content)


class Killed(BaseException):
    """As a kill: nothing that runs afterwards may tidy up."""


def test_the_configuration_decides_where_evidence_lies(tmp_path):
    from storage.config import StorageConfig

    assert type(Objects.of(StorageConfig(data_dir=tmp_path))) is Objects
    config = StorageConfig(data_dir=tmp_path, evidence=EvidenceConfig(store="s3://bucket/a/b"))
    made = Objects.of(config)
    assert isinstance(made, BucketObjects)
    assert (made.bucket.name, made.bucket.prefix) == ("bucket", "a/b/")


@pytest.mark.parametrize("name", ["bucket/x", "s3://", "s3://Big/x", "http://host/x", "s3://bucket/a b", "s3://b?x=1"])
def test_a_wrong_place_is_told(name):
    with pytest.raises(ValueError, match="s3://桶/前缀"):
        EvidenceConfig(store=name)


@pytest.mark.parametrize("url", ["host:9000", "ftp://host", "http://key:secret@host"])
def test_a_wrong_server_is_told(url):
    with pytest.raises(ValueError, match="主机:端口"):
        EvidenceConfig(store="s3://bucket", endpoint=url)


@pytest.mark.parametrize("content", [b"", b"abc", os.urandom(9 << 20)], ids=["empty", "short", "long"])
def test_a_file_is_kept_under_its_hash(objects, site, tmp_path, content):
    path = tmp_path / "given"
    path.write_bytes(content)
    kept = objects.put(content)
    assert kept == objects.put(path)
    assert (kept.sha256, kept.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert kept.sm3 == hashlib.new("sm3", content).hexdigest()
    assert (objects.read(kept.sha256), objects.size(kept.sha256)) == (content, len(content))
    with objects.open(kept.sha256) as file:
        assert file.read() == content
        file.seek(0)
        assert file.read(3) == content[:3]
    assert objects.path(kept.sha256).read_bytes() == content
    assert list(objects.names()) == [kept.sha256]
    assert keys(site) == [f"objects/{kept.sha256[:2]}/{kept.sha256[2:4]}/{kept.sha256}"], "no marks stay"


def test_a_file_given_as_a_path_is_kept(objects, tmp_path):
    path = tmp_path / "given"
    path.write_bytes(b"x" * 100_000)
    kept = objects.put(path)
    assert objects.read(kept.sha256) == path.read_bytes()


def test_a_file_is_never_overwritten(objects, site):
    kept = objects.put(b"first")
    key = objects.key(kept.sha256)
    before = site.client().head_object(Bucket=site.name, Key=f"wangdun/{key}")["LastModified"]
    assert objects.bucket.put_once(key, b"other", hashlib.sha256(b"other").hexdigest(), 5) is None
    objects.put(b"first")
    assert objects.read(kept.sha256) == b"first"
    assert site.client().head_object(Bucket=site.name, Key=f"wangdun/{key}")["LastModified"] == before


@pytest.mark.parametrize("damage", [b"fIrst", b"fir", b""])
def test_a_damaged_file_is_never_said_to_be_kept(objects, site, tmp_path, damage):
    kept = objects.put(b"first")
    overwrite(site, objects, kept.sha256, damage)
    path = tmp_path / "given"
    path.write_bytes(b"first")
    for content in (b"first", path):
        with pytest.raises(EvidenceError, match="被改动或损坏"):
            objects.put(content)
    with pytest.raises(EvidenceError, match="被改动或损坏"):
        objects.path(kept.sha256)
    assert objects.read(kept.sha256) == damage


def test_what_the_server_does_not_vouch_for_is_read_back(objects, site, monkeypatch):
    real = bucket_module.Bucket.put_once

    def mute(self, *args):
        return None if real(self, *args) is None else ""

    monkeypatch.setattr(bucket_module.Bucket, "put_once", mute)
    kept = objects.put(b"read back")
    assert objects.read(kept.sha256) == b"read back"

    def spoil(self, key, body, sha256, size):
        real(self, key, body, sha256, size)
        site.client().put_object(Bucket=site.name, Key=f"wangdun/{key}", Body=b"spoilt")
        return ""

    monkeypatch.setattr(bucket_module.Bucket, "put_once", spoil)
    with pytest.raises(EvidenceError, match="被改动或损坏"):
        objects.put(b"other")


def test_a_server_without_conditions_is_written_to_all_the_same(objects, monkeypatch):
    from botocore.exceptions import ClientError

    client = objects.bucket._client
    real = client.put_object

    def plain(**facts):
        if "IfNoneMatch" in facts:
            raise ClientError({"Error": {"Code": "NotImplemented"}}, "PutObject")
        return real(**facts)

    monkeypatch.setattr(client, "put_object", plain)
    assert objects.read(objects.put(b"plain").sha256) == b"plain"


@pytest.mark.parametrize("name", ["", "x", "../" * 20, "a" * 63, "A" * 64, "a" * 64 + "\n", "/etc/passwd"])
def test_only_hashes_are_names(objects, name):
    for ask in (objects.path, objects.open, objects.read, objects.size, objects.has, objects.remove):
        with pytest.raises(EvidenceError, match="不是证据文件的名称"):
            ask(name)


def test_missing_files_are_said_in_chinese(objects):
    for ask in (objects.open, objects.read, objects.size, objects.path):
        with pytest.raises(EvidenceError, match="证据文件不存在"):
            ask("0" * 64)
    assert objects.remove("0" * 64) is False
    kept = objects.put(b"x")
    assert objects.remove(kept.sha256) is True
    assert not objects.has(kept.sha256)


def test_strangers_are_named(objects, site):
    objects.put(b"x")
    for key in ("objects/x", "objects/aa/bb/" + "c" * 64):
        site.client().put_object(Bucket=site.name, Key=f"wangdun/{key}", Body=b"?")
    assert list(objects.strangers()) == ["objects/aa/bb/" + "c" * 64, "objects/x"]
    assert len(list(objects.names())) == 1


def test_writers_of_the_same_content_at_once_keep_it_once(site, tmp_path):
    contents = [os.urandom(20_000) for _ in range(3)]
    machines = [store(site, tmp_path / name) for name in "ab"]
    failed = []

    def write(objects) -> None:
        try:
            for one in contents:
                objects.put(one)
        except EvidenceError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(one,)) for one in machines * 2]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert sorted(machines[0].names()) == sorted(hashlib.sha256(one).hexdigest() for one in contents)
    assert all(key.startswith("objects/") for key in keys(site))


# kills


@pytest.mark.parametrize("step", range(9))
def test_a_kill_at_each_step_leaves_nothing_half(db, objects, site, site_id, monkeypatch, step):  # noqa: PLR0917 -- fixtures
    sweeping.sweep(db, objects, NOW)
    sealing.seal(db, objects, draft(site_id, "before"), actor=ACTOR, now=NOW)
    files = [FileDraft(f"{n}.txt", "text", "text/plain", page(n)) for n in (1, 2)]
    steps = iter(range(1000))

    def counted(patch, owner, name):
        real = getattr(owner, name)

        def call(*args, **kwargs):
            if next(steps) == step:
                raise Killed
            return real(*args, **kwargs)

        patch.setattr(owner, name, call)

    with monkeypatch.context() as patch, suppress(Killed):
        counted(patch, bucket_module.Bucket, "put")
        counted(patch, bucket_module.Bucket, "put_once")
        counted(patch, sealing.custody, "append")
        counted(patch, module.BucketBatch, "finish")
        sealing.seal(db, objects, draft(site_id, "killed", *files), actor=ACTOR, now=NOW)
    done = sweeping.sweep(db, objects, NOW)
    kept = captures.of_listing(db, site_id, "killed")
    assert len(kept) in {0, 1}
    assert done.adopted in ([], [one.id for one in kept])
    assert [key for key in keys(site) if not key.startswith("objects/")] == []
    assert sweeping.orphans(db, objects) == ({}, set())
    assert verify.Verifier(db, objects).run().faults == []
    again = sweeping.sweep(db, objects, NOW, whole=True)
    assert (again.adopted, again.removed) == ([], [])


def test_what_another_machine_is_writing_is_left_alone(db, site, site_id, tmp_path):
    here, there = store(site, tmp_path / "a", grace=3600.0), store(site, tmp_path / "b", grace=3600.0)
    with there.writing() as batch:
        kept = batch.put(b"not named yet")
        done = sweeping.sweep(db, here, NOW, whole=True)
        assert (done.removed, here.has(kept.sha256)) == ([], True)
        assert here.remove(kept.sha256) is False, "somebody is about to name it"
        assert here.has(kept.sha256)
    assert [key for key in keys(site) if not key.startswith("objects/")] == []
    here.grace = 0.0
    assert sweeping.sweep(db, here, NOW, whole=True).removed == [(kept.sha256, 13)], "nobody ever named it"


def test_whoever_uses_a_file_that_is_being_removed_waits_and_writes_it_again(site, tmp_path, monkeypatch):
    one, other = store(site, tmp_path / "a", grace=3600.0), store(site, tmp_path / "b", grace=3600.0)
    kept = one.put(b"shared")
    site.client().put_object(Bucket=site.name, Key=f"wangdun/removing/{kept.sha256}", Body=b"")

    def remove_meanwhile(_seconds):
        one.bucket.remove(one.key(kept.sha256))
        one.bucket.remove(f"removing/{kept.sha256}")

    monkeypatch.setattr(module.time, "sleep", remove_meanwhile)
    assert other.put(b"shared") == kept
    assert other.read(kept.sha256) == b"shared"


def test_damage_in_the_bucket_is_found_by_verify(db, objects, site, site_id):
    made = sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    assert verify.Verifier(db, objects).run().faults == []
    overwrite(site, objects, made.files[0].sha256, b"changed")
    objects.remove(made.digest)
    faults = [str(one) for one in verify.Verifier(db, objects).run().faults]
    assert [any(word in one for one in faults) for word in ("清单文件不见了", "SHA-256 不符")] == [True, True], faults


# faults


def test_without_keys_it_is_said_which_variables_are_missing(site, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(EvidenceError, match="AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY"):
        store(site, tmp_path).put(b"x")


def test_a_bucket_that_is_not_there_is_said(site, tmp_path):
    objects = store(site, tmp_path, store="s3://another/x")
    for ask in (lambda: objects.put(b"x"), lambda: list(objects.names()), lambda: objects.has("0" * 64)):
        with pytest.raises(EvidenceError, match="没有这个存储桶"):
            ask()


def test_a_server_that_is_not_there_is_said(site, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket_module, "TRIES", 1)
    objects = store(site, tmp_path, endpoint="http://127.0.0.1:9")
    with pytest.raises(EvidenceError, match=r"连不上存储桶的服务器.*http://127\.0\.0\.1:9"):
        objects.put(b"x")


def test_a_refusal_is_said(objects, monkeypatch):
    from botocore.exceptions import ClientError

    def refuse(**_):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    monkeypatch.setattr(objects.bucket._client, "put_object", refuse)
    with pytest.raises(EvidenceError, match="没有权限读写存储桶"):
        objects.put(b"x")


# from the folder to the bucket


def test_a_folder_is_copied_and_a_second_copy_finds_all_there(objects, site, tmp_path):
    folder = Objects(tmp_path / "old", EvidenceConfig(keep_free_mb=16))
    kept = [folder.put(os.urandom(1000 * n)) for n in range(1, 5)]
    objects.put(folder.read(kept[0].sha256))
    told = []
    done = copy_store(folder, objects, tell=lambda one: told.append(one.copied))
    assert (done.copied, done.there, done.damaged, told[-1]) == (3, 1, [], 3)
    assert sorted(objects.names()) == sorted(one.sha256 for one in kept)
    again = copy_store(folder, objects)
    assert (again.copied, again.there) == (0, 4)
    assert all(key.startswith("objects/") for key in keys(site))


def test_damage_is_not_copied(objects, site, tmp_path):
    folder = Objects(tmp_path / "old", EvidenceConfig(keep_free_mb=16))
    here, there, fine = (folder.put(name) for name in (b"here", b"there", b"fine"))
    path = folder.path(here.sha256)
    path.chmod(0o600)
    path.write_bytes(b"hEre")
    objects.put(b"there")
    overwrite(site, objects, there.sha256, b"tHere")
    done = copy_store(folder, objects)
    assert sorted(done.damaged) == sorted([here.sha256, there.sha256])
    assert objects.has(fine.sha256)
    assert not objects.has(here.sha256)
