"""Boards with cards: overridden built-in actions, a serializer and permissions per action, preparation of writes, raw
frames to the groups of another consumer, and subscriptions without a request.

    uvicorn --app-dir tests/sites/peer boards_site:application
"""

from urllib.parse import parse_qs

import recordable

recordable.configure()

from channels.db import database_sync_to_async
from django.db import models
from django.db.models import Q
from djangochannelsrestframework import mixins
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer
from djangochannelsrestframework.observer.generics import ObserverModelInstanceMixin
from djangochannelsrestframework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError


class Member(models.Model):
    username = models.CharField(max_length=40, unique=True)
    is_staff = models.BooleanField(default=False)

    is_authenticated = True
    is_anonymous = False

    class Meta:
        app_label = "auth"
        db_table = "members"


class Board(models.Model):
    name = models.CharField(max_length=30)
    owner = models.ForeignKey(Member, related_name="owned", on_delete=models.CASCADE)
    members = models.ManyToManyField(Member, related_name="boards", db_table="boards_members")
    archived = models.BooleanField(default=False)

    class Meta:
        app_label = "auth"
        db_table = "boards"


class Card(models.Model):
    board = models.ForeignKey(Board, related_name="cards", on_delete=models.CASCADE)
    title = models.CharField(max_length=20)
    position = models.IntegerField(default=0)
    author = models.ForeignKey(Member, related_name="cards", on_delete=models.CASCADE)
    done = models.BooleanField(default=False)
    edits = models.IntegerField(default=0)

    class Meta:
        app_label = "auth"
        db_table = "cards"


class Note(models.Model):
    card = models.ForeignKey(Card, related_name="notes", on_delete=models.CASCADE)
    text = models.CharField(max_length=50)
    stars = models.IntegerField(default=0)
    author = models.ForeignKey(Member, related_name="notes", on_delete=models.CASCADE)

    class Meta:
        app_label = "auth"
        db_table = "notes"


class MemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = ["id", "username"]


class BoardListSerializer(serializers.ModelSerializer):
    class Meta:
        model = Board
        fields = ["id", "name"]


class BoardSerializer(serializers.ModelSerializer):
    owner = MemberSerializer(read_only=True)
    card_count = serializers.SerializerMethodField()

    class Meta:
        model = Board
        fields = ["id", "name", "owner", "members", "archived", "card_count"]

    def get_card_count(self, board):
        return board.cards.count()


class NewBoardSerializer(serializers.ModelSerializer):
    owner = serializers.HiddenField(default=serializers.CurrentUserDefault())

    class Meta:
        model = Board
        fields = ["id", "name", "owner"]

    def validate_name(self, value):
        if value.startswith("_"):
            raise ValidationError("A name does not begin with an underscore.")
        return value


class BoardRenameSerializer(serializers.ModelSerializer):
    class Meta:
        model = Board
        fields = ["id", "name", "archived"]


class CardSerializer(serializers.ModelSerializer):
    author = serializers.HiddenField(default=serializers.CurrentUserDefault())
    writer = serializers.PrimaryKeyRelatedField(source="author", read_only=True)

    class Meta:
        model = Card
        fields = ["id", "board", "title", "position", "author", "writer", "done", "edits"]
        read_only_fields = ["position", "edits"]


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "card", "text", "stars", "author"]
        read_only_fields = ["card", "author"]


class Requested:
    """What `CurrentUserDefault` looks for in the context of a serializer."""

    def __init__(self, user):
        self.user = user


class InOwnContext:
    """A consumer whose serializers know the user, as they do in a view."""

    def get_serializer_context(self, **kwargs):
        return {**super().get_serializer_context(**kwargs), "request": Requested(self.scope["user"])}


class IsBoardOwner(BasePermission):
    async def has_permission(self, scope, consumer, action, pk=None, **kwargs):
        if not isinstance(pk, int) or scope["user"] is None:
            return scope["user"] is not None
        board = await Board.objects.filter(pk=pk).afirst()
        return board is None or board.owner_id == scope["user"].pk


