"""Whole crawls of a board whose list pages show everything."""

from __future__ import annotations

from tests.crawling import LIST, Watch

ROW = {"title": "a.title", "body": "self::div/a", "price": "span.price", "date": "span.replied"}


def watch_of(site, tmp_path, **keys):
    rules = {"item_pages": False, "item": ROW, "list": {**LIST, "order": "none"}, **keys}
    return Watch(tmp_path, f"{site.url}/board/", rules)


def pages_of(site):
    paths = [path for path in site.paths() if path not in {"/robots.txt", "/picture.png"}]
    site.control(clear_log=True)
    return paths


def test_listings_come_from_the_rows_alone(site, tmp_path):
    site.control(fill=45)
    watch = watch_of(site, tmp_path)
    lists = ["/board/", "/board/?page=2", "/board/?page=3"]

    first = watch.run()
    assert (first.code, first.status, first.tally["listings_new"]) == (0, "complete", 45)
    assert (first.tally["pages"], first.tally["extra"]["listed"]) == (3, 45)
    assert pages_of(site) == lists, "no item page is opened"
    stored = watch.rows(
        "SELECT l.key, s.url, s.title, s.body, s.price_amount FROM snapshots s JOIN listings l ON l.id = listing_id"
    )
    assert len(stored) == 45
    row = next(row for row in stored if row[0] == "/board/item/7")
    assert row[1:4] == (f"{site.url}/board/item/7", "第7号 闲置转让", "第7号 闲置转让")
    assert float(row[4]) == 107

    second = watch.run()
    assert (second.status, second.tally["listings_new"], second.tally["listings_unchanged"]) == ("complete", 0, 45)
    assert pages_of(site) == lists

    site.control(edit={"3": {"price": "77元"}}, delete=[5], add=[{"id": 46}])
    third = watch.run()
    assert (third.status, third.tally["listings_new"], third.tally["listings_changed"]) == ("complete", 1, 1)
    assert third.tally["listings_gone"] == 1
    assert [path for path in pages_of(site) if "item" in path] == ["/board/item/5"], "whether it is still there"
    prices = watch.rows(
        "SELECT price_text FROM snapshots s JOIN listings l ON l.id = listing_id WHERE l.key = '/board/item/3' ORDER BY s.number"
    )
    assert prices == [("103元",), ("77元",)]
    assert watch.rows("SELECT key FROM listings WHERE gone_at IS NOT NULL") == [("/board/item/5",)]


def test_a_hit_is_proved_by_the_list_page(site, tmp_path):
    site.control(fill=4, edit={"2": {"title": "出售象牙手串 加微信 demo_ivory"}})
    watch = watch_of(site, tmp_path)
    done = watch.run()
    assert (done.status, done.tally["leads"]) == ("complete", 1)
    [(kind, url)] = watch.rows("SELECT kind, url FROM captures WHERE kind = 'page'")
    assert (kind, url) == ("page", f"{site.url}/board/item/2")
    names = {name for (name,) in watch.rows("SELECT name FROM capture_files")}
    assert {"page.warc.gz", "text.txt", "listing.json"} <= names


def test_a_listing_that_moved_out_of_sight_is_still_there(site, tmp_path):
    site.control(fill=45)
    watch = watch_of(site, tmp_path)
    watch.run()
    site.control(clear_log=True, add=[{"id": 50}])
    watch.grow_old()
    watch.keys["limits"] = {"pages": 2}
    done = watch.run()
    assert done.tally["listings_gone"] == 0
    asked = {path for path in pages_of(site) if "item" in path}
    assert asked, "those the read lists did not show are asked for"
    assert watch.rows("SELECT count(*) FROM snapshots") == [(46,)], "an item page is not read as a listing"


def test_rows_in_which_nothing_is_read_are_a_problem(site, tmp_path):
    site.control(fill=4)
    watch = watch_of(
        site, tmp_path, item={"title": "b.none"}, list={**LIST, "title": "b.none", "link": "a.title::attr(href)"}
    )
    done = watch.run()
    assert (done.code, done.status) == (1, "failed")
    assert "列表的各行中没有读到标题和正文" in done.reasons


def test_a_text_that_is_never_read_is_a_problem_in_every_run(site, tmp_path):
    site.control(fill=12)
    watch = watch_of(site, tmp_path, item={**ROW, "body": "p.none"})
    for _ in range(3):
        done = watch.run()
        assert (done.code, done.status) == (1, "failed")
        assert "100% 的信息没有读到正文" in done.reasons
    assert done.tally["listings_unchanged"] == 12
    watch.keys["item"] = ROW
    mended = watch.run()
    assert (mended.status, mended.tally["listings_changed"]) == ("complete", 12)
    assert watch.run().status == "complete"
