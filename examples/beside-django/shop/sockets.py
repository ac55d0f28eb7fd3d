"""Frames to groups of sockets, whichever server has them: see "Messages of other programs" in docs/brokers.md."""

import hashlib
import json
import secrets

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection

# The name of the definition, `shop.json`.
SERVICE = "shop"
NODE = secrets.randbits(53)


def announce(product, text):
    """Sends a text to the sockets that follow a product: those of Channels and those of the other server."""
    frame = {"announcement": {"product": str(product.pk), "text": text}}
    group = f"product-{product.pk}"
    layer = get_channel_layer()
    async_to_sync(layer.group_send)(group, {"type": "frame", "frame": frame})
    notify("products", group, frame)


def notify(stream, group, frame):
    """Sends a frame by PostgreSQL, as soon as the transaction is committed."""
    channel = f"{stream}/group:/{group}"
    raw = {"channel": channel, "frame": frame, "addressed": False, "change": None}
    text = json.dumps({"v": 1, "node": NODE, "seq": 0, "said": {"raw": raw}})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [postgres_channel(channel), text])


def postgres_channel(channel):
    service = hashlib.sha256(SERVICE.encode()).digest()
    place = hashlib.sha256(channel.encode()).digest()[0] % 64
    return f"dcrf_{service[:8].hex()}_{place:02}"
