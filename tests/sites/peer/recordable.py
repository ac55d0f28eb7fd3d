"""What a site needs to be recorded: settings, the multiplexer, and a request that fills its tables.

A site calls `configure()` before it imports models, and `application()` at its end.
"""

import json
import os
import tempfile

import django
from django.conf import settings


def configure():
    database = os.path.join(tempfile.mkdtemp(prefix="dcrf-site-"), "db.sqlite3")
    settings.configure(
        SECRET_KEY="for tests alone",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="recordable",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database, "OPTIONS": {"timeout": 20}}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": []},
        DJANGO_CHANNELS_REST_API={"PAGE_SIZE": 2},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


#: The URLs that are not sockets; a site adds its own.
urlpatterns = []


def application(models, streams, routes, multiplexer):
    """The ASGI application: `streams` by name, `routes` to them by path, all of them at the path `multiplexer`."""
    from channels.routing import ProtocolTypeRouter, URLRouter
    from channelsmultiplexer import AsyncJsonWebsocketDemultiplexer
    from django.core.asgi import get_asgi_application
    from django.core.management import call_command
    from django.db import connection
    from django.urls import path

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)

    class Demultiplexer(AsyncJsonWebsocketDemultiplexer):
        applications = {name: consumer.as_asgi() for name, consumer in streams.items()}

        async def websocket_accept(self, message, stream_name):
            # As published, the socket is open with the first stream, and a frame to one that is not there closes it.
            accepted = self.applications_accepting_frames
            accepted.add(stream_name)
            if len(accepted) == len(self.applications):
                await self.accept(subprotocol=message.get("subprotocol"))

    urlpatterns.append(path("_reset/", reset_with(models)))
    sockets = [path(multiplexer, Demultiplexer.as_asgi())]
    sockets += [path(route, streams[name].as_asgi()) for route, name in routes.items()]
    return ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter(sockets)})


def reset_with(models):
    """A view that empties all tables and fills them with the rows of a scenario, as they are: nobody is told."""
    from django.db import connection
    from django.http import HttpResponse

    def tables():
        for model in models:
            yield model._meta.db_table, model, None
            for relation in model._meta.many_to_many:
                yield relation.m2m_db_table(), relation.remote_field.through, relation

    def reset(request):
        given = json.loads(request.body)
        with connection.cursor() as cursor:
            for table, _, _ in reversed(list(tables())):
                cursor.execute(f'DELETE FROM "{table}"')
            cursor.execute("DELETE FROM sqlite_sequence")
        for table, model, relation in tables():
            rows = given.pop(table, [])
            if relation is not None:
                names = relation.m2m_column_name(), relation.m2m_reverse_name()
                with connection.cursor() as cursor:
                    for row in rows:
                        values = [row[name.removesuffix("_id")] for name in names]
                        cursor.execute(f'INSERT INTO "{table}" ("{names[0]}", "{names[1]}") VALUES (%s, %s)', values)
                continue
            relations = {field.name: field.attname for field in model._meta.concrete_fields}
            # bulk_create sends no signals, so that no observer hears of it.
            model.objects.bulk_create([model(**{relations[key]: value for key, value in row.items()}) for row in rows])
        assert not given, given
        return HttpResponse(status=204)

    return reset
