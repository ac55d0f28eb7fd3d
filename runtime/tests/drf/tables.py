"""Writes `tables.json`: what the fields in DRF's own tests (`tests/test_fields.py`) answer to the values in them.

Each class of that file that is a table of values (`FieldValues`) becomes an entry: its field in the words of a
definition, the inputs that are JSON, the values that it shows, and what DRF answers to them. The tables themselves are
read from a checkout of DRF, which the package on PyPI does not contain, and nothing is copied but what DRF answers.

    python3 -m venv venv && venv/bin/pip install Django==5.2.19 djangorestframework==3.18.3 pytest
    git clone --depth 1 --branch 3.18.0 https://github.com/encode/django-rest-framework drf
    venv/bin/python runtime/tests/drf/tables.py drf > runtime/tests/drf/tables.json

The serializer `DrfTables` of `tests/kitchen/kitchen.json` has these definitions: `--definition` prints it.
"""

import datetime
import decimal
import inspect
import json
import os
import re
import sys
import uuid
from unittest import mock

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "tests"],
    USE_TZ=True,
    TIME_ZONE="UTC",
    SECRET_KEY="of a test",
)
sys.path.insert(0, os.path.abspath(sys.argv[1]))
# Tests of the runtime have the same working directory.
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
django.setup()

from django.test import override_settings  # noqa: E402
from rest_framework import fields, relations, serializers  # noqa: E402
from rest_framework.utils import encoders  # noqa: E402

from tests import test_fields  # noqa: E402


def name_of(cls):
    """`TestBooleanField` is `boolean_field`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", cls.__name__.removeprefix("Test"))
    return "_".join(words).lower()


class Unsayable(Exception):
    """There is no definition of a field."""


def plain(number):
    """A limit as JSON: decimals without an exponent."""
    return number if isinstance(number, (int, float)) else float(number)


def definition(field):
    """The property and the `extra_kwargs` of a field."""
    prop, kwargs = {}, {}
    limits = ("min_value", "minimum"), ("max_value", "maximum")
    if isinstance(field, fields.HStoreField):
        prop = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
    elif isinstance(field, (relations.RelatedField, relations.ManyRelatedField)):
        raise Unsayable("a key of a row needs a model")
    elif isinstance(field, fields.BooleanField):
        prop = {"type": "boolean"}
    elif isinstance(field, fields.FilePathField):
        prop = {"type": "string"}
        kwargs["file_path"] = {"path": field.path}
    elif isinstance(field, fields.MultipleChoiceField):
        prop = {"type": "array", "items": {"enum": list(field.choices)}}
        kwargs["multiple_choice"] = True
        if not field.allow_empty:
            kwargs["allow_empty"] = False
    elif isinstance(field, fields.ChoiceField):
        prop = {"enum": list(field.choices)}
    elif isinstance(field, fields.UUIDField):
        prop = {"type": "string", "format": "uuid"}
    elif isinstance(field, fields.IPAddressField):
        prop = {"type": "string", "format": {"both": "ip"}.get(field.protocol, field.protocol)}
    elif isinstance(field, fields.CharField):
        prop = {"type": "string"}
        formats = {fields.EmailField: "email", fields.URLField: "uri", fields.SlugField: "slug"}
        for cls, name in formats.items():
            if isinstance(field, cls):
                prop["format"] = name
        if isinstance(field, fields.RegexField) and not isinstance(field, fields.SlugField):
            own = [check for check in field.validators if hasattr(check, "regex")]
            prop["pattern"] = own[0].regex.pattern
    elif isinstance(field, getattr(fields, "BigIntegerField", ())):
        prop = {"type": "integer", "format": "biginteger"}
    elif isinstance(field, fields.IntegerField):
        prop = {"type": "integer"}
    elif isinstance(field, fields.FloatField):
        prop = {"type": "number"}
    elif isinstance(field, fields.DecimalField):
        prop = {"type": "string", "format": "decimal"}
        prop |= {"x-max-digits": field.max_digits, "x-decimal-places": field.decimal_places}
        if getattr(field, "coerce_to_string", True) is False:
            kwargs["coerce_to_string"] = False
    elif isinstance(field, (fields.DateTimeField, fields.DateField, fields.TimeField)):
        kinds = [(fields.DateTimeField, "date-time"), (fields.DateField, "date"), (fields.TimeField, "time")]
        prop = {"type": "string", "format": next(name for cls, name in kinds if isinstance(field, cls))}
        if hasattr(field, "format"):
            kwargs["format"] = field.format
        if hasattr(field, "input_formats"):
            kwargs["input_formats"] = field.input_formats
        if isinstance(field, fields.DateTimeField):
            zone = getattr(field, "timezone", field.default_timezone())
            if str(zone) != "UTC":
                kwargs["default_timezone"] = None if zone is None else str(zone)
    elif isinstance(field, fields.DurationField):
        prop = {"type": "string", "format": "duration"}
        if hasattr(field, "format"):
            kwargs["format"] = field.format
        for own, _ in limits:
            if getattr(field, own, None) is not None:
                kwargs[own] = fields.DurationField().to_representation(getattr(field, own))
    elif isinstance(field, fields.ListField):
        child = field.child
        prop = {"type": "array"}
        if not isinstance(child, fields._UnvalidatedField):
            prop["items"], inner = definition(child)
            if inner:
                raise Unsayable("settings of the items of a list")
        for own, keyword in (("min_length", "minItems"), ("max_length", "maxItems")):
            if getattr(field, own, None) is not None:
                prop[keyword] = getattr(field, own)
        if not field.allow_empty:
            kwargs["allow_empty"] = False
    elif isinstance(field, fields.DictField):
        prop = {"type": "object", "additionalProperties": True}
        if not isinstance(field.child, fields._UnvalidatedField):
            prop["additionalProperties"], inner = definition(field.child)
            if inner:
                raise Unsayable("settings of the values of a dictionary")
    elif isinstance(field, fields.JSONField):
        if field.binary:
            raise Unsayable("bytes are not JSON")
    elif isinstance(field, (fields.FileField, fields.ImageField)):
        raise Unsayable("a file is stored by an upload: see the tests of files")
    else:
        raise Unsayable(type(field).__name__)
    if isinstance(field, (fields.IntegerField, fields.FloatField, fields.DecimalField)) or "biginteger" in prop.values():
        for own, keyword in limits:
            if getattr(field, own, None) is not None:
                prop[keyword] = plain(getattr(field, own))
    if field.allow_null and prop.get("type"):
        prop["type"] = [prop["type"], "null"]
    return prop, kwargs


def json_of(value):
    """An input as JSON; `None` if it is no JSON."""
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, bytes, uuid.UUID, set)):
        return None
    if isinstance(value, dict):
        # The keys of JSON are texts.
        value = {str(key): item for key, item in value.items()}
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return None
    return text


def rendered(value):
    """What DRF's renderer makes of a value."""
    return json.loads(json.dumps(value, cls=encoders.JSONEncoder))


