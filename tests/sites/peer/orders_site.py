"""Orders of a restaurant: parameters of the path, the query and headers in the consumer, close codes, observers by path
parameter, Django's signals, frames with `request_ids`, keys that are texts, work beside the requests, and messages that
come from outside of the consumers.

    uvicorn --app-dir tests/sites/peer orders_site:application
"""

import asyncio
import json
from urllib.parse import parse_qs

import recordable

recordable.configure()

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import models
from django.dispatch import Signal
from django.http import JsonResponse
from django.urls import path
from djangochannelsrestframework import mixins
from djangochannelsrestframework.consumers import AsyncAPIConsumer
from djangochannelsrestframework.decorators import action, detached
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer, observer
from djangochannelsrestframework.observer.generics import ObserverModelInstanceMixin
from djangochannelsrestframework.permissions import AllowAny, BasePermission
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError


class Courier(models.Model):
    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=30)
    active = models.BooleanField(default=True)

    is_authenticated = True
    is_anonymous = False

    class Meta:
        app_label = "auth"
        db_table = "couriers"


class Order(models.Model):
    customer = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=[("new", "New"), ("cooking", "Cooking"), ("sent", "Sent")], default="new")
    courier = models.ForeignKey(Courier, null=True, related_name="orders", on_delete=models.SET_NULL)
    total = models.DecimalField(max_digits=6, decimal_places=2, default="0.00")

    class Meta:
        app_label = "auth"
        db_table = "orders"


class Item(models.Model):
    order = models.ForeignKey(Order, related_name="items", on_delete=models.CASCADE)
    dish = models.CharField(max_length=20)
    quantity = models.IntegerField(default=1)

    class Meta:
        app_label = "auth"
        db_table = "items"


class CourierSerializer(serializers.ModelSerializer):
    class Meta:
        model = Courier
        fields = ["code", "name", "active"]


class ItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = Item
        fields = ["id", "order", "dish", "quantity"]


class OrderSerializer(serializers.ModelSerializer):
    label = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["id", "customer", "status", "courier", "total", "label"]

    def get_label(self, order):
        """In the language that the query of the connection names."""
        words = {"new": "neu", "cooking": "in Arbeit", "sent": "unterwegs"}
        query = parse_qs(self.context["scope"]["query_string"].decode())
        return words[order.status] if query.get("lang") == ["de"] else order.get_status_display()


class PlainOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "customer", "status", "courier", "total"]


#: Anybody may send these, wherever they are.
screen_changed = Signal()
bell_rung = Signal()


class IsKnown(BasePermission):
    async def has_permission(self, scope, consumer, action, **kwargs):
        return scope["user"] is not None


class OrderConsumer(mixins.RetrieveModelMixin, mixins.PatchModelMixin, GenericAsyncAPIConsumer):
    """One order, which the path names. Whoever may not see it is told by the code of the close frame."""

    serializer_class = OrderSerializer
    permission_classes = [AllowAny]

    @property
    def order(self):
        return self.scope["url_route"]["kwargs"]["order"]

    def get_queryset(self, **kwargs):
        return Order.objects.filter(pk=self.order)

    async def connect(self):
        await self.accept()
        user = self.scope["user"]
        if user is None:
            return await self.close(4001)
        if not user.active:
            return await self.close(4003)
        if not await Order.objects.filter(pk=self.order).aexists():
            return await self.close(4004)
        await self.add_group(f"order_{self.order}")
        await self.order_activity.subscribe(order=self.order)

    @model_observer(Order, serializer_class=PlainOrderSerializer)
    async def order_activity(self, message, action=None, **kwargs):
        await self.send_json({"type": f"order.{action}", "order": message})

    @order_activity.groups_for_signal
    def order_activity(self, instance, **kwargs):
        yield f"-order__{instance.pk}"

    @order_activity.groups_for_consumer
    def order_activity(self, order=None, **kwargs):
        yield f"-order__{order}"

    @model_observer(Item, serializer_class=ItemSerializer)
    async def item_activity(self, message, action=None, subscribing_request_ids=[], **kwargs):
        await self.send_json({"request_ids": sorted(subscribing_request_ids), "event": action, "item": message})

    @item_activity.groups_for_signal
    def item_activity(self, instance, **kwargs):
        yield f"-order__{instance.order_id}"

    @item_activity.groups_for_consumer
    def item_activity(self, order=None, **kwargs):
        yield f"-order__{order}"

    @action()
    async def subscribe_to_items(self, request_id, **kwargs):
        await self.item_activity.subscribe(order=self.order, request_id=request_id)
        return None, 201

    @action()
    async def unsubscribe_from_items(self, request_id, **kwargs):
        await self.item_activity.unsubscribe(order=self.order, request_id=request_id)
        return None, 204

    @action()
    def add_item(self, data, **kwargs):
        serializer = ItemSerializer(data={**data, "order": self.order})
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return serializer.data, 201

    @action(atomic=True)
    def add_items(self, dishes, **kwargs):
        for dish in dishes:
            if len(dish) > 20:
                raise ValidationError({"dishes": [f"{dish} is too long."]})
            Item.objects.create(order_id=self.order, dish=dish)
        return {"added": len(dishes)}, 201

    @action()
    def move_item(self, item, order, **kwargs):
        found = Item.objects.filter(pk=item, order=self.order).first()
        if found is None:
            raise NotFound("There is no such item.")
        found.order_id = order
        found.save()
        return None, 204

    @action()
    async def advance(self, request_id, **kwargs):
        order = await Order.objects.aget(pk=self.order)
        if order.status == "sent":
            raise ValidationError({"status": ["This order is on its way."]})
        order.status = {"new": "cooking", "cooking": "sent"}[order.status]
        await order.asave()
        await self.reply(action="advanced", data={"status": order.status}, request_id=request_id)

    @action()
    async def where(self, **kwargs):
        headers = dict(self.scope["headers"])
        return {
            "order": self.order,
            "path": self.scope["path"],
            "lang": parse_qs(self.scope["query_string"].decode()).get("lang", [None])[0],
            "device": headers.get(b"x-device", b"").decode() or None,
        }, 200

    @action(detached=True)
    async def estimate(self, seconds, **kwargs):
        await asyncio.sleep(seconds)
        return {"minutes": 20}, 200

    @action(detached=True)
    async def estimate_nothing(self, **kwargs):
        raise ValidationError("There is no estimate.")

    @action()
    async def track(self, **kwargs):
        await self.drive()
        return "started", 202

    @detached
    async def drive(self):
        for place in ["kitchen", "street"]:
            await asyncio.sleep(0.1)
            await self.send_json({"type": "courier.at", "place": place})

    async def order_announced(self, event):
        await self.send_json({"type": "order.announced", "text": event["text"]})


