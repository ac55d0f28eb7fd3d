"""What is played on the site `chat`."""

from plays.steps import ask, connect, leave, play

STREAMS = {"/ws/rooms/": "rooms", "/ws/messages/": "messages", "/ws/chat/": "chat"}
FIXTURES = {
    "people": [
        {"id": 1, "name": "Ann", "token": "token-of-ann"},
        {"id": 2, "name": "Bob", "token": "token-of-bob"},
        {"id": 3, "name": "Cleo", "token": "token-of-cleo", "is_staff": True},
    ],
    "rooms": [
        {"id": 1, "name": "Lobby"},
        {"id": 2, "name": "Help desk", "kind": "support"},
        {"id": 3, "name": "Lounge"},
        {"id": 4, "name": "Vault"},
    ],
    "rooms_members": [
        {"room": 1, "person": 1},
        {"room": 1, "person": 2},
        {"room": 2, "person": 1},
        {"room": 3, "person": 1},
        {"room": 4, "person": 3},
    ],
    "messages": [
        {"id": 1, "room": 1, "author": 1, "text": "Hello", "at": "2024-01-01T00:00:00Z"},
        {"id": 2, "room": 1, "author": 2, "text": "Hi", "at": "2024-01-01T00:00:01Z"},
        {"id": 3, "room": 1, "author": 1, "text": "Bye", "at": "2024-01-01T00:00:02Z"},
        {"id": 4, "room": 4, "author": 3, "text": "Psst", "at": "2024-01-01T00:00:03Z"},
    ],
}


def multiplexed(path):
    return STREAMS[path], "/ws/"


def entry(name, about, *steps, **options):
    return play(name, about, *steps, fixtures=FIXTURES, **options)


def at(stream, name, conn="a"):
    return connect(conn, f"/ws/{stream}/", subprotocols=[f"token-of-{name}"])


LOBBY = at("chat", "ann"), at("chat", "bob", "b"), ask("a", "join_room", room=1), ask("b", "join_room", room=1)

