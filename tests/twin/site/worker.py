"""Performs requests in Django: one line of JSON is a request, and the next line of the output is its answer.

`{"do": "create", "serializer": …, "data": …}` stores a row. `{"do": "keep"}` makes what is stored the base of the next
requests. `{"do": "perform", "action": …, "serializer": …, "key": …, "data": …}` answers as a consumer does, says what
was stored, and takes it back. `{"do": "changes"}` says what another program has stored, and takes it back.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.encoders import JSONEncoder

from actions import Actions
from faults import FAULTS, introduced
from rows import Rows
from twin.relations import User


def subclasses(of):
    for found in of.__subclasses__():
        yield found
        yield from subclasses(found)


class Writes:
    """Tells whether statements write."""

    def __init__(self):
        self.found = False

    def __call__(self, execute, sql, params, many, context):
        self.found = self.found or not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, params, many, context)


class Worker:
    def __init__(self):
        call_command("migrate", run_syncdb=True, verbosity=0)
        self.serializers = {found.__name__: found for found in subclasses(BaseSerializer)}
        self.rows = Rows()
        self.user = None
        self.mark = None

    def actions(self, name):
        return Actions(self.serializers[name], self.user)

    def empty(self):
        self.rows.empty()
        self.user = None

    def create(self, serializer, data):
        with transaction.atomic():
            # What Django raises is of no interest here.
            try:
                with transaction.atomic():
                    status, *_ = self.actions(serializer).perform("create", data=data)
                    transaction.set_rollback(status != 201)
            except Exception:
                status = 500
        self.user = self.user or User.objects.first()
        return {"status": status}

    def shown(self, serializers):
        """Returns the keys and the rows that serializers show."""
        shown = {name: self.actions(name).perform("list")[2] for name in serializers}
        keys = {name: list(self.serializers[name].Meta.model.objects.values_list("pk", flat=True)) for name in serializers}
        return {"shown": shown, "keys": keys}

    def keep(self, serializers):
        """Makes what is stored the base; returns the keys and the rows that serializers show, and all rows."""
        self.rows.keep()
        return {**self.shown(serializers), "rows": self.rows.base}

    def perform(self, action, serializer, key=None, data=None, fault=None):
        answer = {}
        with introduced(fault, self.serializers[serializer]):
            try:
                with transaction.atomic():
                    answer = self.answer(self.actions(serializer), action, key, data)
                    transaction.set_rollback(True)
                # Refuses what cannot be sent.
                json.dumps(answer, cls=JSONEncoder, allow_nan=False)
            except Exception as error:
                answer = {"raises": f"{type(error).__name__}: {error}"}
        with connection.cursor() as cursor:
            self.rows.restore_counters(cursor)
        self.mark = self.rows.mark()
        return answer

    def answer(self, actions, action, key, data):
        writes = Writes()
        with connection.execute_wrapper(writes):
            status, errors, shown, row = actions.perform(action, key, data)
        answer = {"status": status, "errors": errors, "data": shown}
        if row is not None:
            answer["key"] = row.pk
            if action != "retrieve":
                answer["read"] = actions.perform("retrieve", row.pk)[2]
        answer["rows"] = self.rows.changes(self.rows.stored()) if writes.found else {}
        return answer

    def changes(self):
        # Most requests are refused, and reading all rows takes longer than everything else.
        mark = self.rows.mark()
        if mark == self.mark:
            return {"rows": {}}
        now = self.rows.stored()
        self.rows.restore(self.rows.changed(now))
        return {"rows": self.rows.changes(now)}

    def faults(self):
        return {name: serializer for name, (serializer, _) in FAULTS.items()}


def main():
    worker = Worker()
    print("{}", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(worker, request.pop("do"))(**request)
        print(json.dumps(answer or {}, cls=JSONEncoder), flush=True)


main()
