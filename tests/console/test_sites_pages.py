"""Sites: what monitoring staff see, and what their clicks do to config.yaml and to the requests for runs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from storage import issues, runs, sites
from storage.records import RunTally
from storage.review import audit
from storage.review.audit import Wanted
from tests.console.monitoring import CONFIG, monitored
from tests.console.serving import START
from tests.storage import making
from wangdun.config import load

HOSTILE = "旧站<script>alert(1)</script>\u202e"
FORUM = "/sites/示例论坛"


@pytest.fixture
def served(db, tmp_path):
    with monitored(db, tmp_path) as running:
        yield running


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.yaml"


@pytest.fixture
def monitor(served):
    return served.signed_in("demo_li", "monitor")


def a_run(db, name, **facts):
    site_id = sites.register(db, name, "discuz", ["https://bbs.example.org/"], START - timedelta(days=9))
    started = START - timedelta(hours=1)
    run_id = runs.start(db, site_id, now=started, pid=1, lexicon_version="lex-1", config_hash="x", trigger="schedule")
    given = {"status": "failed", "reason": "没有读到信息；列表页变成了登录墙：<b>登录</b>", "complete_walk": False}
    tally = RunTally(pages=31, listings_new=17, errors=1)
    runs.finish(db, run_id, now=START, tally=tally, **given | facts)
    issues.add(db, run_id, site_id, [making.issue(url="https://bbs.example.org/<img src=x>\u202egpj.", at=started)])
    return run_id


def version_of(html):
    return re.search(r'name="version" value="([0-9a-f]+)"', html)[1]


def save(monitor, path=FORUM, **form):
    asked = {"how": "manual", "every": "", "cron": "", "since": "", "until": "", "quiet": ""} | form
    shown = monitor.get(f"{path}/schedule", params=asked).text
    return monitor.post(f"{path}/schedule", version=version_of(shown), **asked)


def test_every_site_is_on_the_page_with_its_state(monitor, db):
    a_run(db, "示例论坛")
    a_run(db, HOSTILE, status="complete", reason="")
    text = monitor.get("/sites").text
    for said in ("异常", "没有读到信息", "已暂停", "从未运行", "不在配置中", "每 6h", "定时 0 7 * * 1-5"):
        assert said in text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "None" not in text  # of requests that nobody counted


def test_the_share_of_fruitful_requests_is_shown_with_its_trend(monitor, db):
    for asked, fruitful in ((40, 30), (10, 0), (50, 5)):
        site_id = sites.register(db, "示例论坛", "discuz", ["https://bbs.example.org/"], START - timedelta(days=9))
        run_id = runs.start(db, site_id, now=START, pid=1, lexicon_version="l", config_hash="x", trigger="schedule")
        tally = RunTally(extra={"asked": asked, "fruitful": fruitful})
        runs.finish(db, run_id, now=START, status="complete", reason="", tally=tally, complete_walk=True)
    assert '<td class="number">35%</td>' in monitor.get("/sites").text
    text = monitor.get(FORUM).text
    assert "35%（最近几次运行的 100 个请求中 35 个）" in text
    assert 'class="spark"' in text
    assert "有新内容的请求：30/40，0/10，5/50" in text
    assert "<dt>有新内容的请求</dt><dd>10%</dd>" in monitor.get(f"{FORUM}/runs/{run_id}").text


def test_an_interval_may_be_left_to_the_schedule(monitor, db, file):
    saved = save(monitor, how="every", every="auto")
    assert saved.status_code in {200, 303}
    site = load(file).crawler.site("示例论坛")
    assert (site.every, site.cron) == ("auto", None)
    text = monitor.get(FORUM).text
    assert "自动 30m–1d" in text
    assert "现为每" in text
    assert "还没有读过两次" in text


def test_a_run_shows_counts_findings_failed_pages_and_the_log(monitor, db, tmp_path):
    run_id = a_run(db, "示例论坛")
    logs = tmp_path / "data" / "logs"
    logs.mkdir(parents=True)
    (logs / "crawl-示例论坛.log").write_text("旧的\n" * 30_000 + "最后 <script>x</script>\x1b[31m\n", encoding="utf-8")
    text = monitor.get(f"{FORUM}/runs/{run_id}").text
    assert "<dt>新增</dt><dd>17</dd>" in text
    assert re.findall(r"<li class=\"foreign\">([^<]*)</li>", text) == [
        "没有读到信息",
        "列表页变成了登录墙：&lt;b&gt;登录&lt;/b&gt;",
    ]
    assert "https://bbs.example.org/&lt;img src=x&gt;�gpj." in text
    assert "最后 &lt;script&gt;x&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert len(text) < 60_000  # the end of the log, not all of it


def test_a_run_of_another_site_is_not_found(monitor, db):
    run_id = a_run(db, "示例论坛")
    a_run(db, "花鸟商店")
    assert monitor.get(f"/sites/花鸟商店/runs/{run_id}").status_code == 404


@pytest.mark.parametrize("name", ["没有的站", "..%2F..%2Fetc%2Fpasswd", "x" * 64, "%00"])
def test_an_unknown_site_is_not_found(monitor, name):
    assert monitor.get(f"/sites/{name}").status_code == 404


def test_run_now_is_a_request_that_the_scheduler_finds(monitor, db):
    assert monitor.post(f"{FORUM}/run").status_code == 303
    assert runs.requests(db) == ["示例论坛"]
    assert "等待启动" in monitor.get(FORUM).text
    (row,) = audit.recent(db, Wanted(action="site.run"), limit=5)
    assert (row.kind, row.object_id, row.actor) == ("site", "示例论坛", "demo_li先生")


def test_a_paused_site_is_not_run(monitor, db):
    assert monitor.post("/sites/二手渔具/run").status_code == 422
    assert runs.requests(db) == []


def test_pause_and_resume_change_one_line(monitor, file, db):
    assert monitor.post(f"{FORUM}/pause").status_code == 303
    paused = file.read_text(encoding="utf-8")
    assert [line for line in paused.splitlines() if line not in CONFIG.splitlines()] == ["      enabled: false"]
    assert set(CONFIG.splitlines()) <= set(paused.splitlines())
    assert not load(file).crawler.site("示例论坛").enabled
    assert monitor.post(f"{FORUM}/resume").status_code == 303
    assert load(file).crawler.site("示例论坛").enabled
    assert [row.action for row in audit.recent(db, Wanted(kind="site"), limit=5)] == ["site.resume", "site.pause"]


def test_a_site_written_in_braces_is_resumed(monitor, file):
    assert monitor.post("/sites/二手渔具/resume").status_code == 303
    changed = '- {name: 二手渔具, start: "https://gear.example.org/", enabled: true}'
    assert file.read_text(encoding="utf-8") == CONFIG.replace(
        '- {name: 二手渔具, start: "https://gear.example.org/", enabled: false}', changed
    )


def test_the_preview_shows_the_next_three_times_and_writes_nothing(monitor, file):
    text = monitor.get(f"{FORUM}/schedule", params={"how": "cron", "cron": "0 8 * * *", "quiet": "07:30-09:30"}).text
    times = re.findall(r"<li>(\d{4}-\d\d-\d\d \d\d:\d\d)", text)
    assert times == ["2026-11-03 09:30", "2026-11-04 09:30", "2026-11-05 09:30"]  # 8:00 lies in the quiet hours
    assert file.read_text(encoding="utf-8") == CONFIG


def test_a_schedule_is_saved_with_all_comments(monitor, file, db):
    answer = save(monitor, how="every", every="2h", since="2026-11-01", until="2026-12-31", quiet="23:00-06:30")
    assert answer.status_code == 303, answer.text
    site = load(file).crawler.site("示例论坛")
    assert site.every == timedelta(hours=2)
    assert (site.active.start.isoformat(), site.active.end.isoformat()) == ("2026-11-01", "2026-12-31")
    assert site.quiet.start.hour == 23
    written = file.read_text(encoding="utf-8")
    assert "      every: 2h   # 白天四次\n" in written
    assert written.count("#") == CONFIG.count("#")
    (row,) = audit.recent(db, Wanted(action="site.schedule"), limit=5)
    assert "6h" in row.detail["before"]
    assert "2h" in row.detail["after"]


def test_a_cron_is_replaced_by_an_interval(monitor, file):
    assert save(monitor, "/sites/花鸟商店", how="every", every="90m").status_code == 303
    site = load(file).crawler.site("花鸟商店")
    assert (site.every, site.cron) == (timedelta(minutes=90), None)
    assert "# 下面是时间" in file.read_text(encoding="utf-8")


def test_the_file_before_is_kept(monitor, file):
    save(monitor, how="every", every="3h")
    (backup,) = (file.parent / "backups").iterdir()
    assert backup.read_text(encoding="utf-8") == CONFIG


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"how": "every", "every": "6x"}, "时间间隔应写成"),
        ({"how": "every", "every": ""}, "请填写"),
        ({"how": "every", "every": "1s"}, "至少应间隔 10 分钟"),
        ({"how": "cron", "cron": "* * * * *"}, "至少应间隔 10 分钟"),
        ({"how": "cron", "cron": "0,5 7 * * *"}, "至少应间隔 10 分钟"),
        ({"how": "cron", "cron": "0 7 * *"}, "五项"),
        ({"how": "cron", "cron": "0 0 30 2 *"}, "永远不会到来"),
        ({"since": "2026-11-05", "until": "2026-11-01"}, "结束日期不能早于开始日期"),
        ({"since": "11/05/2026"}, "应为日期"),
        ({"quiet": "晚上"}, "23:00-06:30"),
        ({"how": "every", "every": "1h\n    evil: true"}, "时间间隔应写成"),
    ],
)
def test_a_wrong_schedule_is_said_at_its_field(monitor, file, form, said):
    asked = {"how": "manual", "every": "", "cron": "", "since": "", "until": "", "quiet": ""} | form
    answer = monitor.post(f"{FORUM}/schedule", version="x", **asked)
    assert answer.status_code == 422
    assert said in re.search(r'<p class="wrong"[^>]*>([^<]*)</p>', answer.text)[1]
    assert file.read_text(encoding="utf-8") == CONFIG


def test_a_file_that_was_edited_meanwhile_is_not_overwritten(monitor, file):
    form = {"how": "every", "every": "2h", "cron": "", "since": "", "until": "", "quiet": ""}
    shown = monitor.get(f"{FORUM}/schedule", params=form).text
    file.write_text(CONFIG + "# 别人写的\n", encoding="utf-8")
    answer = monitor.post(f"{FORUM}/schedule", version=version_of(shown), **form)
    assert answer.status_code == 409
    assert "已被他人修改" in answer.text
    assert 'value="2h"' in answer.text  # nothing has to be typed again
    assert file.read_text(encoding="utf-8") == CONFIG + "# 别人写的\n"
    assert monitor.post(f"{FORUM}/schedule", version=version_of(answer.text), **form).status_code == 303
    assert "# 别人写的" in file.read_text(encoding="utf-8")


def test_a_broken_file_is_named_and_stored_sites_stay_visible(monitor, file, db):
    a_run(db, "示例论坛")
    file.write_text(CONFIG.replace("every: 6h", "evry: 6h"), encoding="utf-8")
    answer = monitor.get("/sites")
    assert answer.status_code == 200
    assert "evry" in answer.text
    assert "示例论坛" in answer.text
    assert monitor.post(f"{FORUM}/pause").status_code == 422


def test_another_role_may_not(served, file):
    reviewer = served.signed_in("demo_zhao", "reviewer")
    assert reviewer.get("/sites").status_code == 403
    assert reviewer.post(f"{FORUM}/pause").status_code == 403
    assert file.read_text(encoding="utf-8") == CONFIG
