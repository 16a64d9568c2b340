"""Settings of a small Chinese shop on django-oscar; everything it writes goes below SOFTWARE_DATA."""

import os
from pathlib import Path

import oscar
from oscar.defaults import *  # noqa: F403  # the product asks for it: its settings are read off this module

DATA = Path(os.environ["SOFTWARE_DATA"])

SECRET_KEY = "only for tests on 127.0.0.1"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "shop.urls"
SITE_ID = 1

INSTALLED_APPS = [*oscar.INSTALLED_APPS, "sorl.thumbnail"]  # sorl: the product's default for pictures
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["oscar.apps.customer.auth_backends.EmailBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "db.sqlite3",
        # Every visit to an item is counted by a write: take the lock at once and wait, or parallel visits fail.
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF"},
    }
}
HAYSTACK_CONNECTIONS = {  # the catalogue's lists are answered by the search index: haystack's simple engine finds none
    "default": {"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine", "PATH": DATA / "index"}
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]  # one language, or a visitor's Accept-Language would change the pages
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA / "media"

OSCAR_SHOP_NAME = "南溪山货集市"
OSCAR_SHOP_TAGLINE = "山里人家的货"
OSCAR_DEFAULT_CURRENCY = "CNY"
OSCAR_SLUG_ALLOW_UNICODE = True

LOGGING = {  # with DEBUG off, Django mails its errors and prints nothing
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"waitress.queue": {"level": "ERROR"}},  # busy is normal under a crawl, and would fill the log
    "root": {"handlers": ["console"], "level": "WARNING"},
}
