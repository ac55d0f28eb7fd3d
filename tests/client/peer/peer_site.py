"""A site of Django Channels REST Framework, in one file: what the generated client is tested against beside our own
server. Its streams are called and behave as those of tests/conformance.

    uvicorn --app-dir tests/client/peer peer_site:application
"""

import os
import tempfile

import django
from django.conf import settings

DATABASE = os.path.join(tempfile.mkdtemp(prefix="dcrf-peer-"), "db.sqlite3")

settings.configure(
    SECRET_KEY="for tests alone",
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE, "OPTIONS": {"timeout": 20}}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    REST_FRAMEWORK={"PAGE_SIZE": 25, "DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter
from channelsmultiplexer import AsyncJsonWebsocketDemultiplexer
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.db import connection, models
from django.urls import path
from djangochannelsrestframework import mixins
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer
from djangochannelsrestframework.observer.generics import ObserverModelInstanceMixin
from djangochannelsrestframework.pagination import WebsocketLimitOffsetPagination
from rest_framework import serializers


class Comment(models.Model):
    text = models.TextField()
    user = models.ForeignKey(User, related_name="comments", on_delete=models.CASCADE)

    class Meta:
        app_label = "auth"


call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(Comment)


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "email", "password"]
        extra_kwargs = {"password": {"write_only": True}}


class PublicUserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "email"]


class CommentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Comment
        fields = ["id", "text", "user"]


class Crud(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.PatchModelMixin,
    mixins.UpdateModelMixin,
    mixins.CreateModelMixin,
    mixins.DeleteModelMixin,
    GenericAsyncAPIConsumer,
):
    pass


class UsersCrud(Crud):
    queryset = User.objects.order_by("pk")
    serializer_class = UserSerializer


class UsersObserve(ObserverModelInstanceMixin, GenericAsyncAPIConsumer):
    queryset = User.objects.order_by("pk")
    serializer_class = UserSerializer


class UsersPaginated(mixins.PaginatedModelListMixin, GenericAsyncAPIConsumer):
    queryset = User.objects.order_by("pk")
    serializer_class = PublicUserSerializer
    pagination_class = WebsocketLimitOffsetPagination


class UsersStreamed(mixins.StreamedPaginatedListMixin, GenericAsyncAPIConsumer):
    queryset = User.objects.order_by("pk")
    serializer_class = PublicUserSerializer
    pagination_class = WebsocketLimitOffsetPagination


class CommentsFiltered(Crud):
    queryset = Comment.objects.order_by("pk")
    serializer_class = CommentSerializer

    @model_observer(Comment, serializer_class=CommentSerializer)
    async def comment_activity(self, message, action, subscribing_request_ids=[], **kwargs):
        for request_id in subscribing_request_ids:
            await self.reply(data=message, action=action, request_id=request_id)

    @comment_activity.groups_for_signal
    def comment_activity(self, instance, **kwargs):
        yield f"-user__{instance.user_id}"

    @comment_activity.groups_for_consumer
    def comment_activity(self, user_pk=None, **kwargs):
        if user_pk is not None:
            yield f"-user__{user_pk}"

    @action()
    async def subscribe_to_comment_activity(self, request_id, user_pk=None, **kwargs):
        await self.comment_activity.subscribe(request_id=request_id, user_pk=user_pk)
        return None, 201

    @action()
    async def unsubscribe_from_comment_activity(self, request_id, user_pk=None, **kwargs):
        await self.comment_activity.unsubscribe(request_id=request_id, user_pk=user_pk)
        return None, 204


STREAMS = {
    "users_crud": UsersCrud,
    "users_observe": UsersObserve,
    "users_paginated": UsersPaginated,
    "users_streamed": UsersStreamed,
    "comments_filtered": CommentsFiltered,
}


class Demultiplexer(AsyncJsonWebsocketDemultiplexer):
    applications = {name: consumer.as_asgi() for name, consumer in STREAMS.items()}

    async def websocket_accept(self, message, stream_name):
        # As published, the socket is open with the first stream, and a frame to one that is not there closes it.
        accepted = self.applications_accepting_frames
        accepted.add(stream_name)
        if len(accepted) == len(self.applications):
            await self.accept()


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter(
            [path("ws/", Demultiplexer.as_asgi())]
            + [path(f"ws/{name}/", consumer.as_asgi()) for name, consumer in STREAMS.items()]
        ),
    }
)
