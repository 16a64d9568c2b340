"""A console with letters, numbers and evidence of a demo office, and leads that are confirmed; all invented."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from storage.config import StorageConfig
from storage.evidence.objects import Objects
from storage.evidence.sealing import seal
from storage.referral.campaign_records import NewDue, NewUnit, Plan, StageDates
from storage.review import decisions
from storage.review.audit import Actor
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.console import filling
from tests.console.serving import SETUP, START, serving
from tests.storage.evidence.making import draft
from tests.storage.review.making import lead_ids
from wangdun.commands.console import facts_of, services_of
from wangdun.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database

CONFIG = """\
crawler:
  contact: "demo@example.org"
  unit: 示例县林业局
  sites: []
storage:
  data_dir: data
referrals:
  office: {name: 示例县林业局, short: 示林移, address: 示例县人民路1号, phone: 0000-1234567, person: 王管理, red_head: 示例县林业局}
  departments:
    forestry: {name: 示例县林业局森林公安股, person: 李股长}
    public_security: {name: 示例县公安局}
    market_supervision: {name: 示例县市场监督管理局}
"""


def plan() -> Plan:
    """A campaign in its second stage, with units that are late."""
    stages = (
        StageDates("检查摸底", date(2026, 9, 1), date(2026, 9, 30)),
        StageDates("整治规范", date(2026, 10, 1), date(2026, 11, 30)),
        StageDates("全面总结", date(2026, 12, 1), date(2026, 12, 31)),
    )
    units = (NewUnit("东镇", contact="王主任"), NewUnit("西乡"), NewUnit("示例县林业局森林公安股", "department"))
    dues = (
        NewDue("阶段报告", "stage_report", date(2026, 10, 30), paper=True),
        NewDue("成果表", "results_form", date(2026, 11, 4)),
    )
    facts = {"牵头单位": "示例县林业局"}
    return Plan(
        "2026年“网盾行动”", date(2026, 9, 1), date(2026, 12, 31), "示政办〔2026〕8号", stages, units, dues, facts
    )


@contextmanager
def referring(db: Database, folder: Path, config: str = CONFIG):
    """Served with the services of `folder`'s config.yaml."""
    path = folder / "config.yaml"
    path.write_text(config, encoding="utf-8")
    settings = load(path)
    settings.storage.data_dir.mkdir(exist_ok=True)
    with serving(db, facts={**facts_of(settings), **services_of(settings, db)}) as served:
        yield served


def confirmed(
    db: Database,
    folder: Path,
    account_id: int,
    count: int = 3,
    site: str = "demo",
    *,
    sealed: bool = True,
    **facts: Any,
) -> list[int]:
    """Confirmed leads of one seller on a site, each with sealed evidence."""
    site_id, run_id = filling.site_and_run(db, site)
    given = {"seller": "林中客"} | facts
    ads = [filling.ad(str(number), score=95.0 - number, **given) for number in range(1, count + 1)]
    leads = lead_ids(db, site_id, run_id, *ads)
    objects = Objects.of(StorageConfig(data_dir=folder / "data"))
    actor = Actor(account_id, "demo_li先生")
    for number, lead in enumerate(leads, 1):
        if sealed:
            seal(db, objects, draft(site_id, str(number), kind="page"), actor=SETUP.name, now=START)
        decisions.decide(db, Decision(lead, actor, "confirm"), START, policy=ALONE)
    return leads
