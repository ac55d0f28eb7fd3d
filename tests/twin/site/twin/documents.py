"""Columns of JSON."""

from django.db import models
from rest_framework import serializers


class Document(models.Model):
    any = models.JSONField()
    maybe = models.JSONField(null=True)
    preset = models.JSONField(default=dict)
    preset_list = models.JSONField(default=list, blank=True)


class DocumentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Document
        fields = "__all__"
