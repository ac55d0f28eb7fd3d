"""Runs code of the tests in Django. A line has statements and an expression as JSON, `["x = 1", "x + 1"]`; the answer is
a line, too: `[true, 2]`, or `[false, "Traceback …"]`."""

import decimal
import json
import sys
import traceback

import django
from django.core.serializers.json import DjangoJSONEncoder

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from shop import sockets  # noqa: E402
from shop.models import Order, Product, Tag  # noqa: E402

names = {
    "Decimal": decimal.Decimal,
    "F": F,
    "Order": Order,
    "Product": Product,
    "Tag": Tag,
    "User": User,
    "call_command": call_command,
    "connection": connection,
    "sockets": sockets,
    "transaction": transaction,
}
# What commands print is no answer.
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    statements, expression = json.loads(line)
    try:
        exec(statements, names)
        answer = [True, eval(expression, names)]
    except Exception:
        answer = [False, traceback.format_exc()]
    print(json.dumps(answer, cls=DjangoJSONEncoder), file=answers, flush=True)
