from __future__ import annotations

from storage import listings, runs, sites
from storage.review import manual
from tests.storage.making import HOUR, NOW, detection, full, listing
from tests.storage.review.making import SYSTEM


def test_registering_again_updates(db):
    first = sites.register(db, "论坛", "discuz", ["http://127.0.0.1/a"], NOW)
    assert sites.register(db, "论坛", "phpbb", ["http://127.0.0.1/b"], NOW + HOUR) == first
    assert sites.find(db, "论坛") == first
    assert sites.find(db, "无") is None
    (site,) = sites.overview(db)
    assert (site.platform, site.start_urls, site.registered_at) == ("phpbb", ("http://127.0.0.1/b",), NOW)


def test_overview_counts_each_site_alone(db, site_id, run_id):
    sites.register(db, "another", "discuz", [], NOW)
    listings.write(db, site_id, run_id, [full("1"), full("2"), listing("3")])
    listings.mark_gone(db, site_id, run_id, "3", NOW, "404")
    another, demo = sites.overview(db)
    assert (another.name, another.last_run, another.listings, another.leads) == ("another", None, 0, 0)
    assert (demo.name, demo.listings, demo.gone, demo.leads) == ("demo", 3, 1, 2)
    assert demo.last_run == runs.last(db, site_id)


def test_what_people_type_in_is_no_site(db, site_id):
    manual.enter(db, manual.Entry("12315", "有人卖猫头鹰", "菜市场旁"), detection(), SYSTEM, NOW)
    assert [one.name for one in sites.overview(db)] == ["demo"]
    assert sites.names(db) == ["demo", "manual:12315"]  # leads can be narrowed down to it
