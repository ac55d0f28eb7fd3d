"""Rooms and messages: a token as subprotocol, a serializer and permissions per action, querysets through a relation and
by keys of the frame, pages, and replies to a group under the id of the sender's request.

    uvicorn --app-dir tests/sites/peer chat_site:application
"""

import recordable

recordable.configure()

from channels.db import database_sync_to_async
from django.db import models
from djangochannelsrestframework import mixins
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer
from djangochannelsrestframework.pagination import WebsocketLimitOffsetPagination
from djangochannelsrestframework.permissions import BasePermission
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, Throttled, ValidationError


class Person(models.Model):
    name = models.CharField(max_length=40)
    token = models.CharField(max_length=40, unique=True)
    is_staff = models.BooleanField(default=False)

    is_authenticated = True
    is_anonymous = False

    class Meta:
        app_label = "auth"
        db_table = "people"


class Room(models.Model):
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=10, choices=[("brand", "Brand"), ("support", "Support")], default="brand")
    members = models.ManyToManyField(Person, related_name="rooms", db_table="rooms_members", blank=True)

    class Meta:
        app_label = "auth"
        db_table = "rooms"


class Message(models.Model):
    room = models.ForeignKey(Room, related_name="messages", on_delete=models.CASCADE)
    author = models.ForeignKey(Person, related_name="messages", on_delete=models.CASCADE)
    text = models.CharField(max_length=50)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "auth"
        db_table = "messages"


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["id", "name", "kind", "members"]


class RoomListSerializer(serializers.ModelSerializer):
    last_message = serializers.SerializerMethodField()

    class Meta:
        model = Room
        fields = ["id", "name", "last_message"]

    def get_last_message(self, room):
        last = room.messages.order_by("-pk").first()
        return last and last.text


class RoomNameSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["id", "name"]


class MessageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Message
        fields = ["id", "room", "author", "text", "at"]


class HasToken(BasePermission):
    async def has_permission(self, scope, consumer, action, **kwargs):
        return scope["user"] is not None

    async def can_connect(self, scope, consumer, message=None):
        return scope["user"] is not None


class IsStaff(BasePermission):
    async def has_permission(self, scope, consumer, action, **kwargs):
        return scope["user"].is_staff


class IsInRoom(BasePermission):
    """The frame has a key `room`, and its room has this user."""

    async def has_permission(self, scope, consumer, action, room=None, **kwargs):
        return isinstance(room, int) and await scope["user"].rooms.filter(pk=room).aexists()


class HasJoined(BasePermission):
    async def has_permission(self, scope, consumer, action, **kwargs):
        return consumer.room is not None


class ByToken:
    """The token is the first subprotocol, and the one that is selected."""

    async def connect(self):
        await self.accept(subprotocol=self.scope["subprotocols"][0])


class RoomConsumer(
    ByToken,
    mixins.PaginatedModelListMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.PatchModelMixin,
    GenericAsyncAPIConsumer,
):
    permission_classes = [HasToken]
    pagination_class = WebsocketLimitOffsetPagination

    def get_serializer_class(self, action=None, **kwargs):
        return {"list": RoomListSerializer, "patch": RoomNameSerializer}.get(action, RoomSerializer)

    async def get_permissions(self, action, **kwargs):
        permissions = await super().get_permissions(action, **kwargs)
        return permissions + [IsStaff()] if action == "create" else permissions

    def get_queryset(self, **kwargs):
        return Room.objects.filter(members=self.scope["user"]).order_by("pk")

    def filter_queryset(self, queryset, kind=None, named=None, **kwargs):
        if kind is not None:
            queryset = queryset.filter(kind=kind)
        if named is not None:
            queryset = queryset.filter(name__contains=named)
        return queryset

    @action()
    def create(self, data, **kwargs):
        serializer = self.get_serializer(data=data, action_kwargs=kwargs)
        serializer.is_valid(raise_exception=True)
        serializer.save().members.add(self.scope["user"])
        return serializer.data, 201


