"""Dates, times, durations, and those that the server sets."""

from datetime import date, datetime, time, timedelta, timezone

from django.db import models
from rest_framework import serializers


class Moment(models.Model):
    at = models.DateTimeField()
    on = models.DateField()
    clock = models.TimeField()
    span = models.DurationField()
    maybe_at = models.DateTimeField(null=True)
    maybe_on = models.DateField(null=True, blank=True)
    maybe_clock = models.TimeField(null=True)
    maybe_span = models.DurationField(null=True)


class Preset(models.Model):
    at = models.DateTimeField(default=datetime(2024, 2, 29, 12, 30, 45, 500000, timezone.utc))
    on = models.DateField(default=date(2024, 2, 29))
    clock = models.TimeField(default=time(12, 30))
    span = models.DurationField(default=timedelta(days=1, minutes=1))
    auto_added = models.DateTimeField(auto_now_add=True)
    auto_changed = models.DateTimeField(auto_now=True)
    auto_on = models.DateField(auto_now=True)
    auto_clock = models.TimeField(auto_now_add=True)


class MomentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Moment
        fields = "__all__"


class MomentOptionsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Moment
        fields = "__all__"
        extra_kwargs = {
            "at": {"default": datetime(2001, 1, 1, tzinfo=timezone.utc)},
            "on": {"error_messages": {"invalid": "Not a date.", "required": "A date, please."}},
            "clock": {"error_messages": {"invalid": "Not a time."}},
            "span": {"error_messages": {"invalid": "Not a duration."}},
            "maybe_at": {"required": True, "error_messages": {"invalid": "Not a date-time."}},
        }


class PresetSerializer(serializers.ModelSerializer):
    class Meta:
        model = Preset
        fields = "__all__"
