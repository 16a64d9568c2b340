"""The review console: accounts, decisions, leases; the columns, terms and search index its queue is filtered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from storage.review import backfill

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it


def upgrade() -> None:
    create_accounts()
    create_audit()
    create_decisions()
    create_reasons()
    create_filters()
    create_samples()
    widen_leads()
    create_search()
    guard()
    backfill.begin(op.get_bind())


def create_accounts() -> None:
    op.create_table(
        "accounts",
        number(),
        *texts("name", "display_name", "unit", "certificate", "password_hash"),
        facts("roles"),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        *times("created_at", "disabled_at?", "last_login_at?"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_table(
        "sessions",
        *texts("token_sha256"),
        *ids("account_id"),
        *texts("csrf"),
        *times("created_at", "seen_at", "until_at"),
        *texts("address", "agent"),
        refers("sessions", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sessions"),
    )
    index("sessions", "account_id")
    op.create_table(
        "tokens",
        number(),
        *ids("account_id"),
        *texts("name", "token_sha256"),
        facts("scopes"),
        *times("created_at", "last_used_at?", "until_at?", "revoked_at?"),
        refers("tokens", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_sha256", name="uq_tokens_token_sha256"),
    )
    index("tokens", "account_id")
    create_login_attempts()
    op.create_table(
        "saved_views",
        number(),
        *ids("account_id"),
        *texts("name", "query"),
        *times("created_at"),
        refers("saved_views", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("account_id", "name", name="uq_saved_views_account_id_name"),
    )


def create_login_attempts() -> None:
    op.create_table(
        "login_attempts",
        number(),
        *times("at"),
        *texts("name", "address"),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempts"),
    )
    index("login_attempts", "name", "at")
    index("login_attempts", "address", "at")


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        *times("at"),
        *ids("account_id?"),
        *texts("actor", "address", "action", "kind", "object_id"),
        facts("detail"),
        refers("audit", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    index("audit", "account_id", "id")
    index("audit", "action", "id")
    index("audit", "kind", "object_id", "id")
    index("audit", "at")


def create_decisions() -> None:
    op.create_table(
        "decisions",
        number(),
        *ids("lead_id"),
        *times("at"),
        *ids("account_id"),
        *texts("kind"),
        sa.Column("asks", sa.Boolean(), nullable=False),
        *texts("reason?", "category?", "subject?", "note"),
        *ids("undoes?", "duplicate_of?"),
        sa.Column("seconds", sa.Double()),
        *texts("bulk_id?"),
        *ids("detection_id"),
        sa.Column("score", sa.Double(), nullable=False),
        refers("decisions", "lead_id", "leads"),
        refers("decisions", "account_id", "accounts"),
        refers("decisions", "undoes", "decisions"),
        refers("decisions", "duplicate_of", "leads"),
        refers("decisions", "detection_id", "detections"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    index("decisions", "lead_id", "id")
    index("decisions", "account_id", "id")
    index("decisions", "at")
    index("decisions", "bulk_id")
    op.create_table(
        "leases",
        *ids("lead_id", "account_id"),
        *times("until_at", "since_at"),
        refers("leases", "lead_id", "leads"),
        refers("leases", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("lead_id", name="pk_leases"),
    )
    index("leases", "account_id")


def create_reasons() -> None:
    made = op.create_table(
        "reasons",
        *texts("code", "parent?", "label"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *times("retired_at?"),
        sa.ForeignKeyConstraint(["parent"], ["reasons.code"], name="fk_reasons_parent"),
        sa.PrimaryKeyConstraint("code", name="pk_reasons"),
    )
    rows = [
        {"code": code, "parent": parent, "label": label, "position": position, "retired_at": None}
        for position, (code, parent, label) in enumerate(REASONS, 1)
    ]
    for level in (False, True):  # the foreign key wants parents first
        op.bulk_insert(made, [row for row in rows if (row["parent"] is not None) is level])


REASONS = (
    ("not_object", None, "不是涉案物品"),
    ("not_object.brand", "not_object", "品牌、型号、颜色等名称"),
    ("not_object.toy", "not_object", "玩具、模型、图案、游戏道具"),
    ("not_object.imitation", "not_object", "仿制品、人造材料"),
    ("not_object.food", "not_object", "普通食品、菜名、植物俗称"),
    ("not_object.word", "not_object", "词语巧合(分词错误、同音)"),
    ("not_trade", None, "不是交易"),
    ("not_trade.news", "not_trade", "新闻、科普、普法宣传"),
    ("not_trade.talk", "not_trade", "聊天、求助、救助"),
    ("not_trade.lost", "not_trade", "寻物、寻宠"),
    ("lawful", None, "合法"),
    ("lawful.permit", "lawful", "许可、标识已核实"),
    ("lawful.farmed", "lawful", "人工繁育或栽培,来源已核实"),
    ("lawful.unlisted", "lawful", "不在名录,不需许可"),
    ("lawful.gear", "lawful", "工具不在禁用之列"),
    ("outside", None, "不归本地或本次行动管"),
    ("outside.region", "outside", "与本地无关,已转出"),
    ("outside.old", "outside", "时间过久,页面已失效"),
    ("other", None, "其他(写明理由)"),
)


def create_filters() -> None:
    op.create_table(
        "lead_terms",
        *ids("lead_id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *texts("term", "channel", "entry", "status"),
        sa.Column("score", sa.Double(), nullable=False),
        refers("lead_terms", "lead_id", "leads"),
        sa.PrimaryKeyConstraint("lead_id", "position", name="pk_lead_terms"),
    )
    op.create_table(
        "fingerprints",
        *ids("lead_id"),
        *texts("kind"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("number", "band", "value", "print")),
        *texts("file"),
        refers("fingerprints", "lead_id", "leads"),
        sa.PrimaryKeyConstraint("lead_id", "kind", "number", "band", name="pk_fingerprints"),
    )


def create_samples() -> None:
    op.create_table(
        "draws",
        number(),
        *texts("week", "kind", "stratum"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("population", "drawn")),
        *times("drawn_at"),
        sa.PrimaryKeyConstraint("id", name="pk_draws"),
        sa.UniqueConstraint("week", "kind", "stratum", name="uq_draws_week_kind_stratum"),
    )
    op.create_table(
        "samples",
        number(),
        *ids("draw_id", "listing_id", "snapshot_id", "lead_id?"),
        sa.Column("first_account_id", sa.BigInteger()),
        *texts("first_verdict?"),
        *times("judged_at?"),
        *ids("account_id?"),
        *texts("verdict?", "note"),
        refers("samples", "draw_id", "draws"),
        refers("samples", "listing_id", "listings"),
        refers("samples", "snapshot_id", "snapshots"),
        refers("samples", "lead_id", "leads"),
        refers("samples", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_samples"),
        sa.UniqueConstraint("draw_id", "listing_id", name="uq_samples_draw_id_listing_id"),
    )
    index("samples", "judged_at", "id")
    op.create_table(
        "rankings",
        number(),
        *times("at"),
        *ids("account_id?"),
        sa.Column("decisions", sa.BigInteger(), nullable=False),
        facts("model"),
        facts("figures"),
        sa.Column("active", sa.Boolean(), nullable=False),
        refers("rankings", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_rankings"),
    )


def widen_leads() -> None:
    """Columns with constant defaults: neither database copies the table."""
    op.drop_index("ix_leads_seller_id", "leads")
    for name, default in (("source", "crawl"), ("category", ""), ("department", ""), ("channel", ""), ("term", "")):
        op.add_column("leads", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    for name in ("judged_category", "subject"):
        op.add_column("leads", sa.Column(name, sa.Text()))
    op.add_column("leads", sa.Column("priority", sa.Double(), nullable=False, server_default="0"))
    for name in ("decided_at", "due_at"):
        op.add_column("leads", sa.Column(name, TIME))
    for name in ("decision_id", "asked_by", "merged_into", "search_row"):
        op.add_column("leads", sa.Column(name, sa.BigInteger()))


def create_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # no column sizes: nobody asks for BM25; no content: FTS5's copy takes five times the text, ours a third of it
        op.execute("CREATE VIRTUAL TABLE lead_search USING fts5(words, tokenize='ascii', content='', columnsize=0)")
        op.execute("CREATE TABLE lead_search_words (row INTEGER PRIMARY KEY, words BLOB NOT NULL)")
        return
    op.execute("CREATE TABLE lead_search (lead_id bigint PRIMARY KEY REFERENCES leads (id), words tsvector NOT NULL)")


def guard() -> None:
    """Let the database itself refuse to change what is only ever added to, and keep the terms in step with leads."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (*sqlite_guards(), SQLITE_FOLLOW) if sqlite else (*postgres_guards(), *POSTGRES_FOLLOW):
        op.execute(statement)


