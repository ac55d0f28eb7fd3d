"""The peer of the benchmarks: Django Channels REST Framework with the tables of benches/load/load.json, in one file.

It is set up as its documentation says: SQLite writes ahead as it does for the other servers, nothing is logged, and
books are read together with their shelves. Connections to the database are not kept, as Django advises under ASGI
("Persistent connections", Databases); with `PEER_KEEPS_CONNECTIONS` they are, to see what it costs. `PEER_DATABASE` is a
file that is not there yet, `PEER_REDIS` the port of a Redis.

    uvicorn --app-dir benches/peer peer_site:application
"""

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for benchmarks alone",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "channels", "rest_framework"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": None if os.environ.get("PEER_KEEPS_CONNECTIONS") else 0,
            "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"},
        }
    },
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [("127.0.0.1", int(os.environ["PEER_REDIS"]))]},
        }
    },
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    USE_I18N=False,
)
django.setup()

# What follows may only be imported once the settings are there.
from channels.routing import ProtocolTypeRouter, URLRouter
from django.db import connection, models
from django.urls import path
from djangochannelsrestframework import mixins
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer.generics import ObserverModelInstanceMixin
from rest_framework.serializers import ModelSerializer


class Thing(models.Model):
    name = models.CharField(max_length=64)
    counter = models.IntegerField(default=0)

    class Meta:
        app_label = "peer"


class Shelf(models.Model):
    label = models.CharField(max_length=20)

    class Meta:
        app_label = "peer"


class Book(models.Model):
    title = models.CharField(max_length=64)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)

    class Meta:
        app_label = "peer"


class ThingSerializer(ModelSerializer):
    class Meta:
        model = Thing
        fields = ["pk", "name", "counter"]


class ShelfSerializer(ModelSerializer):
    class Meta:
        model = Shelf
        fields = ["id", "label"]


class ShelvedBookSerializer(ModelSerializer):
    shelf = ShelfSerializer(read_only=True)

    class Meta:
        model = Book
        fields = ["id", "title", "shelf"]


class ThingConsumer(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.PatchModelMixin,
    mixins.DeleteModelMixin,
    # It retrieves, too.
    ObserverModelInstanceMixin,
    GenericAsyncAPIConsumer,
):
    queryset = Thing.objects.order_by("pk")
    serializer_class = ThingSerializer


class ShelvedBookConsumer(mixins.ListModelMixin, GenericAsyncAPIConsumer):
    queryset = Book.objects.select_related("shelf").order_by("pk")
    serializer_class = ShelvedBookSerializer


with connection.schema_editor() as editor:
    for model in (Thing, Shelf, Book):
        editor.create_model(model)
shelves = Shelf.objects.bulk_create(Shelf(label=f"shelf {number}") for number in range(1, 11))
Book.objects.bulk_create(Book(title="a book", shelf=shelves[number % 10]) for number in range(100))

application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("ws/things/", ThingConsumer.as_asgi()),
                path("ws/shelved_books/", ShelvedBookConsumer.as_asgi()),
            ]
        )
    }
)
