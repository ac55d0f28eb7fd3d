from rest_framework import serializers

from .models import Order, Product, Tag


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["slug", "label"]


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price", "discount", "details", "published", "on_sale_from", "created_at", "tags"]


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "product", "customer", "quantity", "note", "state", "placed_at"]
        read_only_fields = ["customer"]
        # The consumers of DCRF cannot send a UUID, only its text.
        extra_kwargs = {"product": {"pk_field": serializers.UUIDField()}}
