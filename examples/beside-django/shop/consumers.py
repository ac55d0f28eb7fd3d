"""The sockets as Channels serves them: what `shop.json` and `app/` take the place of."""

from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from djangochannelsrestframework import mixins
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer
from djangochannelsrestframework.observer.generics import ObserverModelInstanceMixin
from djangochannelsrestframework.permissions import BasePermission, IsAuthenticated
from rest_framework.authtoken.models import Token

from . import access
from .models import Order, Product
from .serializers import OrderSerializer, ProductSerializer

WRITES = {"create", "patch", "delete"}


class TokenMiddleware:
    """Knows the user by `?token=`."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        query = parse_qs(scope["query_string"].decode())
        key = query.get("token", [""])[0]
        token = await Token.objects.select_related("user").filter(key=key, user__is_active=True).afirst()
        user = token.user if token else AnonymousUser()
        return await self.inner({**scope, "user": user}, receive, send)


class StaffWrites(BasePermission):
    async def has_permission(self, scope, consumer, action, **kwargs):
        return access.may(scope["user"], write=action in WRITES)


class Crud(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.PatchModelMixin,
    mixins.DeleteModelMixin,
    GenericAsyncAPIConsumer,
):
    pass


class ProductConsumer(ObserverModelInstanceMixin, Crud):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    permission_classes = [StaffWrites]
    observer_many_to_many_relationships = True

    def get_queryset(self, **kwargs):
        return access.visible_products(self.scope["user"])

    @model_observer(Product, serializer_class=ProductSerializer, many_to_many=True)
    async def product_activity(self, message, action, subscribing_request_ids=[], **kwargs):
        for request_id in subscribing_request_ids:
            await self.reply(data=message, action=action, request_id=request_id)

    @action()
    async def subscribe_to_product_activity(self, request_id, **kwargs):
        await self.product_activity.subscribe(request_id=request_id)
        return None, 201

    @action()
    async def follow(self, pk, **kwargs):
        """Enters the group of a product, to which announcements are sent."""
        product = await database_sync_to_async(self.get_object)(pk=pk)
        await self.add_group(f"product-{product.pk}")
        return None, 200

    async def frame(self, message):
        await self.send_json(message["frame"])


class OrderConsumer(Crud):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self, **kwargs):
        return access.visible_orders(self.scope["user"])

    def perform_create(self, serializer, **kwargs):
        serializer.save(customer=self.scope["user"])

    @model_observer(Order, serializer_class=OrderSerializer)
    async def order_activity(self, message, action, subscribing_request_ids=[], **kwargs):
        for request_id in subscribing_request_ids:
            await self.reply(data=message, action=action, request_id=request_id)

    @order_activity.groups_for_signal
    def order_activity(self, instance, **kwargs):
        yield f"-product__{instance.product_id}"

    @order_activity.groups_for_consumer
    def order_activity(self, product=None, **kwargs):
        if product is not None:
            yield f"-product__{product}"

    @action()
    async def subscribe_to_order_activity(self, request_id, product, **kwargs):
        await self.order_activity.subscribe(request_id=request_id, product=product)
        return None, 201
