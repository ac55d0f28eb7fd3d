from django.conf import settings
from django.shortcuts import render
from rest_framework import permissions, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from . import access, sockets
from .models import Tag
from .serializers import OrderSerializer, ProductSerializer, TagSerializer


class StaffWrites(permissions.BasePermission):
    def has_permission(self, request, view):
        return access.may(request.user, write=request.method not in permissions.SAFE_METHODS)


class TagViewSet(viewsets.ModelViewSet):
    queryset = Tag.objects.order_by("slug")
    serializer_class = TagSerializer
    permission_classes = [StaffWrites]


class ProductViewSet(viewsets.ModelViewSet):
    serializer_class = ProductSerializer
    permission_classes = [StaffWrites]

    def get_queryset(self):
        return access.visible_products(self.request.user)

    @action(detail=True, methods=["post"])
    def announce(self, request, pk):
        """Sends a text to everybody who follows a product."""
        product = self.get_object()
        sockets.announce(product, request.data["text"])
        return Response(status=204)


class OrderViewSet(viewsets.ModelViewSet):
    serializer_class = OrderSerializer
    permission_classes = [permissions.IsAuthenticated]

    def get_queryset(self):
        return access.visible_orders(self.request.user)

    def perform_create(self, serializer):
        serializer.save(customer=self.request.user)


def page(request):
    return render(request, "page.html", {"sockets": settings.SOCKETS})