class MessageConsumer(ByToken, mixins.PaginatedModelListMixin, GenericAsyncAPIConsumer):
    serializer_class = MessageSerializer
    permission_classes = [HasToken, IsInRoom]
    pagination_class = WebsocketLimitOffsetPagination

    async def get_permissions(self, action, **kwargs):
        return [HasToken()] if action == "connect" else await super().get_permissions(action, **kwargs)

    def get_queryset(self, room, by=None, **kwargs):
        messages = Message.objects.filter(room=room).order_by("-pk")
        return messages if by is None else messages.filter(author=by)

    @model_observer(Message, serializer_class=MessageSerializer)
    async def message_activity(self, message, action=None, subscribing_request_ids=[], **kwargs):
        for request_id in subscribing_request_ids:
            await self.reply(action=f"message_{action}", data=message, request_id=request_id)

    @message_activity.groups_for_signal
    def message_activity(self, instance, **kwargs):
        yield f"-room__{instance.room_id}"

    @message_activity.groups_for_consumer
    def message_activity(self, room=None, **kwargs):
        yield f"-room__{room}"

    @action()
    async def follow(self, room, request_id, **kwargs):
        await self.message_activity.subscribe(room=room, request_id=request_id)
        return None, 201

    @action()
    async def unfollow(self, room, request_id, **kwargs):
        await self.message_activity.unsubscribe(room=room, request_id=request_id)
        return None, 204


class ChatConsumer(ByToken, GenericAsyncAPIConsumer):
    """The room that a connection has joined is an attribute of its consumer."""

    permission_classes = [HasToken]
    serializer_class = RoomSerializer
    room = None
    shouts = 0

    async def get_permissions(self, action, **kwargs):
        permissions = await super().get_permissions(action, **kwargs)
        return permissions + [HasJoined()] if action in ("say", "shout", "leave_room") else permissions

    async def connect(self):
        await super().connect()
        await self.add_group(f"person_{self.scope['user'].pk}")

    async def disconnect(self, code):
        if self.room is not None:
            await self.tell("left", None)

    async def tell(self, told, request_id, **data):
        message = {"type": "chat.told", "told": told, "request_id": request_id}
        message["data"] = {"room": self.room, "person": self.scope["user"].name, **data}
        await self.channel_layer.group_send(f"room_{self.room}", message)

    async def chat_told(self, event):
        await self.reply(action=event["told"], data=event["data"], request_id=event["request_id"])

    @action()
    async def join_room(self, room, request_id, **kwargs):
        found = await Room.objects.filter(pk=room).afirst()
        if found is None:
            raise NotFound("There is no such room.")
        if not await found.members.filter(pk=self.scope["user"].pk).aexists():
            raise PermissionDenied("You are not a member of this room.")
        self.room = found.pk
        await self.add_group(f"room_{found.pk}")
        await self.tell("joined", None)
        return await database_sync_to_async(lambda: RoomSerializer(found).data)(), 200

    @action()
    async def leave_room(self, **kwargs):
        await self.remove_group(f"room_{self.room}")
        await self.tell("left", None)
        self.room = None
        return {"response": "You have left the room."}, 200

    @action()
    async def say(self, text, request_id, **kwargs):
        if not text:
            raise ValidationError({"text": ["Say something."]})
        message = await Message.objects.acreate(room_id=self.room, author=self.scope["user"], text=text)
        await self.tell("said", request_id, message=message.pk, text=text)

    @action()
    async def whisper(self, person, text, request_id, **kwargs):
        message = {"type": "chat.told", "told": "whispered", "request_id": request_id}
        message["data"] = {"person": self.scope["user"].name, "text": text}
        await self.channel_layer.group_send(f"person_{person}", message)
        return None, 202

    @action()
    async def rename(self, name, request_id, **kwargs):
        self.scope["user"].name = name
        await self.scope["user"].asave()
        await self.reply(action="renamed", data={"name": name}, status=202, request_id=request_id)

    @action()
    async def shout(self, text, **kwargs):
        self.shouts += 1
        if self.shouts > 2:
            raise Throttled(wait=60)
        return text.upper(), 200

    @action()
    async def how(self, **kwargs):
        return {"subprotocols": len(self.scope["subprotocols"]), "path": self.scope["path"]}, 200


class WithUser:
    """Whoever has the token that a client offers first among the subprotocols."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        token = (scope["subprotocols"] or [""])[0]
        user = await Person.objects.filter(token=token).afirst()
        return await self.application({**scope, "user": user}, receive, send)


application = recordable.application(
    [Person, Room, Message],
    {"rooms": RoomConsumer, "messages": MessageConsumer, "chat": ChatConsumer},
    {"ws/rooms/": "rooms", "ws/messages/": "messages", "ws/chat/": "chat"},
    "ws/",
)
application.application_mapping["websocket"] = WithUser(application.application_mapping["websocket"])
