"""Texts of a format: addresses, slugs and UUIDs."""

from django.db import models
from rest_framework import serializers


class Format(models.Model):
    email = models.EmailField()
    url = models.URLField()
    slug = models.SlugField()
    unicode_slug = models.SlugField(allow_unicode=True)
    ip = models.GenericIPAddressField()
    ipv4 = models.GenericIPAddressField(protocol="IPv4")
    ipv6 = models.GenericIPAddressField(protocol="IPv6")
    uuid = models.UUIDField()


class MaybeFormat(models.Model):
    email = models.EmailField(max_length=20, null=True)
    url = models.URLField(max_length=30, blank=True, default="")
    slug = models.SlugField(max_length=5, null=True, blank=True)
    unicode_slug = models.SlugField(max_length=5, allow_unicode=True, default="é")
    ip = models.GenericIPAddressField(null=True, blank=True)
    uuid = models.UUIDField(null=True)


class FormatSerializer(serializers.ModelSerializer):
    class Meta:
        model = Format
        fields = "__all__"


class FormatMessagesSerializer(serializers.ModelSerializer):
    class Meta:
        model = Format
        fields = "__all__"
        extra_kwargs = {
            name: {"error_messages": {"invalid": f"Not a {name}.", "required": f"{name}, please.", "null": "Null."}}
            for name in ["email", "url", "slug", "ip", "ipv4", "ipv6", "uuid"]
        }


class MaybeFormatSerializer(serializers.ModelSerializer):
    class Meta:
        model = MaybeFormat
        fields = "__all__"
        extra_kwargs = {"email": {"required": False}, "uuid": {"required": False}}
