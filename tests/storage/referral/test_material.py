from __future__ import annotations

from storage.config import EvidenceConfig
from storage.evidence import sealing
from storage.evidence.objects import Objects
from storage.evidence.records import CaptureDraft, FileDraft
from storage.referral import queries
from tests.storage.making import NOW


def test_a_lead_says_which_files_its_captures_hold(db, tmp_path, site_id, leads):
    objects = Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16))
    page = FileDraft("page.warc.gz", "warc", "application/warc", b"page")
    pictures = [FileDraft(f"{name}.jpg", "picture", "image/jpeg", name.encode()) for name in ("a", "b")]
    for files in ((page, pictures[0]), tuple(pictures)):
        draft = CaptureDraft(site_id, "demo", "1", "http://127.0.0.1/1", "page", "crawl", NOW, files)
        sealing.seal(db, objects, draft, actor="crawl", now=NOW)
    first, second = queries.material(db, leads[:2])
    assert (first.evidence, first.files) == (2, (("picture", 2), ("warc", 1)))
    assert (second.evidence, second.files) == (0, ())
