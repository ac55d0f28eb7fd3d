"""Faults on purpose: a serializer with one of them does not do what the definition says, and that has to be noticed."""

from contextlib import contextmanager
from unittest.mock import patch

FAULTS = {}


def fault(serializer):
    """Registers a function that changes the fields of a serializer."""

    def register(function):
        FAULTS[function.__name__] = (serializer, function)
        return function

    return register


@contextmanager
def introduced(name, serializer):
    """Makes a serializer wrong for as long as the context lasts."""
    if name is None:
        yield
        return
    _, change = FAULTS[name]
    get_fields = serializer.get_fields

    def wrong(self):
        fields = get_fields(self)
        return change(fields) or fields

    with patch.object(serializer, "get_fields", wrong):
        yield


@fault("TextSerializer")
def another_bound(fields):
    fields["short"].validators[0].limit_value = 11


@fault("TextMessagesSerializer")
def another_message(fields):
    fields["short"].error_messages["blank"] = "A short text is not blank"


@fault("TextSerializer")
def another_order_of_messages(fields):
    fields["ruled"].validators.reverse()


@fault("TextSerializer")
def another_order_of_fields(fields):
    return dict(reversed(fields.items()))


@fault("TextOptionsSerializer")
def trimmed(fields):
    fields["short"].trim_whitespace = True


@fault("TextOptionsSerializer")
def another_default(fields):
    fields["long"].default = "Nothing"


@fault("TextSerializer")
def null_allowed(fields):
    fields["preset"].allow_null = True


@fault("TextSerializer")
def not_required(fields):
    fields["long"].required = False


@fault("TextReadSerializer")
def writable(fields):
    fields["preset"].read_only = False


@fault("RealSerializer")
def rounded(fields):
    fields["decimal"].decimal_places = 3


@fault("MomentSerializer")
def cut_off(fields):
    to_internal_value = fields["at"].to_internal_value
    fields["at"].to_internal_value = lambda value: to_internal_value(value).replace(microsecond=0)


@fault("ChoiceSerializer")
def another_choice(fields):
    fields["grade"].choices = {1: "One", 3: "Three", -5: "Minus five", 4: "Four"}


@fault("UniqueSerializer")
def not_unique(fields):
    fields["name"].validators = fields["name"].validators[1:]


@fault("BookSerializer")
def empty_allowed(fields):
    fields["topics"].allow_empty = True


@fault("BookWithAuthorSerializer")
def another_nested_bound(fields):
    fields["author"].fields["name"].validators[0].limit_value = 9