class CourierConsumer(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.PatchModelMixin,
    mixins.DeleteModelMixin,
    ObserverModelInstanceMixin,
    GenericAsyncAPIConsumer,
):
    """Keys that are texts."""

    queryset = Courier.objects.order_by("pk")
    serializer_class = CourierSerializer
    permission_classes = [IsKnown]

    @model_observer(Courier, serializer_class=CourierSerializer)
    async def courier_activity(self, message, action=None, subscribing_request_ids=[], **kwargs):
        await self.send_json({"request_ids": sorted(subscribing_request_ids), "action": action, "data": message})

    @action()
    async def subscribe_to_all(self, request_id, **kwargs):
        await self.courier_activity.subscribe(request_id=request_id)
        return {"request_id": request_id}, 201

    @action()
    async def unsubscribe_from_all(self, request_id, **kwargs):
        await self.courier_activity.unsubscribe(request_id=request_id)
        return {"request_id": request_id}, 204


class SignageConsumer(AsyncAPIConsumer):
    """No model: signals of Django, one on demand and by screen, one from the beginning."""

    permission_classes = [AllowAny]

    async def websocket_connect(self, message):
        await super().websocket_connect(message)
        await self.bell.subscribe()

    @observer(bell_rung)
    async def bell(self, message, **kwargs):
        await self.reply(action="bell", data=message)

    @bell.serializer
    def bell(self, signal, times=None, **kwargs):
        return {"times": times}

    @observer(screen_changed)
    async def screen(self, message, subscribing_request_ids=[], **kwargs):
        for request_id in subscribing_request_ids:
            await self.reply(action="screen", data=message, request_id=request_id)

    @screen.serializer
    def screen(self, signal, screen=None, text=None, **kwargs):
        return {"screen": screen, "text": text}

    @screen.groups_for_signal
    def screen(self, screen=None, **kwargs):
        yield f"-screen__{screen}"

    @screen.groups_for_consumer
    def screen(self, screen=None, **kwargs):
        yield f"-screen__{screen}"

    @action()
    async def watch(self, screen, request_id, **kwargs):
        await self.screen.subscribe(screen=screen, request_id=request_id)
        return None, 201

    @action()
    async def watch_several(self, screens, request_id, **kwargs):
        for screen in screens:
            await self.screen.subscribe(screen=screen, request_id=request_id)
        return {"watching": len(screens)}, 201

    @action()
    async def unwatch_several(self, screens, request_id, **kwargs):
        for screen in screens:
            await self.screen.unsubscribe(screen=screen, request_id=request_id)
        return {"unwatched": len(screens)}, 200

    @action()
    async def unwatch(self, screen, request_id, **kwargs):
        await self.screen.unsubscribe(screen=screen, request_id=request_id)
        return None, 204

    @action()
    async def show(self, screen, text, **kwargs):
        await database_sync_to_async(screen_changed.send)(sender=None, screen=screen, text=text)
        return {"shown": text}, 200

    @action()
    async def ring(self, times, request_id, **kwargs):
        await database_sync_to_async(bell_rung.send)(sender=None, times=times)
        await self.reply(action="rung", data={"times": times}, status=202, request_id=request_id)


def announce(request, order):
    """An HTTP request whose text comes to everybody who follows an order."""
    message = {"type": "order.announced", "text": json.loads(request.body)["text"]}
    async_to_sync(get_channel_layer().group_send)(f"order_{order}", message)
    return JsonResponse({}, status=202)


def deliver(request, order):
    """An HTTP request that changes a row."""
    order = Order.objects.get(pk=order)
    order.status = "sent"
    order.save()
    return JsonResponse({}, status=200)


class WithUser:
    """`Authorization: Token <code of a courier>`."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Token ")
        user = await Courier.objects.filter(code=token).afirst()
        return await self.application({**scope, "user": user}, receive, send)


recordable.urlpatterns += [path("orders/<int:order>/announce/", announce), path("orders/<int:order>/deliver/", deliver)]
application = recordable.application(
    [Courier, Order, Item],
    {"order": OrderConsumer, "couriers": CourierConsumer, "signage": SignageConsumer},
    {"ws/orders/<int:order>/": "order", "ws/couriers/": "couriers", "ws/signage/": "signage"},
    "ws/desk/<int:order>/",
)
application.application_mapping["websocket"] = WithUser(application.application_mapping["websocket"])
