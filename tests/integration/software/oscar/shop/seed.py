"""Fill the shop from seed.json and write truth.json: what a reader of its pages should find, and where.

Run with the shop's own Python: ``python -m shop.seed``; SOFTWARE_DATA names an existing folder.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402  # Django must be set up before its models load
from django.core.management import call_command  # noqa: E402
from oscar.apps.catalogue.categories import create_from_breadcrumbs  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402
from PIL import Image  # noqa: E402

Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
ProductAttribute = get_model("catalogue", "ProductAttribute")
ProductClass = get_model("catalogue", "ProductClass")
ProductImage = get_model("catalogue", "ProductImage")
ProductRecommendation = get_model("catalogue", "ProductRecommendation")
ProductReview = get_model("reviews", "ProductReview")
StockRecord = get_model("partner", "StockRecord")

ATTRIBUTES = {"发货地": "ships_from", "联系方式": "contact"}


def describe(product):
    """Either one plain line, or one paragraph a line as the product's rich-text editor leaves it."""
    if product["markup"] == "plain":
        return "\n".join(product["lines"])
    return "\n".join(f"<p>{line}</p>" for line in product["lines"])


def paint(number):
    """A small PNG, each of another colour."""
    picture = BytesIO()
    Image.new("RGB", (48, 36), (number * 37 % 256, number * 59 % 256, number * 83 % 256)).save(picture, "PNG")
    return ContentFile(picture.getvalue())


def create_kind():
    kind = ProductClass.objects.create(name="山货", requires_shipping=True, track_stock=True)
    for name, code in ATTRIBUTES.items():
        ProductAttribute.objects.create(product_class=kind, name=name, code=code, type=ProductAttribute.TEXT)
    return kind


def add_price(product, price, number, partner):
    if price is not None:
        StockRecord.objects.create(
            product=product, partner=partner, partner_sku=f"sku{number:03}", price=Decimal(price), num_in_stock=9
        )


def add_product(entry, number, kind, category, partner):
    product = Product(title=entry["title"], description=describe(entry), product_class=kind, upc=f"6900000{number:05}")
    for name, value in entry["attributes"].items():
        setattr(product.attr, ATTRIBUTES[name], value)
    product.save()
    product.categories.add(category)
    add_price(product, entry["price"], number, partner)
    for order in range(entry["images"]):
        image = ProductImage(product=product, display_order=order)
        image.original.save(f"p{number:03}-{order}.png", paint(number + order))
    # The list shows the newest first: distinct times make its order certain.
    created = datetime.now(UTC) - timedelta(hours=number)
    Product.objects.filter(pk=product.pk).update(date_created=created)
    return product


def tell(entry, product, replies):
    return {
        "key": str(product.pk),
        "path": product.get_absolute_url(),
        "title": entry["title"],
        "body": "\n".join(entry["lines"]),
        "category": entry["category"],
        "label": entry["label"],
        "price": entry["price"],
        "attributes": entry["attributes"],
        "images": entry["images"],
        "replies": replies,
    }


def recommend(products):
    """Every tenth item shows two others: text on the page that is not its own."""
    for number in range(0, len(products) - 2, 10):
        for other in products[number + 1 : number + 3]:
            ProductRecommendation.objects.create(primary=products[number], recommendation=other)


def review(product, number):
    """Every twelfth item carries a customer's words; returns their texts."""
    if number % 12 != 3:
        return []
    text = "东西收到了，和描述的一样，包装也很结实。"
    ProductReview.objects.create(
        product=product, score=5, title="不错", body=text, name="买家小陈", email="demo@example.com", status=1
    )
    return [text]


def seed():
    call_command("migrate", verbosity=0)
    entries = json.loads((Path(__file__).parents[1] / "seed.json").read_text(encoding="utf-8"))["products"]
    names = dict.fromkeys(entry["category"] for entry in entries)
    categories = {name: create_from_breadcrumbs(name) for name in names}
    kind, partner = create_kind(), Partner.objects.create(name="南溪山货仓")
    products = [
        add_product(entry, number, kind, categories[entry["category"]], partner) for number, entry in enumerate(entries)
    ]
    recommend(products)
    listings = [
        tell(entry, product, review(product, number))
        for number, (entry, product) in enumerate(zip(entries, products, strict=True))
    ]
    call_command("rebuild_index", interactive=False, verbosity=0)
    paths = {name: category.get_absolute_url() for name, category in categories.items()}
    truth = {"lists": {"全部": "/catalogue/"} | paths, "listings": listings}
    target = Path(os.environ["SOFTWARE_DATA"]) / "truth.json"
    target.write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    seed()
