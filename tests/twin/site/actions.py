"""The built-in actions, as the mixins of Django Channels REST Framework perform them."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import APIException


def formatted(errors):
    """`AsyncAPIConsumer._format_errors`"""
    return errors if isinstance(errors, list) else [errors]


class Actions:
    def __init__(self, serializer, user):
        self.serializer = serializer
        self.context = {"request": type("Request", (), {"user": user})()}
        self.queryset = serializer.Meta.model._default_manager.all()

    def get_serializer(self, *args, **kwargs):
        return self.serializer(*args, context=self.context, **kwargs)

    def perform(self, action, key=None, data=None):
        """Returns the status, the errors, the data, and the row that was written."""
        try:
            return getattr(self, action)(key, data)
        except APIException as error:
            return error.status_code, formatted(error.detail), None, None
        except Http404:
            return 404, ["Not found"], None, None

    def create(self, _, data):
        serializer = self.get_serializer(data=data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return 201, [], serializer.data, serializer.instance

    def update(self, key, data, partial=False):
        row = get_object_or_404(self.queryset, pk=key)
        serializer = self.get_serializer(instance=row, data=data, partial=partial)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return 200, [], serializer.data, serializer.instance

    def patch(self, key, data):
        return self.update(key, data, partial=True)

    def retrieve(self, key, _):
        row = get_object_or_404(self.queryset, pk=key)
        return 200, [], self.get_serializer(instance=row).data, row

    def list(self, *_):
        return 200, [], self.get_serializer(instance=self.queryset.order_by("pk"), many=True).data, None
