"""What fields of Django REST Framework answer to every kind of JSON: writes `fields.json`, which the tests of
`runtime/src/wire/decode` are held to.

    python3 -m venv venv && venv/bin/pip install Django==5.2.19 djangorestframework==3.18.3
    venv/bin/python runtime/tests/drf/fields.py > runtime/tests/drf/fields.json
"""

import json
import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    USE_TZ=True,
    TIME_ZONE="UTC",
)
django.setup()

from django.core.validators import (  # noqa: E402
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    RegexValidator,
    StepValueValidator,
)
from django.db import connection, models  # noqa: E402
from rest_framework import fields, relations, serializers  # noqa: E402

# JSON as it is written: what it is to Python is for Python to say.
INPUTS = [
    "null", "true", "false", "0", "1", "-1", "2", "3", "5", "7", "10", "100", "101", "123456", "-0", "0.0", "-0.0", "1.0",
    "1.5", "2.0", "0.3", "0.1", "1e2", "1e-3", "1e400", "1e20", "100000000", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "340282366920938463463374607431768211455", "1" + "0" * 400, "12.345", "1234.5",
    '""', '" "', '"\\u001c"', '"0"', '"1"', '" 5 "', '"5.0"', '"5."', '"+5"', '"1.5"', '"1e2"', '"1_0"', '"1__0"', '"_1"', '"0x1f"',
    '"NaN"', '"nan"', '"Infinity"', '"-inf"', '"abc"', '"AB"', '"ABC"', '"ABCDE"', '"ABCDEFGHIJKL"', '"abcdefghijkl"',
    '"Abc "', '"a b"', '"a/b"', '"été"', '"-"', '"true"', '"T"', '"Yes"', '"OFF"', '"null"', '"None"', '"on "',
    '"low"', '"LOW"', '"mid"', '"taken"', '"A\\u0000"', '"ab\\u0000cdefghijkl"', '"\\ud800"', '"AB\\udc00CDEFGHIJ"',
    '"\\ud83d\\ude00"', '"a@b"', '"a@b.cd"', '"a@localhost"', '"a@example.museum"', '"a@x\\u0000.com"', '"A@EXAMPLE.COM"',
    '"http://a.bc"', '"http://example.com/a/long/path"', '"ftp://x.yz"', '"x://a.bc"', '"http://"',
    '"1.2.3.4"', '"1.2.3"', '"1.2.3.4:5"', '"::1"', '"::ffff:1.2.3.4"', '"2001:DB8::1"', '"1::2::3"', '":"', '" ::1"', '"::1 "',
    '"6fa459ea-ee8a-3ca4-894e-db77e160355e"', '"6FA459EAEE8A3CA4894EDB77E160355E"', '"{6fa459eaee8a3ca4894edb77e160355e}"',
    '"2024-02-29"', '"2023-02-29"', '"2024-02-29T13:30"', '"2024-02-29 13:30:00.123456789Z"', '"2024-02-29T13:30:00+01:00"',
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-01:00"', '"2024-W09-4"', '"20240229"', '"13:30"', '"13:30:00.5"',
    '"\\u0662\\u0660\\u0662\\u0664-2-\\uff19"', '"2024-02-29 1\\uff13:30"', '"1\\uff13:30"', '"\\u0661 02:03:04"', "9999.0", "999999.0",
    '"24:00:00"', '"1 02:03:04"', '"P1DT2H"', '"-1 day, 1:00:00"', '"1000000000 00:00:00"', '"9" ',
    '"' + "9" * 1001 + '"', '"' + "x" * 300 + '"', '"x' + "0" * 998 + '"',
    "[]", "{}", "[1]", '["a"]', '["a","b","c","d"]', '[""]', "[null]", "[true]", "[[]]", '["toolong","b"]', "[1,1]", "[{}]",
    '[{"name":"x"}]', '[{"name":"x"},{"name":"y"},{"name":"z"}]', '[{"name":"toolong"},5,null]', '["low"]',
    '{"a":1}', '{"a":"x","b":null}', '{"name":"x"}', '{"name":""}', '{"name":null}', '{"name":"toolong","more":1}', '{"a":-1}',
]

CODES = [
    "required", "null", "blank", "invalid", "invalid_unicode", "max_length", "min_length", "max_value", "min_value",
    "max_digits", "max_decimal_places", "max_whole_digits", "max_string_length", "invalid_choice", "does_not_exist",
    "incorrect_type", "date", "datetime", "make_aware", "overflow", "not_a_list", "not_a_dict", "empty",
]
PARAMETERS = {
    "max_length": "{max_length}", "min_length": "{min_length}", "max_value": "{max_value}", "min_value": "{min_value}",
    "max_digits": "{max_digits}", "max_decimal_places": "{max_decimal_places}", "max_whole_digits": "{max_whole_digits}",
    "invalid_choice": "{input}", "does_not_exist": "{pk_value}", "incorrect_type": "{data_type}",
    "not_a_list": "{input_type}", "not_a_dict": "{input_type}",
}
OWN = {code: f"own {code} {PARAMETERS.get(code, '')}".strip() for code in CODES}
WORDS = RegexValidator(r"^[A-Z]+$")
LEVELS = [("low", "Low"), ("mid", "Middle")]
GRADES = [(1, "One"), (3, "Three")]


class Other(models.Model):
    class Meta:
        app_label = "auth"


