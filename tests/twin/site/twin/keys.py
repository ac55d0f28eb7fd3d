"""Keys of other types than integers, and references to them."""

import uuid

from django.db import models
from rest_framework import serializers


class TextKey(models.Model):
    code = models.CharField(max_length=10, primary_key=True)
    label = models.CharField(max_length=10)

    class Meta:
        ordering = ["pk"]


class UuidKey(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    label = models.CharField(max_length=10)

    class Meta:
        ordering = ["pk"]


class FixedKey(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=10)


class Reference(models.Model):
    text = models.ForeignKey(TextKey, on_delete=models.CASCADE, related_name="references")
    uuid = models.ForeignKey(UuidKey, on_delete=models.CASCADE, related_name="references")
    maybe_text = models.ForeignKey(TextKey, null=True, on_delete=models.SET_NULL, related_name="+")
    maybe_uuid = models.ForeignKey(UuidKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    texts = models.ManyToManyField(TextKey, blank=True, related_name="+")
    uuids = models.ManyToManyField(UuidKey, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]


class TextKeySerializer(serializers.ModelSerializer):
    references = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = TextKey
        fields = ["code", "label", "references"]


class UuidKeySerializer(serializers.ModelSerializer):
    class Meta:
        model = UuidKey
        fields = "__all__"


class FixedKeySerializer(serializers.ModelSerializer):
    class Meta:
        model = FixedKey
        fields = "__all__"


class ReferenceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reference
        fields = ["id", "text", "uuid", "maybe_text", "maybe_uuid", "texts", "uuids"]