def sqlite_guards() -> Iterator[str]:
    """The third: INSERT OR REPLACE takes a row away without asking the second."""
    for table in ("audit", "decisions"):
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
        known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - no input
        yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {refuse}"


def postgres_guards() -> Iterator[str]:
    yield (
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in ("audit", "decisions"):
        yield (
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


SQLITE_FOLLOW = (
    "CREATE TRIGGER lead_terms_follow AFTER UPDATE OF status, score ON leads"
    " WHEN OLD.status <> NEW.status OR OLD.score <> NEW.score BEGIN"
    " UPDATE lead_terms SET status = NEW.status, score = NEW.score WHERE lead_id = NEW.id; END"
)
POSTGRES_FOLLOW = (
    """CREATE FUNCTION lead_terms_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE lead_terms SET status = NEW.status, score = NEW.score WHERE lead_id = NEW.id; RETURN NULL; END $$""",
    """CREATE TRIGGER lead_terms_follow AFTER UPDATE OF status, score ON leads FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.score IS DISTINCT FROM NEW.score)
    EXECUTE FUNCTION lead_terms_follow()""",
)


def number() -> sa.Column[int]:
    return sa.Column("id", ID, nullable=False)


def texts(*names: str) -> list[sa.Column[str]]:
    """Those with a question mark may be empty."""
    return [sa.Column(name.rstrip("?"), sa.Text(), nullable=name.endswith("?")) for name in names]


def ids(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name.rstrip("?"), ID, nullable=name.endswith("?")) for name in names]


def times(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name.rstrip("?"), TIME, nullable=name.endswith("?")) for name in names]


def facts(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def refers(table: str, name: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}")


def index(table: str, *names: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))
