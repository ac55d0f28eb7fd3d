"""The rows of all tables as the database stores them, what a request has changed in them, and their restoration."""

import json
from collections import Counter

from django.apps import apps
from django.db import connection, transaction


class Rows:
    def __init__(self):
        models = apps.get_app_config("twin").get_models(include_auto_created=True)
        models = list(models)
        self.tables = sorted(model._meta.db_table for model in models)
        # Tables of many-to-many relations that no model describes.
        self.between = {model._meta.db_table for model in models if model._meta.auto_created}
        self.is_postgres = connection.vendor == "postgresql"
        self.query = " UNION ALL ".join(self.select(table) for table in self.tables)
        self.base = {}
        self.counters = []

    def select(self, table):
        if self.is_postgres:
            return f"""SELECT '{table}', to_jsonb(t)::text FROM "{table}" t"""
        with connection.cursor() as cursor:
            cursor.execute(f"""SELECT name FROM pragma_table_info('{table}')""")
            columns = [name for (name,) in cursor.fetchall()]
        parts = ", ".join(f"""'{column}', quote("{column}")""" for column in columns)
        return f"""SELECT '{table}', json_object({parts}) FROM "{table}\""""

    def stored(self):
        """Every row as a text, by its table."""
        with connection.cursor() as cursor:
            cursor.execute(self.query)
            found = {table: [] for table in self.tables}
            for table, row in cursor.fetchall():
                found[table].append(row)
        return found

    def mark(self):
        """A value that changes with every write of another program. One that writes nothing leaves it as it is."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text" if self.is_postgres else "PRAGMA data_version")
            return cursor.fetchone()

    def changes(self, now):
        """The rows that are there beside those of the base, and those that are not there any more, by their table."""
        changes = {}
        for table in self.changed(now):
            before, after = (Counter(self.visible(table, row) for row in rows[table]) for rows in (self.base, now))
            gone, come = list((before - after).elements()), list((after - before).elements())
            if gone or come:
                changes[table] = {"-": sorted(gone), "+": sorted(come)}
        return changes

    def changed(self, now):
        return [table for table in self.tables if now[table] != self.base[table]]

    def visible(self, table, row):
        """The row without what has no meaning: in which order Django relates rows depends on the hashes of their keys."""
        if table not in self.between:
            return row
        return json.dumps({name: value for name, value in json.loads(row).items() if name != "id"})

    def empty(self):
        with transaction.atomic(), connection.cursor() as cursor:
            if self.is_postgres:
                names = ", ".join(f'"{table}"' for table in self.tables)
                cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
            else:
                for table in self.tables:
                    cursor.execute(f'DELETE FROM "{table}"')
                cursor.execute("DELETE FROM sqlite_sequence")

    def keep(self):
        """Makes what is stored the base."""
        self.base = self.stored()
        with connection.cursor() as cursor:
            for table in [*self.tables, *([] if self.is_postgres else ["sqlite_sequence"])]:
                cursor.execute(f'DROP TABLE IF EXISTS "kept_{table}"')
                cursor.execute(f'CREATE TEMP TABLE "kept_{table}" AS SELECT * FROM "{table}"')
            if self.is_postgres:
                cursor.execute(
                    "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
                )
                self.counters = cursor.fetchall()

    def restore(self, tables):
        """Makes the base what is stored, in tables that differ from it."""
        with connection.cursor() as cursor:
            if tables:
                with transaction.atomic():
                    for table in tables:
                        cursor.execute(f'DELETE FROM "{table}"')
                        cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "kept_{table}"')
            self.restore_counters(cursor)

    def restore_counters(self, cursor):
        """The next rows get the keys that they would have got. SQLite counts in a table, within the transaction."""
        if self.is_postgres:
            calls = ", ".join(
                f"setval('{name}', {last or 1}, {'true' if last else 'false'})" for name, last in self.counters
            )
            cursor.execute(f"SELECT {calls}")
        else:
            cursor.execute("SELECT * FROM sqlite_sequence EXCEPT SELECT * FROM kept_sqlite_sequence")
            if cursor.fetchall():
                with transaction.atomic():
                    cursor.execute("DELETE FROM sqlite_sequence")
                    cursor.execute("INSERT INTO sqlite_sequence SELECT * FROM kept_sqlite_sequence")