class BoardConsumer(
    InOwnContext,
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.PatchModelMixin,
    mixins.DeleteModelMixin,
    ObserverModelInstanceMixin,
    GenericAsyncAPIConsumer,
):
    queryset = Board.objects.order_by("pk")
    permission_classes = [IsAuthenticated]
    by_action = {
        "list": BoardListSerializer,
        "create": NewBoardSerializer,
        "update": BoardRenameSerializer,
        "patch": BoardRenameSerializer,
    }

    def get_serializer_class(self, action=None, **kwargs):
        return self.by_action.get(action, BoardSerializer)

    async def get_permissions(self, action, **kwargs):
        if action == "list":
            return [AllowAny()]
        if action in ("patch", "delete"):
            return [IsAuthenticated(), IsBoardOwner()]
        return await super().get_permissions(action, **kwargs)

    def get_queryset(self, **kwargs):
        user, boards = self.scope["user"], super().get_queryset(**kwargs)
        if user is None:
            return boards.filter(pk__lt=0)
        return boards.filter(Q(owner=user) | Q(pk__in=user.boards.values("pk")))

    def filter_queryset(self, queryset, archived=None, **kwargs):
        return queryset if archived is None else queryset.filter(archived=archived)

    @action()
    async def list(self, **kwargs):
        boards, status = await super().list(**kwargs)
        return {"boards": boards, "count": len(boards)}, status

    @action()
    async def create(self, data, **kwargs):
        created, status = await super().create(data=data, **kwargs)
        await self.tell("board_created", created["id"], created["name"])
        return created, status

    @action()
    async def patch(self, data, **kwargs):
        renamed, status = await super().patch(data=data, **kwargs)
        await self.tell("board_renamed", renamed["id"], renamed["name"])
        return renamed, status

    @action()
    async def delete(self, pk, **kwargs):
        board = await database_sync_to_async(self.get_object)(pk=pk, **kwargs)
        if await board.cards.filter(done=False).aexists():
            raise ValidationError({"cards": ["There are open cards."]})
        await board.adelete()
        await self.tell("board_deleted", pk, board.name)
        return None, 204

    async def tell(self, event, board, name):
        """Tells the connections of another consumer, in their group."""
        message = {"type": "feed.notice", "event": event, "board": board, "name": name}
        await self.channel_layer.group_send("feed", message)

    @action()
    def invite(self, pk, member, **kwargs):
        board = self.get_object(pk=pk, **kwargs)
        if board.owner_id != self.scope["user"].pk:
            raise PermissionDenied()
        board.members.add(member)
        return {"members": list(board.members.order_by("pk").values_list("pk", flat=True))}, 200


class CardConsumer(
    InOwnContext,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.PatchModelMixin,
    mixins.DeleteModelMixin,
    GenericAsyncAPIConsumer,
):
    queryset = Card.objects.order_by("pk")
    serializer_class = CardSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self, board=None, **kwargs):
        cards = super().get_queryset(board=board, **kwargs)
        return cards if board is None else cards.filter(board=board)

    def perform_create(self, serializer, **kwargs):
        board = serializer.validated_data["board"]
        if board.archived:
            raise ValidationError({"board": ["This board is archived."]})
        serializer.save(position=board.cards.count() + 1)

    def perform_update(self, serializer, **kwargs):
        serializer.save(edits=serializer.instance.edits + 1)

    perform_patch = perform_update

    def perform_delete(self, instance, **kwargs):
        if instance.done:
            raise ValidationError("A card that is done stays.")
        instance.delete()

    @action()
    def add_note(self, pk, data, **kwargs):
        card = self.get_object(pk=pk, **kwargs)
        serializer = NoteSerializer(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        serializer.save(card=card, author=self.scope["user"])
        return serializer.data, 201

    @action()
    def preview_note(self, data, **kwargs):
        serializer = NoteSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        return {"text": serializer.validated_data["text"], "stars": serializer.validated_data.get("stars", 0)}, 200

    @action()
    def preview_card(self, data, **kwargs):
        serializer = CardSerializer(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return {"title": serializer.validated_data["title"], "board": serializer.validated_data["board"].name}, 200


class FeedConsumer(GenericAsyncAPIConsumer):
    """Raw frames: of every card from the beginning, of the notes of a card on demand, and those that others send."""

    queryset = Card.objects.all()
    serializer_class = CardSerializer
    permission_classes = [AllowAny]

    async def websocket_connect(self, message):
        await super().websocket_connect(message)
        await self.add_group("feed")
        await self.card_activity.subscribe()

    @model_observer(Card)
    async def card_activity(self, message, action=None, **kwargs):
        await self.send_json({"card": message, "event": action})

    @card_activity.serializer
    def card_activity(self, instance, action, **kwargs):
        return {"id": instance.pk, "title": instance.title, "done": instance.done}

    @model_observer(Note, serializer_class=NoteSerializer)
    async def note_activity(self, message, action=None, **kwargs):
        await self.send_json({"note": message, "event": action})

    @note_activity.groups_for_signal
    def note_activity(self, instance, **kwargs):
        yield f"-card__{instance.card_id}"

    @note_activity.groups_for_consumer
    def note_activity(self, card=None, **kwargs):
        if card is not None:
            yield f"-card__{card}"

    @action()
    async def watch_notes(self, card, **kwargs):
        await self.note_activity.subscribe(card=card)
        return {"watching": card}, 201

    @action()
    async def watch_quietly(self, card, **kwargs):
        await self.note_activity.subscribe(card=card)

    async def feed_notice(self, event):
        await self.send_json({key: value for key, value in event.items() if key != "type"})


class WithUser:
    """`?user=<username>` says who is asking."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        name = parse_qs(scope["query_string"].decode()).get("user", [""])[0]
        user = await Member.objects.filter(username=name).afirst()
        return await self.application({**scope, "user": user}, receive, send)


application = recordable.application(
    [Member, Board, Card, Note],
    {"boards": BoardConsumer, "cards": CardConsumer, "feed": FeedConsumer},
    {"ws/boards/": "boards", "ws/cards/": "cards", "ws/feed/": "feed"},
    "ws/",
)
application.application_mapping["websocket"] = WithUser(application.application_mapping["websocket"])
