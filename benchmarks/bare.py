"""Bare: plain spiders, as one writes them: parsel, eight fields an ad, one item an ad; nothing is stored."""

from __future__ import annotations

import os

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

CONCURRENCY = 16  # for all: enough to keep one core busy


class Pages(scrapy.Spider):
    """A board: list pages lead to item pages."""

    name = "pages"
    address = ""

    async def start(self):
        """The first list page."""
        yield scrapy.Request(self.address)

    def parse(self, response):
        """A list page."""
        for row in response.css("tbody[id^=normalthread_]"):
            yield response.follow(row.css("a.xst::attr(href)").get(), callback=self.parse_item)
        following = response.css("div.pg a.nxt::attr(href)").get()
        if following:
            yield response.follow(following)

    def parse_item(self, response):
        """An item page."""
        post = response.css("td.t_f")[0]
        yield {
            "url": response.url,
            "title": " ".join(response.css("#thread_subject ::text").getall()).strip(),
            "body": "\n".join(text.strip() for text in post.css("::text").getall()),
            "price": response.css("div.trdb strong::text").get(),
            "seller": response.css(".authi a::text").get(),
            "date": response.css("em[id^=authorposton]::text").get(),
            "region": response.xpath(
                "//table[contains(@class,'cgtl')]//th[contains(.,'所在地')]/following-sibling::td//text()"
            ).get(),
            "images": post.css("img::attr(file), img::attr(src)").getall(),
        }


class Rows(scrapy.Spider):
    """A market: list pages of 20 ads show everything."""

    name = "rows"
    address = ""

    async def start(self):
        """The first list page."""
        yield scrapy.Request(self.address)

    def parse(self, response):
        """A list page."""
        for row in response.css("div.ad"):
            yield {
                "url": response.urljoin(row.css("a.title::attr(href)").get()),
                "title": row.css("a.title::text").get(),
                "body": row.css("p.text::text").get(),
                "price": row.css(".price::text").get(),
                "seller": row.css(".seller::text").get(),
                "region": row.css(".region::text").get(),
                "date": row.css(".date::text").get(),
                "images": row.css("img::attr(src)").getall(),
            }
        following = response.css("a.next::attr(href)").get()
        if following:
            yield response.follow(following)


def run(kind: str, start: str) -> dict[str, int]:
    """Crawl once; pages and items."""
    settings = {
        "LOG_LEVEL": "INFO",  # as the product runs
        "LOG_FILE": os.devnull,
        "CONCURRENT_REQUESTS": CONCURRENCY,
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    }
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler({"pages": Pages, "rows": Rows}[kind])
    process.crawl(crawler, address=start)
    process.start()
    return {
        "pages": crawler.stats.get_value("response_received_count"),
        "items": crawler.stats.get_value("item_scraped_count"),
    }