PLAYS = [
    # The token among the subprotocols.
    entry("subprotocol", "The token is the subprotocol that is selected.", at("chat", "ann"), ask("a", "how")),
    entry("subprotocols", "The first of several subprotocols is the token.", connect("a", "/ws/chat/", subprotocols=["token-of-bob", "chat.v1"]), ask("a", "how")),
    entry("unknown_token", "Nobody has this token: the handshake is refused.", connect("a", "/ws/chat/", subprotocols=["token-of-nobody"])),
    entry("token_second", "The token has to be the first subprotocol.", connect("a", "/ws/rooms/", subprotocols=["chat.v1", "token-of-ann"])),
    entry("no_subprotocol", "Without a subprotocol the handshake is refused.", connect("a", "/ws/rooms/")),
    # Serializers and permissions per action; querysets.
    entry("rooms_list", "Pages of one's own rooms, with another serializer than a row has.", at("rooms", "ann"), ask("a", "list"), ask("a", "list", 2, limit=1, offset=2), ask("a", "list", 3, limit=10), ask("a", "list", 4, offset=9)),
    entry("rooms_list_none", "Whoever is in no room has an empty page.", at("rooms", "bob"), ask("a", "list"), ask("a", "list", 2, kind="support")),
    entry("rooms_list_by_key", "Keys of the frame restrict the queryset and its count.", at("rooms", "ann"), ask("a", "list", kind="brand"), ask("a", "list", 2, kind="brand", limit=1), ask("a", "list", 3, named="L", kind="brand"), ask("a", "list", 4, kind="no such"), ask("a", "list", 5, kind=None, other=[1])),
    entry("rooms_list_limits", "Limits and offsets that are not numbers.", at("rooms", "ann"), ask("a", "list", limit="1"), ask("a", "list", 2, limit="x", offset="x"), ask("a", "list", 3, limit=0), ask("a", "list", 4, limit=-1, offset=-1)),
    entry("rooms_retrieve", "A row with the keys of its members; others' rooms are not there.", at("rooms", "ann"), ask("a", "retrieve", pk=1), ask("a", "retrieve", 2, pk=4), ask("a", "retrieve", 3, pk=99), ask("a", "retrieve", 4, pk=1, kind="support")),
    entry("rooms_create", "Only staff creates; whoever creates is a member.", at("rooms", "cleo"), ask("a", "create", data={"name": "New"}), ask("a", "create", 2, data={"name": "Two", "kind": "support", "members": [1, 2]}), ask("a", "list", 3)),
    entry("rooms_create_refused", "The permission of one action.", at("rooms", "ann"), ask("a", "create", data={"name": "New"}), ask("a", "create", 2), ask("a", "list", 3)),
    entry("rooms_create_invalid", "Refused payloads.", at("rooms", "cleo"), ask("a", "create", data={"kind": "other", "members": [99]}), ask("a", "create", 2, data={"name": "x", "members": ["x"]}), ask("a", "create", 3, data={"name": "x", "members": 5}), ask("a", "create", 4, data={"name": [], "kind": None}), ask("a", "list", 5)),
    entry("rooms_patch", "A patch changes the name alone.", at("rooms", "bob"), ask("a", "patch", pk=1, data={"name": "Hall", "kind": "support", "members": []}), ask("a", "retrieve", 2, pk=1), ask("a", "patch", 3, pk=2, data={"name": "x"}), ask("a", "patch", 4, pk=1, data={"name": ""})),
    entry("rooms_unknown", "Actions that are not there.", at("rooms", "ann"), ask("a", "delete", pk=1), ask("a", "update", 2, pk=1, data={}), ask("a", "say", 3)),
    # A list whose queryset needs a key of the frame.
    entry("messages_list", "Pages of a room that the frame names, the last first.", at("messages", "ann"), ask("a", "list", room=1), ask("a", "list", 2, room=1, offset=2), ask("a", "list", 3, room=1, by=2), ask("a", "list", 4, room=2)),
    entry("messages_refused", "A permission that looks into the frame.", at("messages", "ann"), ask("a", "list", room=4), ask("a", "list", 2), ask("a", "list", 3, room="1"), ask("a", "list", 4, room=99), ask("a", "dance", 5, room=1), ask("a", "dance", 6)),
    entry("messages_follow", "Events with another action than the change, under the id of the subscription.", at("messages", "ann"), at("chat", "bob", "b"), ask("b", "join_room", room=1), ask("a", "follow", "f", room=1), ask("b", "say", 2, text="new"), ask("a", "unfollow", "f", room=1), ask("b", "say", 3, text="unheard")),
    entry("messages_follow_twice", "An event for each id; the end of one.", at("messages", "bob"), at("chat", "ann", "b"), ask("b", "join_room", room=1), ask("a", "follow", 1, room=1), ask("a", "unfollow", 2, room=1), ask("b", "say", 3, text="one")),
    entry("messages_follow_refused", "No rights to follow a room.", at("messages", "bob"), ask("a", "follow", room=4), ask("a", "follow", 2)),
    # Groups.
    entry("join", "Whoever joins a room gets the answer, and everybody in it a reply under another action.", at("chat", "ann"), at("chat", "bob", "b"), ask("a", "join_room", 7, room=1), ask("b", "join_room", 8, room=1)),
    entry("join_refused", "Rooms that are not there or not one's own.", at("chat", "bob"), ask("a", "join_room", room=99), ask("a", "join_room", 2, room=4), ask("a", "say", 3, text="x")),
    entry("join_no_room", "The argument is missing.", at("chat", "bob"), ask("a", "join_room"), defect="a missing argument closes the socket"),
    entry("say", "A reply to everybody in the room under the id of the sender's request.", *LOBBY, ask("a", "say", "s1", text="Hello"), ask("b", "say", "s2", text="Hi")),
    entry("say_refused", "Validation of the action's own, and a permission of the connection's state.", *LOBBY, ask("a", "say", 2, text=""), at("chat", "cleo", "c"), ask("c", "say", 3, text="x"), ask("c", "shout", 4, text="x"), ask("c", "leave_room", 5)),
    entry("leave", "Whoever leaves gets no more, the others are told.", *LOBBY, ask("a", "leave_room", 2), ask("b", "say", 3, text="alone"), ask("a", "say", 4, text="x"), ask("a", "leave_room", 5)),
    entry("disconnect", "The end of a connection is told to the room.", *LOBBY, leave("a"), ask("b", "say", 3, text="alone")),
    entry("disconnect_outside", "Whoever is in no room leaves silently.", at("chat", "ann"), at("chat", "bob", "b"), ask("b", "join_room", room=1), leave("a"), ask("b", "say", 2, text="alone")),
    entry("whisper", "A reply to a group that a connection is in from its beginning.", at("chat", "ann"), at("chat", "bob", "b"), ask("a", "whisper", "w", person=2, text="psst"), ask("a", "whisper", 2, person=1, text="me"), ask("a", "whisper", 3, person=99, text="nobody")),
    entry("rename", "A reply under another name than the action's, with a status of its own.", at("chat", "ann"), ask("a", "rename", 5, name="Anna"), *LOBBY[1:2], ask("a", "whisper", 6, person=2, text="x")),
    entry("shout", "Throttled in the words of Django REST Framework.", *LOBBY, ask("a", "shout", 2, text="a"), ask("a", "shout", 3, text="b"), ask("a", "shout", 4, text="c"), ask("a", "say", 5, text="still"), ask("b", "shout", 6, text="d")),
    entry("across", "Two streams of two connections.", at("rooms", "ann"), at("chat", "ann", "b"), ask("b", "join_room", room=1), ask("b", "say", 2, text="Newest"), ask("a", "list", 3), ask("a", "join_room", 4)),
]
