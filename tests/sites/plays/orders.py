"""What is played on the site `orders`."""

import re

from plays.steps import ask, connect, leave, listen, play, post

FIXTURES = {
    "couriers": [
        {"code": "ann", "name": "Ann"},
        {"code": "bob", "name": "Bob"},
        {"code": "old", "name": "Olaf", "active": False},
    ],
    "orders": [
        {"id": 1, "customer": "Mia", "total": "12.50"},
        {"id": 2, "customer": "Noah", "status": "cooking", "courier": "bob", "total": "7.00"},
        {"id": 3, "customer": "Lea", "status": "sent", "courier": "ann"},
    ],
    "items": [{"id": 1, "order": 1, "dish": "Soup", "quantity": 2}],
}


def multiplexed(path):
    order = re.fullmatch(r"/ws/orders/(.+?)/(.*)", path)
    if order:
        return "order", f"/ws/desk/{order[1]}/{order[2]}"
    return {"/ws/couriers/": "couriers", "/ws/signage/": "signage"}[path], "/ws/desk/1/"


def entry(name, about, *steps, **options):
    return play(name, about, *steps, fixtures=FIXTURES, **options)


def order(key, conn="a", courier="ann", query="", **headers):
    return connect(conn, f"/ws/orders/{key}/{query}", headers={"authorization": f"Token {courier}", **headers})


def at(stream, conn="a", courier="ann"):
    return connect(conn, f"/ws/{stream}/", headers={"authorization": f"Token {courier}"})


