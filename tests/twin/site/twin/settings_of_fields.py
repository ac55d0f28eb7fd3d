"""Fields that are hidden or write-only, and validators of the application."""

from django.db import models
from rest_framework import serializers

from .numbers import SMALL
from .relations import User


class Note(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notes")
    key = models.CharField(max_length=5)
    text = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        unique_together = [("owner", "key")]


class NoteSerializer(serializers.ModelSerializer):
    owner = serializers.HiddenField(default=serializers.CurrentUserDefault())
    writer = serializers.PrimaryKeyRelatedField(source="owner", read_only=True)

    class Meta:
        model = Note
        fields = ["id", "owner", "writer", "key", "text"]


class Account(models.Model):
    name = models.CharField(max_length=10)
    password = models.CharField(max_length=20)
    hint = models.CharField(max_length=20, null=True)


class AccountSerializer(serializers.ModelSerializer):
    class Meta:
        model = Account
        fields = ["id", "name", "password", "hint"]
        extra_kwargs = {"password": {"write_only": True, "min_length": 4}, "hint": {"write_only": True, "required": False}}


class Slot(models.Model):
    start = models.SmallIntegerField(validators=SMALL)
    end = models.SmallIntegerField(null=True, validators=SMALL)
    label = models.CharField(max_length=5)


class SlotSerializer(serializers.ModelSerializer):
    def validate_start(self, value):
        if value == 13:
            raise serializers.ValidationError("Not 13.")
        return value

    def validate_label(self, value):
        if value == "no":
            raise serializers.ValidationError(["Not no.", "Say yes."])
        return value.upper()

    def validate(self, attributes):
        start, end = attributes.get("start"), attributes.get("end")
        if start is not None and end is not None and start > end:
            raise serializers.ValidationError("It ends before it starts.")
        if attributes.get("label") == "END" and end is None:
            raise serializers.ValidationError({"end": ["An end, please."]})
        return attributes

    class Meta:
        model = Slot
        fields = "__all__"
