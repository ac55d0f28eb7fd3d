"""Booleans, integers, floats and decimals."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from rest_framework import serializers

# Those of an `integer` of PostgreSQL, which Django knows for PostgreSQL alone.
INTEGER = [MinValueValidator(-2147483648), MaxValueValidator(2147483647)]
SMALL = [MinValueValidator(-32768), MaxValueValidator(32767)]


class Whole(models.Model):
    flag = models.BooleanField()
    maybe_flag = models.BooleanField(null=True)
    preset_flag = models.BooleanField(default=True)
    whole = models.IntegerField(validators=INTEGER)
    small = models.SmallIntegerField(validators=SMALL)
    big = models.BigIntegerField()
    natural = models.PositiveIntegerField(validators=[MaxValueValidator(2147483647)])
    ranged = models.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(100)])
    stepped = models.IntegerField(validators=[StepValueValidator(5), *INTEGER])
    maybe = models.IntegerField(null=True, validators=INTEGER)
    preset = models.IntegerField(default=7, validators=INTEGER)


class WholeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Whole
        fields = "__all__"


class WholeOptionsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Whole
        fields = ["id", "flag", "maybe_flag", "preset_flag", "whole", "small", "big", "natural", "ranged", "stepped"]
        extra_kwargs = {
            "flag": {"default": False, "error_messages": {"invalid": "Yes or no?", "null": "Not null."}},
            "maybe_flag": {"required": True},
            "preset_flag": {"required": True},
            "whole": {
                "min_value": -5,
                "max_value": 5,
                "error_messages": {
                    "invalid": "Not a whole number.",
                    "min_value": "At least {min_value}.",
                    "max_value": "At most {max_value}.",
                    "max_string_length": "Far too long.",
                },
            },
            "small": {"default": 3},
            "big": {"allow_null": False, "required": False, "default": 0},
            "natural": {"min_value": 2},
            "ranged": {"max_value": 50},
            "stepped": {"required": False, "default": 10},
        }


class Real(models.Model):
    real = models.FloatField()
    maybe = models.FloatField(null=True)
    preset = models.FloatField(default=0.5)
    ranged = models.FloatField(validators=[MinValueValidator(-1), MaxValueValidator(100)])
    decimal = models.DecimalField(max_digits=6, decimal_places=2)
    maybe_decimal = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    preset_decimal = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("1.50"))
    ranged_decimal = models.DecimalField(
        max_digits=6, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(500)]
    )
    whole_decimal = models.DecimalField(max_digits=5, decimal_places=0)
    fraction = models.DecimalField(max_digits=4, decimal_places=4)


class RealSerializer(serializers.ModelSerializer):
    class Meta:
        model = Real
        fields = "__all__"


class RealOptionsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Real
        fields = ["id", "real", "maybe", "ranged", "decimal", "maybe_decimal", "whole_decimal", "fraction", "ranged_decimal"]
        extra_kwargs = {
            "real": {"min_value": 0, "max_value": 10, "error_messages": {"invalid": "Not a number."}},
            "maybe": {"required": True},
            "ranged": {"default": 1.5},
            "decimal": {
                "max_value": 100,
                "error_messages": {
                    "invalid": "Not a decimal.",
                    "max_digits": "More than {max_digits} digits.",
                    "max_decimal_places": "More than {max_decimal_places} places.",
                    "max_whole_digits": "More than {max_whole_digits} before the point.",
                    "max_value": "At most {max_value}.",
                },
            },
            "maybe_decimal": {"allow_null": False, "required": False},
            "whole_decimal": {"default": 12},
            "fraction": {"read_only": False, "required": False, "default": Decimal("0.5000")},
            "ranged_decimal": {"min_value": 1},
        }
