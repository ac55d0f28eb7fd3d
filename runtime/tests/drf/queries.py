"""Answers queries with Django's ORM, for `runtime/src/store/tests/django.rs`: a JSON text per line in, one per line out.

The first argument is the URL of the database on PostgreSQL, which has the tables.
"""

import json
import sys
from urllib.parse import urlparse

import django
from django.apps import AppConfig
from django.conf import settings
from django.db import models
from django.db.models import Avg, Count, F, Max, Min, Q, Sum



class ShelfConfig(AppConfig):
    name, label, path = "__main__", "shelf", "."


url = urlparse(sys.argv[1])
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.lstrip("/"),
            "USER": url.username,
            "PASSWORD": url.password or "",
            "HOST": url.hostname,
            "PORT": url.port or 5432,
        }
    },
    INSTALLED_APPS=["__main__.ShelfConfig"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()


class Author(models.Model):
    name = models.TextField()
    age = models.BigIntegerField(null=True)
    boss = models.ForeignKey(
        "self", models.SET_NULL, null=True, db_column="boss", related_name="staff"
    )

    class Meta:
        app_label, db_table, managed = "shelf", "author", False


class Tag(models.Model):
    slug = models.TextField(primary_key=True)
    label = models.TextField(null=True)

    class Meta:
        app_label, db_table, managed = "shelf", "tag", False


class Book(models.Model):
    title = models.TextField()
    author = models.ForeignKey(
        Author, models.CASCADE, db_column="author", related_name="written"
    )
    editor = models.ForeignKey(
        Author, models.SET_NULL, null=True, db_column="editor", related_name="edited"
    )
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    total = models.DecimalField(max_digits=24, decimal_places=4)
    weight = models.FloatField(null=True)
    span = models.BigIntegerField(null=True)
    uid = models.UUIDField()
    stock = models.BigIntegerField()
    tags = models.ManyToManyField(Tag, db_table="book_tags", related_name="books")

    class Meta:
        app_label, db_table, managed = "shelf", "book", False


MODELS = {"Author": Author, "Book": Book, "Tag": Tag}
RELATED = {
    ("Author", "Book", "author"): "written",
    ("Author", "Book", "editor"): "edited",
    ("Author", "Author", "boss"): "staff",
    ("Book", "Tag", None): "tags",
    ("Tag", "Book", None): "books",
}
FUNCTIONS = {
    "Count": Count,
    "CountDistinct": lambda path: Count(path, distinct=True),
    "Least": Min,
    "Greatest": Max,
    "Sum": Sum,
    "Average": Avg,
}


def condition(model, ask, prefix=""):
    """Returns the Q of a condition; with a prefix it is about rows behind a relation."""
    kind, *rest = ask
    if kind in ("all", "any"):
        parts = [condition(model, part, prefix) for part in rest[0]]
        if not parts:
            return Q(pk__isnull=False) if kind == "all" else Q(pk__in=[])
        joined = parts[0]
        for part in parts[1:]:
            joined = joined & part if kind == "all" else joined | part
        return joined
    if kind == "untrue":
        return ~condition(model, rest[0], prefix)
    if kind == "compare":
        column, lookup, values = rest
        column = prefix + column
        if lookup == "isnull":
            return Q(**{f"{column}__isnull": True})
        if lookup == "in":
            return Q(**{f"{column}__in": values})
        if lookup == "ne":
            return ~Q(**{column: values[0]}) & Q(**{f"{column}__isnull": False})
        return Q(**{f"{column}__{lookup}": values[0]})
    if kind == "to":
        column, part = rest
        if is_plain(part):
            return condition("Author", part, f"{prefix}{column}__")
        return Q(**{f"{prefix}{column}__in": Author.objects.filter(condition("Author", part))})
    target, column, part = rest
    if is_root(ask) and is_plain(part):
        return condition(target, part, RELATED[model, target, column] + "__")
    found = MODELS[target].objects.filter(condition(target, part))
    back = column or RELATED[target, model, None]
    return Q(pk__in=found.filter(**{f"{back}__isnull": False}).values(back))


ROOT = []


def is_root(ask):
    """Only one condition of a `filter` is about the rows of a relation: two of them would be about the same row."""
    return ask is ROOT[-1] or ROOT[-1] == ["untrue", ask]


def is_plain(ask):
    kind, *rest = ask
    if kind in ("all", "any"):
        return bool(rest[0]) and all(is_plain(part) for part in rest[0])
    return kind == "compare" and rest[1] not in ("ne", "isnull", "in")


def answer(query):
    model = query["model"]
    ROOT.append(query["ask"])
    found = MODELS[model].objects.filter(condition(model, query["ask"]))
    rows = MODELS[model].objects.filter(pk__in=found.values("pk"))
    if "each" in query:
        target, column, path, function = query["each"]
        path = f"{RELATED[model, target, column]}__{path}"
        rows = rows.annotate(result=FUNCTIONS[function](path)).order_by("pk")
        return [list(row) for row in rows.values_list("pk", "result")]
    if "items" in query:
        names = {f"result_{n}": FUNCTIONS[f](path) for n, (path, f) in enumerate(query["items"])}
        order = [F(path).asc(nulls_first=True) for path in query["by"]]
        rows = rows.values(*query["by"]).annotate(**names).order_by(*order)
        return [list(row) for row in rows.values_list(*query["by"], *names)]
    order = []
    for path, descending, nulls_first in query["order"]:
        nulls = {"nulls_first": True} if nulls_first else {"nulls_last": True}
        order.append(F(path).desc(**nulls) if descending else F(path).asc(**nulls))
    start = query["skip"]
    stop = None if query["take"] is None else start + query["take"]
    # `found` has a row for each related row: `distinct` and an order by other columns do not go together.
    return [[key] for key in rows.order_by(*order, "pk")[start:stop].values_list("pk", flat=True)]


def shown(value):
    return str(value) if not isinstance(value, (int, float, type(None))) else value


for line in sys.stdin:
    try:
        rows = answer(json.loads(line))
        print(json.dumps([[shown(value) for value in row] for row in rows]), flush=True)
    except Exception as error:  # noqa: BLE001
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