def answer(field, value):
    """`{"ok": …}` with what would be shown, or the errors."""
    try:
        read = field.run_validation(value)
    except serializers.ValidationError as error:
        return {"errors": rendered(error.detail)}
    return {"ok": None if read is None else rendered(field.to_representation(read))}


def stored(field, value):
    """The value that a column would have, as text of its default form; `None` if it is no value of a column."""
    if isinstance(value, datetime.datetime):
        zone = getattr(field, "timezone", None) or datetime.timezone.utc
        aware = value if value.tzinfo else value.replace(tzinfo=zone)
        return fields.DateTimeField(default_timezone=datetime.timezone.utc).to_representation(aware)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return fields.DurationField().to_representation(value)
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    return None


def aware(field, value):
    """The value as Django reads it from a column: a naive time is one in the zone of the field, if that has one."""
    if not isinstance(value, datetime.datetime) or value.tzinfo:
        return value
    zone = field.timezone if hasattr(field, "timezone") else field.default_timezone()
    return value.replace(tzinfo=zone) if zone else value


def items(table):
    return list(table.items() if isinstance(table, dict) else table)


def table(cls):
    if "setup_class" in cls.__dict__:
        cls.setup_class()
    field = cls.field
    if isinstance(field, fields.FilePathField):
        # The directory of the checkout is on one machine only: that of the runtime's sources stands for it.
        field = fields.FilePathField(path="src")
        field.path = "src"
        cls.valid_inputs = {"src/lib.rs": "src/lib.rs"}
        others = ["", 5, True, [], {}, ["src/lib.rs"], "src", "src/", "src/./lib.rs", "src/../src/lib.rs", "src/db/mod.rs", "lib.rs"]
        cls.invalid_inputs = [*items(cls.invalid_inputs), *((value, None) for value in others)]
    entry = {"class": cls.__name__, "field": name_of(cls)}
    try:
        entry["property"], entry["extra_kwargs"] = definition(field)
    except Unsayable as why:
        return {**entry, "unsayable": str(why)}
    inputs, left_out = [], 0
    for value, _ in items(cls.valid_inputs) + items(cls.invalid_inputs):
        text = json_of(value)
        if text is None:
            left_out += 1
        else:
            inputs.append([text, answer(field, json.loads(text))])
    outputs = []
    for value, _ in items(cls.outputs):
        text = stored(field, value)
        if text is not None:
            outputs.append([text, rendered(field.to_representation(aware(field, value)))])
    return {**entry, "inputs": inputs, "outputs": outputs, "not_json": left_out}


def main():
    classes = [cls for _, cls in inspect.getmembers(test_fields, inspect.isclass)]
    classes = [cls for cls in classes if issubclass(cls, test_fields.FieldValues) and cls is not test_fields.FieldValues]
    classes.sort(key=lambda cls: inspect.getsourcelines(cls)[1])
    tables = []
    for cls in classes:
        with override_settings(**(getattr(cls, "_overridden_settings", None) or {})):
            with mock.patch("rest_framework.utils.timezone.datetime_ambiguous", side_effect=ambiguous):
                tables.append(table(cls))
    if "--definition" in sys.argv:
        said = [entry for entry in tables if "property" in entry]
        serializer = {
            "description": "A field of each class in DRF's own tests: see `runtime/tests/drf/tables.py`.",
            "properties": {entry["field"]: entry["property"] for entry in said},
            "extra_kwargs": {entry["field"]: entry["extra_kwargs"] for entry in said if entry["extra_kwargs"]},
        }
        print(json.dumps({"DrfTables": serializer}, indent=2))
        return
    lines = []
    for entry in tables:
        rows = {key: entry.pop(key) for key in ("inputs", "outputs") if key in entry}
        text = json.dumps(entry)[:-1]
        for key, pairs in rows.items():
            inner = ",\n".join("  " + json.dumps(pair) for pair in pairs)
            text += f', "{key}": [\n{inner}]' if pairs else f', "{key}": []'
        lines.append(text + "}")
    print("[\n" + ",\n".join(lines) + "\n]")


def ambiguous(moment):
    """The tests replace this function, because a field of DRF refuses no time that a time zone skips or repeats."""
    return str(moment.tzinfo) == "America/New_York"


main()
