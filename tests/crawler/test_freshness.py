"""Whole crawls that learn how often a board changes, read its sitemaps and feeds, and ask for what is new alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.crawling import LIST, Watch

ITEM_URL = r"/board/item/\d+$"
HOUR = timedelta(hours=1)


def asked(site):
    """Paths asked for since the last time, without robots.txt and pictures."""
    paths = [path for path in site.paths() if path not in {"/robots.txt", "/picture.png"}]
    site.control(clear_log=True)
    return paths


def pass_time(watch: Watch, hours: float) -> None:
    """As if all that is stored had happened so much earlier."""
    columns = {
        "boards": ("read_at", "full_at"), "listings": ("checked_at", "first_seen_at", "last_seen_at"),
        "runs": ("started_at", "finished_at", "beat_at"),
    }  # fmt: skip
    with closing(sqlite3.connect(watch.folder / "data" / "wangdun.sqlite", timeout=30)) as db:
        for table, names in columns.items():
            for name in names:
                rows = db.execute(f"SELECT rowid, {name} FROM {table} WHERE {name} IS NOT NULL").fetchall()
                earlier = [
                    ((datetime.fromisoformat(at) - hours * HOUR).isoformat(" ", "microseconds"), row)
                    for row, at in rows
                ]
                db.executemany(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", earlier)
        db.commit()


def xml(*paths: str, site, lastmod: str = "") -> str:
    when = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return "<urlset>" + "".join(f"<url><loc>{site.url}{path}</loc>{when}</url>" for path in paths) + "</urlset>"


def test_a_busy_board_and_a_dead_one_get_different_intervals(site, tmp_path):
    """Through the very runs that the schedule would start."""
    from storage.database import Database
    from wangdun.config import load
    from wangdun.planning import plan, register

    waits = {}
    for name, grows in (("busy", 4), ("dead", 0)):
        site.control(reset=True, fill=10)
        folder = tmp_path / name
        folder.mkdir()
        watch = Watch(folder, f"{site.url}/board/", {"every": "auto"})
        for number in range(5):
            if number and grows:
                site.control(add=[{"title": f"新的 {number} {at}"} for at in range(grows)])
            assert watch.run().status == "complete"
            pass_time(watch, 3)
        config = load(watch.config)
        db = Database.open(config.storage)
        try:
            now = datetime.now(UTC)
            (one,) = plan(config, db, register(config, db, now), now)
        finally:
            db.close()
        waits[name] = one.pace.wait
        assert one.next is not None
        assert "平均每" in one.pace.why
    assert waits["busy"] < 1.7 * HOUR
    assert waits["dead"] > 4.5 * HOUR
    assert site.paths()


def test_a_page_that_says_the_same_is_known_by_its_newest_validators(site, tmp_path):
    site.control(fill=2)
    watch = Watch(tmp_path, f"{site.url}/board304/")
    watch.run()
    site.control(etag="moved")  # the server was set up anew: other names for the same pages
    watch.grow_old()
    assert watch.run().tally["listings_unchanged"] == 2
    assert set(watch.rows("SELECT etag FROM listings")) == {('"moved"',)}
    watch.grow_old()
    site.control(clear_log=True)
    third = watch.run()
    told = {entry["path"]: entry["headers"].get("If-None-Match") for entry in site.log() if "item" in entry["path"]}
    assert set(told.values()) == {'"moved"'}
    assert third.tally["listings_unchanged"] == 2
    assert third.tally["bytes"] < 1000, "no page was sent again"


def test_an_unchanged_list_is_not_sent_again_but_once_a_day(site, tmp_path):
    site.control(fill=45)
    watch = Watch(tmp_path, f"{site.url}/board304/")
    watch.run()
    asked(site)
    second = watch.run()
    assert asked(site) == ["/board304/"]
    assert (second.status, second.tally["extra"]["listed"], second.tally["extra"]["fruitful"]) == ("complete", 45, 0)
    assert second.tally["bytes"] < 200
    site.control(add=[{"title": "新的一条"}])
    third = watch.run()
    assert third.tally["listings_new"] == 1
    assert "/board304/item/46" in asked(site)
    pass_time(watch, 25)
    watch.run()
    first = next(entry for entry in site.log() if entry["path"] == "/board304/")
    assert "If-None-Match" not in first["headers"], "what a server says of itself is put to the test once a day"


def test_a_server_that_calls_every_page_the_same_is_asked_for_it_in_full(site, tmp_path):
    site.control(fill=5, etag="constant")
    watch = Watch(tmp_path, f"{site.url}/board304/")
    watch.run()
    site.control(add=[{"title": "看不见的一条"}])
    assert watch.run().tally["listings_new"] == 0, "it says that nothing has changed"
    pass_time(watch, 25)
    assert watch.run().tally["listings_new"] == 1
    site.control(add=[{"title": "又一条"}])
    assert watch.run().tally["listings_new"] == 1, "it is not believed again"


def test_after_a_run_with_errors_lists_are_read_in_full(site, tmp_path):
    site.control(fill=3, fail={"2": 500})
    watch = Watch(tmp_path, f"{site.url}/board304/")
    assert watch.run().status == "partial"
    site.control(fail={"2": None})
    assert watch.run().tally["listings_new"] == 1
    assert watch.rows("SELECT etag IS NULL FROM boards") == [(0,)]


def test_a_sitemap_brings_what_the_lists_do_not_show(site, tmp_path):
    site.control(fill=30, files={
        "/robots.txt": f"User-agent: *\nAllow: /\nSitemap: {site.url}/index.xml\nSitemap: http://127.0.0.9/evil.xml\n",
        "/index.xml": f"<sitemapindex><sitemap><loc>{site.url}/map.xml.gz</loc></sitemap>"
        f"<sitemap><loc>{site.url}/index.xml</loc></sitemap></sitemapindex>",
        "/map.xml.gz": xml(*(f"/board/item/{at}" for at in range(1, 31)), "/about", "/board/", site=site),
    })  # fmt: skip
    keys = {"sitemap": "auto", "item_url": ITEM_URL, "limits": {"pages": 1}}
    watch = Watch(tmp_path, f"{site.url}/board/", keys)
    first = watch.run()
    paths = asked(site)
    assert first.tally["listings_new"] == 30, "20 on the one list page that may be read, 10 by the sitemap"
    assert {"/index.xml", "/map.xml.gz"} <= set(paths)
    assert len(paths) == len(set(paths)) == 33
    second = watch.run()
    assert asked(site) == ["/board/"], "a sitemap that was read a short while ago waits"
    assert second.tally["extra"]["fruitful"] == 0
    pass_time(watch, 24)
    site.control(add=[{"id": 99}], files={
        "/robots.txt": f"Sitemap: {site.url}/map.xml\n",
        "/map.xml": xml("/board/item/99", *(f"/board/item/{at}" for at in range(1, 31)), site=site),
    }, empty=False, sort="replied", edit={"99": {"replied": "2020-01-01 00:00"}})  # fmt: skip
    third = watch.run()
    assert third.tally["listings_new"] == 1
    kinds = dict(watch.rows("SELECT kind, max(fruitful) FROM boards GROUP BY kind"))
    assert kinds == {"list": 1, "sitemap": 1}


def test_a_sitemap_tells_which_pages_changed(site, tmp_path):
    site.control(fill=12)
    keys = {"sitemap": f"{site.url}/map.xml", "item_url": ITEM_URL}
    days = {at: f"2026-01-{at:02}T00:00:00Z" for at in range(1, 12)}
    rows = [xml(f"/board/item/{at}", site=site, lastmod=when)[8:-9] for at, when in days.items()]
    site.control(files={"/map.xml": f"<urlset>{''.join(rows)}</urlset>"})
    watch = Watch(tmp_path, f"{site.url}/board/", keys)
    assert watch.run().tally["listings_new"] == 12
    pass_time(watch, 10)
    just_now, never = datetime.now(UTC).isoformat(), "2099-01-01T00:00:00Z"
    rows[2] = xml("/board/item/3", site=site, lastmod=just_now)[8:-9]
    rows[4] = xml("/board/item/5", site=site, lastmod=never)[8:-9]
    site.control(
        files={"/map.xml": f"<urlset>{''.join(rows)}</urlset>"}, edit={"3": {"body": "换了内容，列表上看不出"}}
    )
    asked(site)
    changed = watch.run()
    assert asked(site) == ["/board/", "/map.xml", "/board/item/3"]
    assert changed.tally["listings_changed"] == 1
    gone = "UPDATE listings SET gone_at = '2026-11-01 00:00:00.000000' WHERE key = '/board/item/4'"
    with closing(sqlite3.connect(watch.folder / "data" / "wangdun.sqlite")) as db:
        db.execute(gone)
        db.commit()
    pass_time(watch, 200)
    site.control(empty=True)
    watch.run()
    assert watch.rows("SELECT gone_at IS NULL FROM listings WHERE key = '/board/item/4'") == [(0,)], (
        "an old sitemap brings nothing back"
    )


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><urlset></urlset>',
        "<urlset>" + "<url>" * 3000,
        "<html>不是站点地图</html>",
        "",
        "\x00\x01\x02",
    ],
)
def test_a_malicious_sitemap_costs_one_request(site, tmp_path, body):
    site.control(fill=2, files={"/map.xml": body})
    watch = Watch(tmp_path, f"{site.url}/board/", {"sitemap": f"{site.url}/map.xml", "item_url": ITEM_URL})
    ran = watch.run()
    assert (ran.status, ran.tally["listings_new"]) == ("partial", 2)
    assert asked(site).count("/map.xml") == 1
    assert watch.issues()["map.xml"][0] == "parse_error"


def test_a_sitemap_of_everything_takes_no_more_than_its_share(site, tmp_path):
    site.control(fill=20, files={
        "/map.xml": xml(*(f"/board/item/{at}" for at in range(1, 2000)), site=site),
    })  # fmt: skip
    keys = {"sitemap": f"{site.url}/map.xml", "item_url": ITEM_URL, "limits": {"checks": 7}}
    watch = Watch(tmp_path, f"{site.url}/board/", keys)
    watch.run()
    strange = [path for path in asked(site) if path.startswith("/board/item/") and int(path.rpartition("/")[2]) > 20]
    assert len(strange) == 7


def test_without_a_pattern_for_items_nothing_is_read(site, tmp_path):
    site.control(fill=2, files={"/map.xml": xml("/board/item/1", site=site)})
    watch = Watch(tmp_path, f"{site.url}/board/", {"sitemap": f"{site.url}/map.xml"})
    assert watch.run().status == "complete"
    assert "/map.xml" not in asked(site)


def test_a_feed_named_by_the_list_brings_new_listings(site, tmp_path):
    entries = "".join(f"<item><link>{site.url}/board/item/{at}</link></item>" for at in (1, 2, 3, 50))
    link = '<link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="alternate" type="application/rss+xml" href="http://127.0.0.9/rss">'
    site.control(fill=25, add=[{"id": 50}], files={"/rss.xml": f"<rss><channel>{entries}</channel></rss>"}, head=link)
    site.control(sort="replied", edit={"50": {"replied": "2000-01-01 00:00"}})
    watch = Watch(tmp_path, f"{site.url}/board/", {"feed": "auto", "item_url": ITEM_URL, "limits": {"pages": 1}})
    first = watch.run()
    paths = asked(site)
    assert paths.count("/rss.xml") == 1
    assert {f"/board/item/{at}" for at in (1, 2, 3, 50)} <= set(paths)
    assert first.tally["listings_new"] == 24
    pass_time(watch, 30)
    second = watch.run()
    told = next(entry for entry in site.log() if entry["path"] == "/rss.xml")
    assert "If-None-Match" not in told["headers"], "in full once a day"
    pass_time(watch, 15)
    site.control(clear_log=True)
    watch.run()
    assert next(entry for entry in site.log() if entry["path"] == "/rss.xml")["headers"]["If-None-Match"]
    assert second.tally["extra"]["asked"] >= 2


def test_sitemaps_and_feeds_are_not_asked_for_unless_wanted(site, tmp_path):
    link = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    site.control(fill=1, files={"/robots.txt": f"Sitemap: {site.url}/map.xml\n", "/map.xml": "<urlset/>"}, head=link)
    watch = Watch(tmp_path, f"{site.url}/board/", {"item_url": ITEM_URL})
    watch.run()
    assert asked(site) == ["/board/", "/board/item/1"]


def test_the_share_of_requests_that_brought_something_is_counted(site, tmp_path):
    site.control(fill=25)
    watch = Watch(tmp_path, f"{site.url}/board/", {"list": {**LIST, "order": "none"}})
    first = watch.run()
    assert (first.tally["extra"]["asked"], first.tally["extra"]["fruitful"]) == (27, 27)
    second = watch.run()
    assert (second.tally["extra"]["asked"], second.tally["extra"]["fruitful"]) == (2, 0)
    site.control(delete=[5], edit={"3": {"price": "1元"}}, add=[{"title": "新"}], fail={"9": 500})
    watch.grow_old()
    third = watch.run()
    # two lists, both with something new (a new row, a changed price); 26 items: new, changed, gone, the rest as they were
    assert (third.tally["extra"]["asked"], third.tally["extra"]["fruitful"]) == (28, 5)


def test_known_pages_are_read_less_often_when_they_never_change(site, tmp_path):
    site.control(fill=10)
    watch = Watch(tmp_path, f"{site.url}/board/", {"revisit": "1d"})
    watch.run()
    reads = 0
    for _ in range(12):
        pass_time(watch, 25)
        asked(site)
        watch.run()
        reads += sum("item" in path for path in asked(site))
    assert 10 <= reads <= 60, "ten pages, every day at first, every few days later"
    assert watch.rows("SELECT sum(changes) FROM rechecks") == [(0.0,)]