class Row(models.Model):
    """A column of every kind, as a ModelSerializer shows it."""

    text = models.CharField(max_length=50)
    text_null = models.CharField(max_length=50, null=True)
    text_blank = models.CharField(max_length=50, blank=True)
    text_ruled = models.CharField(max_length=6, validators=[MinLengthValidator(3), WORDS])
    email = models.EmailField(max_length=12)
    email_ruled = models.EmailField(max_length=12, validators=[WORDS])
    url = models.URLField(max_length=20)
    slug = models.SlugField(max_length=5)
    unicode_slug = models.SlugField(max_length=5, allow_unicode=True)
    ip = models.GenericIPAddressField()
    ipv4 = models.GenericIPAddressField(protocol="IPv4")
    ipv6 = models.GenericIPAddressField(protocol="IPv6")
    uuid = models.UUIDField()
    date = models.DateField()
    date_time = models.DateTimeField()
    time = models.TimeField()
    duration = models.DurationField()
    boolean = models.BooleanField()
    boolean_null = models.BooleanField(null=True)
    # Of 64 bits, as on SQLite.
    integer = models.IntegerField()
    integer_ruled = models.IntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(100), StepValueValidator(5)]
    )
    number = models.FloatField()
    number_ruled = models.FloatField(
        validators=[MinValueValidator(-1), MaxValueValidator(100), StepValueValidator(0.1)]
    )
    decimal = models.DecimalField(max_digits=6, decimal_places=2)
    decimal_null = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    decimal_ruled = models.DecimalField(
        max_digits=6, decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(500), StepValueValidator(5)],
    )
    choice = models.CharField(max_length=4, choices=LEVELS)
    choice_null = models.CharField(max_length=4, choices=LEVELS, null=True)
    choice_blank = models.CharField(max_length=4, choices=LEVELS, blank=True)
    grade = models.IntegerField(choices=GRADES)
    json = models.JSONField()
    json_null = models.JSONField(null=True)
    key = models.ForeignKey(Other, on_delete=models.CASCADE, related_name="+")
    key_null = models.ForeignKey(Other, on_delete=models.CASCADE, null=True, related_name="+")
    keys = models.ManyToManyField(Other, related_name="+")
    keys_blank = models.ManyToManyField(Other, blank=True, related_name="+")

    class Meta:
        app_label = "auth"


class Inner(serializers.Serializer):
    name = serializers.CharField(max_length=5)


def declared(messages):
    """Fields that no column maps to."""
    own = {"error_messages": messages} if messages else {}
    word = lambda: fields.CharField(max_length=5)  # noqa: E731
    return {
        "regex": fields.RegexField(r"^[A-Z]+$", min_length=3, max_length=6, **own),
        "untrimmed": fields.CharField(trim_whitespace=False, allow_blank=True, max_length=5, **own),
        "list": fields.ListField(child=word(), min_length=1, max_length=3, **own),
        "list_filled": fields.ListField(child=fields.IntegerField(), allow_empty=False, min_length=2, **own),
        "dict": fields.DictField(child=fields.IntegerField(min_value=0), **own),
        "dict_filled": fields.DictField(child=word(), allow_empty=False, **own),
        "object": Inner(**own),
        "objects": serializers.ListSerializer(child=Inner(), min_length=1, max_length=2, **own),
        "objects_filled": serializers.ListSerializer(child=Inner(), allow_empty=False, max_length=2, **own),
    }


def of_model(messages):
    names = [field.name for field in Row._meta.get_fields() if field.name != "id"]
    kwargs = {name: {"error_messages": messages} for name in names} if messages else {}
    meta = type("Meta", (), {"model": Row, "fields": names, "extra_kwargs": kwargs})
    own = type("RowSerializer", (serializers.ModelSerializer,), {"Meta": meta, "serializer_url_field": None})
    return {name: field for name, field in own().fields.items()}


def answer(name, field, text):
    """`{"ok": …}` with what would be shown, `{"absent": true}`, `{"raises": true}`, or the errors."""
    parent = type("One", (serializers.Serializer,), {name: field})()
    given = {} if text is None else {name: json.loads(text)}
    parent = type(parent)(data=given)
    try:
        valid = parent.is_valid()
    except (OverflowError, ValueError, TypeError):
        return {"raises": True}
    if not valid:
        return parent.errors[name]
    if name not in parent.validated_data:
        return {"absent": True}
    value = parent.validated_data[name]
    shown = parent.fields[name]
    if isinstance(shown, (relations.PrimaryKeyRelatedField, relations.ManyRelatedField)):
        return {"ok": value.pk if hasattr(value, "pk") else value and [row.pk for row in value]}
    return {"ok": None if value is None else shown.to_representation(value)}


def main():
    with connection.schema_editor() as editor:
        editor.create_model(Other)
    for key in (1, 5):
        Other.objects.create(pk=key)
    classes = []
    for messages in ({}, OWN):
        for name, field in {**of_model(messages), **declared(messages)}.items():
            answers = {}
            for position, text in enumerate([None, *INPUTS]):
                said = json.dumps(answer(name, field, text), separators=(",", ":"))
                if "\\ud8" in said or "\\udc" in said:
                    # It repeats a text that is no Unicode.
                    said = '{"unicode":false}'
                answers.setdefault(said, []).append(position)
            lines = ",\n".join(f"  {json.dumps([said, at], separators=(',', ':'))}" for said, at in answers.items())
            classes.append(f'{{"field":"{name}","own":{json.dumps(bool(messages))},"answers":[\n{lines}]}}')
    inputs = ",\n".join(json.dumps(text) for text in [None, *INPUTS])
    own = json.dumps(OWN)
    sys.stdout.write(f'{{"inputs":[\n{inputs}],\n"messages":{own},\n"classes":[\n' + ",\n".join(classes) + "]}\n")


main()
