import uuid

from django.conf import settings
from django.db import models


class Tag(models.Model):
    slug = models.SlugField(primary_key=True)
    label = models.CharField(max_length=80)


class Product(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    discount = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    published = models.BooleanField(default=False)
    on_sale_from = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    tags = models.ManyToManyField(Tag, related_name="products", blank=True)


class Order(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        SENT = "sent"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="orders")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders")
    quantity = models.PositiveIntegerField(default=1)
    note = models.TextField(null=True, blank=True)
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    placed_at = models.DateTimeField(auto_now_add=True)
