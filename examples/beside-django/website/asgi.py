import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "website.settings")
http = get_asgi_application()

# These modules import models, which are only there from here on.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from shop.consumers import OrderConsumer, ProductConsumer, TokenMiddleware  # noqa: E402

# What moves: the last line goes when no front end needs it any more.
sockets = URLRouter(
    [path("ws/products/", ProductConsumer.as_asgi()), path("ws/orders/", OrderConsumer.as_asgi())]
)
application = ProtocolTypeRouter({"http": http, "websocket": TokenMiddleware(sockets)})
