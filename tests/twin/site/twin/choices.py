"""Choices: texts and integers, null and blank ones, and groups of choices."""

from django.db import models
from rest_framework import serializers

LEVELS = [("low", "Low"), ("mid", "Middle"), ("high", "High")]
GRADES = [(1, "One"), (3, "Three"), (-5, "Minus five")]


class Choice(models.Model):
    level = models.CharField(max_length=4, choices=LEVELS)
    maybe_level = models.CharField(max_length=4, choices=LEVELS, null=True)
    blank_level = models.CharField(max_length=4, choices=LEVELS, blank=True)
    preset_level = models.CharField(max_length=4, choices=LEVELS, default="mid")
    grouped = models.CharField(max_length=4, choices=[("Some", LEVELS[:2]), ("high", "High")])
    grade = models.IntegerField(choices=GRADES)
    maybe_grade = models.IntegerField(choices=GRADES, null=True)
    preset_grade = models.IntegerField(choices=GRADES, default=3)


class ChoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Choice
        fields = "__all__"


class ChoiceOptionsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Choice
        fields = ["id", "level", "maybe_level", "blank_level", "preset_level", "grouped", "grade", "maybe_grade"]
        extra_kwargs = {
            "level": {"error_messages": {"invalid_choice": "{input} is not a level.", "required": "A level!"}},
            "maybe_level": {"required": True},
            "preset_level": {"required": True},
            "grouped": {"default": "low"},
            "grade": {"error_messages": {"invalid_choice": "Not {input}.", "null": "A grade is not null."}},
            "maybe_grade": {"allow_null": False, "required": False},
        }
