"""Texts: lengths, blank texts, patterns, and the settings of their fields."""

from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from rest_framework import serializers


class Text(models.Model):
    short = models.CharField(max_length=10)
    long = models.TextField()
    maybe = models.CharField(max_length=20, null=True)
    maybe_blank = models.CharField(max_length=20, null=True, blank=True)
    blank = models.CharField(max_length=20, blank=True, default="")
    preset = models.CharField(max_length=20, default="preset")
    code = models.CharField(max_length=8, validators=[RegexValidator("^[a-z0-9]+$")])
    least = models.CharField(max_length=6, validators=[MinLengthValidator(3)])
    ruled = models.CharField(max_length=6, validators=[RegexValidator("^[A-Z]+$"), MinLengthValidator(3)])


class TextSerializer(serializers.ModelSerializer):
    class Meta:
        model = Text
        fields = "__all__"
        extra_kwargs = {"maybe": {"required": False}}


class TextOptionsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Text
        fields = ["id", "short", "long", "maybe", "maybe_blank", "blank", "preset", "code", "least", "ruled"]
        extra_kwargs = {
            "short": {"trim_whitespace": False, "min_length": 2, "max_length": 8},
            "long": {"default": "nothing", "allow_blank": True},
            "maybe": {"required": True, "allow_blank": True},
            "maybe_blank": {"allow_null": False, "required": False, "max_length": 5},
            "blank": {"required": True, "allow_blank": False, "trim_whitespace": False},
            "preset": {"required": True, "min_length": 1},
            "code": {"required": False, "default": "abc", "max_length": 4},
            "least": {"min_length": 4, "max_length": 5},
            "ruled": {"trim_whitespace": False},
        }


class TextMessagesSerializer(serializers.ModelSerializer):
    class Meta:
        model = Text
        fields = ["short", "long", "maybe", "code", "least", "ruled"]
        extra_kwargs = {
            "short": {
                "error_messages": {
                    "required": "There is no short text.",
                    "null": "A short text is not null.",
                    "blank": "A short text is not blank.",
                    "invalid": "That is not a text.",
                    "max_length": "It has more than {max_length}.",
                }
            },
            "long": {"required": False, "default": "long", "error_messages": {"blank": "Long, not blank."}},
            "maybe": {"required": False, "error_messages": {"max_length": "More than {max_length} are too many."}},
            "least": {
                "min_length": 3,
                "error_messages": {"min_length": "It has fewer than {min_length}.", "required": "The least, please."},
            },
            "ruled": {"error_messages": {"null": "A rule for null.", "max_length": "At most {max_length}."}},
        }


class TextReadSerializer(serializers.ModelSerializer):
    class Meta:
        model = Text
        exclude = ["maybe", "maybe_blank", "ruled"]
        read_only_fields = ["blank", "preset"]
        extra_kwargs = {"long": {"read_only": True}}
