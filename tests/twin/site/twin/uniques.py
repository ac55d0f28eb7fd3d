"""Columns that are unique, alone and together."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from rest_framework import serializers

from .numbers import INTEGER

FEW = [MinValueValidator(1), MaxValueValidator(3)]


class Unique(models.Model):
    name = models.CharField(max_length=10, unique=True)
    number = models.IntegerField(unique=True, validators=INTEGER)
    maybe = models.CharField(max_length=10, unique=True, null=True)
    uuid = models.UUIDField(unique=True)
    slug = models.SlugField(unique=True)
    amount = models.DecimalField(max_digits=5, decimal_places=2, unique=True)
    on = models.DateField(unique=True, null=True)


class UniqueSerializer(serializers.ModelSerializer):
    class Meta:
        model = Unique
        fields = "__all__"


class UniqueMessagesSerializer(serializers.ModelSerializer):
    class Meta:
        model = Unique
        fields = ["id", "name", "number", "maybe", "uuid", "slug", "amount"]
        extra_kwargs = {
            "name": {"min_length": 2},
            "maybe": {"required": True, "allow_blank": True},
        }


class Pair(models.Model):
    left = models.CharField(max_length=5)
    right = models.IntegerField(validators=INTEGER)
    preset = models.IntegerField(default=1, validators=INTEGER)
    maybe = models.IntegerField(null=True, validators=INTEGER)
    note = models.CharField(max_length=5, blank=True, default="")

    class Meta:
        unique_together = [("left", "right"), ("right", "preset"), ("left", "maybe")]


class PairSerializer(serializers.ModelSerializer):
    class Meta:
        model = Pair
        fields = "__all__"


class PairSomeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Pair
        fields = ["id", "left", "right", "preset", "note"]
        read_only_fields = ["preset"]


class PairRenamedSerializer(serializers.ModelSerializer):
    start = serializers.CharField(source="left", max_length=5)

    class Meta:
        model = Pair
        fields = ["id", "start", "right", "maybe"]


class Booking(models.Model):
    """A set that is unique among some rows, one that is unique without a condition, and checks."""

    room = models.CharField(max_length=4, choices=[("red", "Red"), ("blue", "Blue")])
    slot = models.IntegerField(choices=[(1, "One"), (2, "Two"), (3, "Three")])
    state = models.CharField(max_length=4, choices=[("open", "Open"), ("done", "Done"), ("gone", "Gone")], default="open")
    code = models.CharField(max_length=3, null=True)
    begins = models.IntegerField(validators=FEW)
    ends = models.IntegerField(validators=FEW, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "slot"], condition=~models.Q(state="gone"), name="twin_one_booking"),
            models.UniqueConstraint(fields=["room", "code"], name="twin_one_code"),
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("begins")), name="twin_ends_later"),
        ]


class BookingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Booking
        fields = "__all__"