PLAYS = [
    # The path, the query, headers.
    entry("where", "The parameter of the path, the query and a header.", order(2, query="?lang=de&x=1", **{"x-device": "till"}), ask("a", "where"), order(1, "b"), ask("b", "where", 2)),
    entry("retrieve", "The path restricts the queryset; a method field reads the query of the connection.", order(2), ask("a", "retrieve", pk=2), ask("a", "retrieve", 2, pk=1), ask("a", "retrieve", 3, pk=99)),
    entry("retrieve_query", "The same with another query.", order(1, query="?lang=de"), ask("a", "retrieve", pk=1), ask("a", "retrieve", 2, pk="1"), ask("a", "retrieve", 3, pk="x")),
    entry("close_4001", "Whoever is not known is told by the code of the close frame.", connect("a", "/ws/orders/1/"), twin=False),
    entry("close_4001_token", "So is whoever has a wrong token.", order(1, courier="nobody"), twin=False),
    entry("close_4003", "Whoever may not see orders is told so.", order(1, courier="old"), twin=False),
    entry("close_4004", "There is no such order.", order(99), twin=False),
    entry("close_others", "The other connections stay.", order(1), order(99, "b"), ask("a", "where"), twin=False),
    # Observers by the parameter of the path.
    entry("patch", "A change comes as a raw frame to those whose path names the row.", order(1), order(1, "b", "bob"), order(2, "c"), ask("a", "patch", pk=1, data={"customer": "Max"})),
    entry("patch_invalid", "Refused payloads, and rows of other paths.", order(1), ask("a", "patch", pk=1, data={"customer": "", "status": "lost", "total": "x", "courier": "nobody"}), ask("a", "patch", 2, pk=1, data={"total": "12345.678", "courier": 5}), ask("a", "patch", 3, pk=2, data={"customer": "x"}), ask("a", "patch", 4, pk=1, data={"courier": "bob", "total": 3, "label": "x"})),
    entry("patch_no_key", "The key is missing.", order(1), ask("a", "patch", data={}), defect="a missing key closes the socket"),
    entry("advance", "A reply under another action, then the raw frame of the change.", order(1), order(1, "b", query="?lang=de"), ask("a", "advance", 5), ask("b", "advance", 6), ask("a", "advance", 7)),
    entry("deliver", "A change by an HTTP request.", order(1), order(2, "b"), post("/orders/1/deliver/")),
    entry("announce", "A frame to a group by an HTTP request.", order(1), order(1, "b"), order(2, "c"), post("/orders/1/announce/", text="Five more minutes"), leave("b"), post("/orders/1/announce/", text="Now")),
    entry("announce_nobody", "Nobody is there.", post("/orders/9/announce/", text="Hello"), order(1), post("/orders/2/announce/", text="Hello"), ask("a", "where")),
    # Frames with `request_ids`.
    entry("items", "Frames with all ids of the subscriptions.", order(1), order(2, "b"), ask("a", "subscribe_to_items", 1), ask("a", "subscribe_to_items", 2), ask("a", "add_item", 3, data={"dish": "Pie"}), ask("b", "add_item", 4, data={"dish": "Rice"})),
    entry("items_unsubscribe", "The end of one id, and of the other.", order(1), order(1, "b"), ask("a", "subscribe_to_items", 1), ask("a", "subscribe_to_items", 2), ask("a", "unsubscribe_from_items", 1), ask("b", "add_item", 3, data={"dish": "Pie"}), ask("a", "unsubscribe_from_items", 2), ask("b", "add_item", 4, data={"dish": "Rice"})),
    entry("items_not_subscribed", "The end of what was not there.", order(1), ask("a", "unsubscribe_from_items", 9), ask("a", "add_item", 2, data={"dish": "Pie", "quantity": "3", "order": 2})),
    entry("items_invalid", "Refused payloads of an action.", order(1), ask("a", "add_item", data={}), ask("a", "add_item", 2, data={"dish": "x" * 21, "quantity": 1.5})),
    entry("items_atomic", "An action in one transaction: all rows and their frames, or none.", order(1), ask("a", "subscribe_to_items", 1), ask("a", "add_items", 2, dishes=["Pie", "Rice"]), ask("a", "add_items", 3, dishes=["Tea", "x" * 21]), ask("a", "add_items", 4, dishes=[])),
    entry("items_move", "A row that leaves a group and joins another.", order(1), order(2, "b"), ask("a", "subscribe_to_items", "a"), ask("b", "subscribe_to_items", "b"), ask("a", "move_item", 3, item=1, order=2), ask("a", "move_item", 4, item=1, order=1)),
    # Work beside the requests.
    entry("estimate", "A detached action is answered when it is done; others are answered meanwhile.", order(1), ask("a", "estimate", 5, seconds=0.5), ask("a", "where", 6), listen(0.6)),
    entry("estimate_two", "Two of them, the shorter first.", order(1), ask("a", "estimate", 5, seconds=0.7), ask("a", "estimate", 6, seconds=0.01), listen(0.8)),
    entry("estimate_nothing", "A detached action that refuses.", order(1), ask("a", "estimate_nothing", 5), ask("a", "where", 6)),
    entry("estimate_no_seconds", "The argument of a detached action is missing.", order(1), ask("a", "estimate"), ask("a", "where", 2), defect="the error of a detached action is logged and never answered"),
    entry("track", "Frames of a task that an action has started.", order(1), ask("a", "track", 5), listen(0.5)),
    entry("track_leave", "The task ends with its connection.", order(1), order(1, "b"), ask("a", "track", 5), leave("a"), ask("b", "where", 6)),
    # Keys that are texts.
    entry("couriers_list", "Rows with keys that are texts.", at("couriers"), ask("a", "list"), ask("a", "retrieve", 2, pk="bob"), ask("a", "retrieve", 3, pk="no one"), ask("a", "retrieve", 4, pk=5)),
    entry("couriers_create", "The client chooses the key.", at("couriers"), ask("a", "create", data={"code": "zoe", "name": "Zoe"}), ask("a", "create", 2, data={"code": "ann", "name": "x"}), ask("a", "create", 3, data={"name": "x"}), ask("a", "create", 4, data={"code": "much too long", "name": "", "active": None}), ask("a", "retrieve", 5, pk="zoe")),
    entry("couriers_update", "Whole rows and parts of them.", at("couriers"), ask("a", "update", pk="bob", data={"code": "bob", "name": "Bobby", "active": False}), ask("a", "patch", 2, pk="bob", data={"active": True}), ask("a", "patch", 3, pk="bob", data={"name": 5}), ask("a", "update", 4, pk="bob", data={"name": "x"}), ask("a", "patch", 5, pk="nobody", data={"name": "x"})),
    entry("couriers_delete", "Deleted rows; what refers to them.", at("couriers"), ask("a", "delete", pk="bob"), ask("a", "delete", 2, pk="bob"), order(2, "b"), ask("b", "retrieve", 3, pk=2)),
    entry("couriers_delete_told", "Who follows a row that referred to a deleted one.", at("couriers"), order(2, "b"), ask("a", "delete", pk="bob")),
    entry("couriers_unknown", "Whoever is not known may connect, and no more.", connect("a", "/ws/couriers/"), ask("a", "list"), ask("a", "subscribe_to_all", 2), twin=False),
    entry("couriers_observe", "Frames with `request_ids` of every change.", at("couriers"), at("couriers", "b", "bob"), ask("a", "subscribe_to_all", 1), ask("a", "subscribe_to_all", 2), ask("b", "create", 3, data={"code": "zoe", "name": "Zoe"}), ask("b", "patch", 4, pk="zoe", data={"active": False}), ask("b", "delete", 5, pk="zoe")),
    entry("couriers_observe_end", "The end of a subscription.", at("couriers"), ask("a", "subscribe_to_all", 1), ask("a", "subscribe_to_all", 2), ask("a", "unsubscribe_from_all", 1), ask("a", "patch", 3, pk="bob", data={"name": "B"}), ask("a", "unsubscribe_from_all", 2), ask("a", "patch", 4, pk="bob", data={"name": "C"})),
    entry("couriers_instance", "Events of one row with a key that is a text.", at("couriers"), at("couriers", "b"), ask("a", "subscribe_instance", 1, pk="bob"), ask("b", "patch", 2, pk="bob", data={"name": "B"}), ask("b", "patch", 3, pk="ann", data={"name": "A"}), ask("b", "delete", 4, pk="bob")),
    entry("couriers_instance_unknown", "No such row to subscribe to.", at("couriers"), ask("a", "subscribe_instance", 1, pk="nobody"), ask("a", "unsubscribe_instance", 2, pk="nobody")),
    # Signals.
    entry("bell", "A signal that everybody hears from the beginning, under no id.", at("signage"), at("signage", "b"), ask("a", "ring", 7, times=3)),
    entry("bell_leave", "Whoever has left hears no more.", at("signage"), at("signage", "b"), leave("b"), ask("a", "ring", 7, times=1)),
    entry("screen", "A signal by screen, under the id of the subscription.", at("signage"), at("signage", "b"), ask("a", "watch", 1, screen="door"), ask("b", "watch", 2, screen="hall"), ask("b", "show", 3, screen="door", text="Open"), ask("a", "show", 4, screen="hall", text="Closed"), ask("a", "show", 5, screen="roof", text="x")),
    entry("screen_unwatch", "The end of a subscription to a signal.", at("signage"), ask("a", "watch", 1, screen="door"), ask("a", "show", 2, screen="door", text="a"), ask("a", "unwatch", 1, screen="door"), ask("a", "show", 3, screen="door", text="b")),
    entry("screen_two", "A connection that watches two screens.", at("signage"), ask("a", "watch", 1, screen="door"), ask("a", "watch", 2, screen="hall"), ask("a", "show", 3, screen="door", text="a"), ask("a", "show", 4, screen="hall", text="b")),
    entry("screen_several", "An action subscribes to several groups of a signal, and ends some.", at("signage"), ask("a", "watch_several", 1, screens=["door", "hall"]), ask("a", "watch_several", 2, screens=["hall"]), ask("a", "show", 3, screen="door", text="a"), ask("a", "show", 4, screen="hall", text="b"), ask("a", "unwatch_several", 1, screens=["hall", "roof"]), ask("a", "show", 5, screen="hall", text="c"), ask("a", "show", 6, screen="door", text="d")),
    entry("screen_no_id", "A subscription without an id gets no events.", at("signage"), ask("a", "watch", None, screen="door"), ask("a", "show", 2, screen="door", text="a")),
    entry("screen_wrong", "Missing arguments of an action without a model.", at("signage"), ask("a", "show", 1, screen="door"), defect="a missing argument closes the socket"),
    entry("signage_unknown", "Actions that are not there.", at("signage"), ask("a", "list"), ask("a", "bell", 2)),
]
