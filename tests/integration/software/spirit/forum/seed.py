"""Fill the forum from seed.json and write truth.json: what a reader of its pages should find, and where.

Run with the forum's own Python: ``python -m forum.seed``; SOFTWARE_DATA names an existing folder.
"""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  # Django must be set up before its models load
from django.core.management import call_command  # noqa: E402
from spirit.admin.forms import BasicConfigForm  # noqa: E402
from spirit.category.models import Category  # noqa: E402
from spirit.comment.models import Comment  # noqa: E402
from spirit.core.utils.markdown import Markdown  # noqa: E402
from spirit.topic.models import Topic  # noqa: E402

MARKS = re.compile(r"^(?:> |- |\d{1,2}\. )|\*\*", re.MULTILINE)  # all the Markdown that seed.json uses
REPLY_GAP = timedelta(minutes=37)  # two dozen replies still fit into the day before now
MODERATOR = "版主阿松"


def read_plain(markdown):
    """The text that a page shows, one line per line of text."""
    lines = (line.strip() for line in MARKS.sub("", markdown).split("\n"))
    return "\n".join(line for line in lines if line)


def write_comment(topic, author, markdown, date):
    return Comment.objects.create(
        user=author, topic=topic, comment=markdown, comment_html=Markdown().render(markdown), date=date
    )


def find_author(name):
    author, _ = get_user_model().objects.get_or_create(username=name)
    return author


def add_replies(topic, entry, date):
    """Returns the time of the last one."""
    for reply in entry["replies"]:
        date += REPLY_GAP
        write_comment(topic, find_author(reply["author"]), reply["body"], date)
    return date


def close(topic, date):
    """A closed topic shows a line that is no comment, as the product writes it."""
    notice = Comment.create_moderation_action(user=find_author(MODERATOR), topic=topic, action=Comment.CLOSED)
    Comment.objects.filter(pk=notice.pk).update(date=date + REPLY_GAP)


def add_topic(entry, posted_at, category):
    topic = Topic.objects.create(
        user=find_author(entry["author"]), category=category, title=entry["title"], date=posted_at
    )
    write_comment(topic, topic.user, entry["markdown"], posted_at)
    last = add_replies(topic, entry, posted_at)
    if entry["closed"]:
        close(topic, last)
    Topic.objects.filter(pk=topic.pk).update(
        last_active=last,
        comment_count=1 + len(entry["replies"]),
        is_pinned=entry["pinned"],
        is_closed=entry["closed"],
    )
    return topic


def tell(entry, topic, posted_at):
    return {
        "key": str(topic.pk),
        "path": topic.get_absolute_url(),
        "title": entry["title"],
        "body": read_plain(entry["markdown"]),
        "category": entry["category"],
        "label": entry["label"],
        "author": entry["author"],
        "posted_at": posted_at.isoformat(),
        "pinned": entry["pinned"],
        "closed": entry["closed"],
        "replies": [reply["body"] for reply in entry["replies"]],
    }


def name_forum(name):
    form = BasicConfigForm(
        {"site_name": name, "site_description": "山里人的论坛", "comments_per_page": 20, "topics_per_page": 20}
    )
    assert form.is_valid(), form.errors
    form.save()


def add_all(seed, categories, now):
    """Oldest first, as a forum fills."""
    listings = []
    for number, entry in enumerate(sorted(seed["topics"], key=lambda entry: -entry["days_ago"])):
        posted_at = now - timedelta(days=entry["days_ago"], minutes=number * 7)
        topic = add_topic(entry, posted_at, categories[entry["category"]])
        listings.append(tell(entry, topic, posted_at))
    return listings


def seed():
    call_command("migrate", verbosity=0)
    content = json.loads((Path(__file__).parents[1] / "seed.json").read_text(encoding="utf-8"))
    name_forum(content["forum"])
    names = dict.fromkeys(entry["category"] for entry in content["topics"])
    categories = {name: Category.objects.create(title=name, description=f"{name}版") for name in names}
    now = datetime.now(UTC).replace(second=0, microsecond=0)  # pages show minutes
    listings = add_all(content, categories, now)
    paths = {name: category.get_absolute_url() for name, category in categories.items()}
    truth = {"lists": {"全部": "/"} | paths, "listings": listings}
    target = Path(os.environ["SOFTWARE_DATA"]) / "truth.json"
    target.write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    seed()
