"""What is played on the site `boards`."""

from urllib.parse import urlsplit

from plays.steps import ask, connect, leave, play

STREAMS = {"/ws/boards/": "boards", "/ws/cards/": "cards", "/ws/feed/": "feed"}
FIXTURES = {
    "members": [
        {"id": 1, "username": "ann"},
        {"id": 2, "username": "bob"},
        {"id": 3, "username": "cleo", "is_staff": True},
    ],
    "boards": [
        {"id": 1, "name": "Garden", "owner": 1},
        {"id": 2, "name": "Kitchen", "owner": 2},
        {"id": 3, "name": "Attic", "owner": 1, "archived": True},
    ],
    "boards_members": [{"board": 2, "member": 1}],
    "cards": [
        {"id": 1, "board": 1, "title": "Water", "position": 1, "author": 1},
        {"id": 2, "board": 1, "title": "Weed", "position": 2, "author": 2, "done": True},
        {"id": 3, "board": 2, "title": "Cook", "position": 1, "author": 2, "done": True},
    ],
    "notes": [{"id": 1, "card": 1, "text": "at noon", "author": 1}],
}


def multiplexed(path):
    parts = urlsplit(path)
    return STREAMS[parts.path], f"/ws/?{parts.query}"


def entry(name, about, *steps, **options):
    return play(name, about, *steps, fixtures=FIXTURES, **options)


def boards(user=None):
    return connect("a", f"/ws/boards/?user={user}" if user else "/ws/boards/")


def cards(user="ann"):
    return connect("a", f"/ws/cards/?user={user}")


FEED = connect("f", "/ws/feed/")

PLAYS = [
    # A serializer per action.
    entry("list", "A list shows other fields than a row, and only the boards that one owns or is a member of.", boards("ann"), ask("a", "list")),
    entry("list_anonymous", "The permission of the list admits anybody, its queryset nothing.", boards(), ask("a", "list")),
    entry("list_by_key", "A key of the frame restricts the queryset.", boards("ann"), ask("a", "list", archived=True), ask("a", "list", 2, archived=False), ask("a", "list", 3, other="x")),
    entry("list_by_wrong_key", "A key of the wrong type is an error of the query.", boards("ann"), ask("a", "list", archived="perhaps"), defect="the key is not validated, and the error of the query closes the socket"),
    entry("retrieve", "A row is shown with its owner and a method field.", boards("ann"), ask("a", "retrieve", pk=1), ask("a", "retrieve", 2, pk=2)),
    entry("retrieve_by_key", "The keys of the frame restrict what a look-up finds, too.", boards("ann"), ask("a", "retrieve", pk=1, archived=True), ask("a", "retrieve", 2, pk=3, archived=True)),
    entry("retrieve_unknown", "A row that is not there, and one that is out of the queryset.", boards("cleo"), ask("a", "retrieve", pk=99), ask("a", "retrieve", 2, pk=1)),
    entry("retrieve_anonymous", "Other actions than the list need a user.", boards(), ask("a", "retrieve", pk=1), ask("a", "create", 2, data={"name": "x"}), ask("a", "patch", 3, pk=1, data={"name": "x"})),
    entry("retrieve_no_key", "The key is missing.", boards("ann"), ask("a", "retrieve"), defect="a missing key closes the socket"),
    # Overridden actions.
    entry("create", "An overridden create tells the connections of another consumer; the owner is whoever asks.", FEED, boards("cleo"), ask("a", "create", data={"name": " Cellar "}), ask("a", "retrieve", 2, pk=4)),
    entry("create_ignores", "What the serializer of the action does not accept is ignored.", boards("ann"), ask("a", "create", data={"name": "Cellar", "owner": 2, "archived": True, "id": 77}), ask("a", "retrieve", 2, pk=4)),
    entry("create_invalid", "Refused payloads of the serializer of the action; nobody is told.", FEED, boards("ann"), ask("a", "create", data={}), ask("a", "create", 2, data={"name": ""}), ask("a", "create", 3, data={"name": True}), ask("a", "create", 4, data={"name": "x" * 31}), ask("a", "create", 5, data={"name": None}), ask("a", "create", 6, data=[]), ask("a", "create", 7, data="x"), ask("a", "create", 8, data={"name": "_x"})),
    entry("create_no_data", "The payload is missing.", boards("ann"), ask("a", "create"), defect="a missing argument closes the socket"),
    entry("patch", "An overridden patch with a serializer of its own.", FEED, boards("ann"), ask("a", "patch", pk=1, data={"name": "Yard"}), ask("a", "patch", 2, pk=1, data={"archived": "true"}), ask("a", "patch", 3, pk=1, data={})),
    entry("patch_invalid", "Refused payloads of a patch.", FEED, boards("ann"), ask("a", "patch", pk=1, data={"name": " "}), ask("a", "patch", 2, pk=1, data={"archived": "perhaps"}), ask("a", "patch", 3, pk=1, data={"owner": 2})),
    entry("patch_not_owner", "A permission of the action alone, which looks into the frame; unknown rows are 404.", FEED, boards("ann"), ask("a", "patch", pk=2, data={"name": "Mine"}), ask("a", "patch", 2, pk=99, data={"name": "x"}), ask("a", "patch", 3, pk="1x", data={"name": "x"})),
    entry("delete", "An overridden delete refuses some rows, tells of others.", FEED, boards("ann"), ask("a", "delete", pk=1), ask("a", "delete", 2, pk=3), ask("a", "retrieve", 3, pk=3)),
    entry("delete_cascade", "Raw frames of the rows that are deleted with the row.", FEED, boards("bob"), ask("a", "delete", pk=2)),
    entry("delete_refused", "No rights, and no row.", boards("ann"), ask("a", "delete", pk=2), ask("a", "delete", 2, pk=99)),
    entry("update", "An update with the serializer of its own action.", boards("ann"), ask("a", "update", pk=1, data={"name": "Yard", "archived": True, "owner": 2}), ask("a", "update", 2, pk=1, data={}), ask("a", "update", 3, pk=99, data={"name": "x"})),
    entry("subscribe", "Subscriptions to one row that one can see; its end.", boards("ann"), connect("b", "/ws/boards/?user=ann"), ask("a", "subscribe_instance", "s", pk=3), ask("a", "subscribe_instance", 2, pk=99), ask("a", "unsubscribe_instance", "s", pk=3), ask("a", "subscribe_instance", "t", pk=3), ask("b", "delete", 4, pk=3)),
    entry("subscribe_update", "An event of one row is shown by the serializer of the action with its name.", boards("ann"), connect("b", "/ws/boards/?user=ann"), ask("a", "subscribe_instance", "s", pk=1), ask("b", "patch", 2, pk=1, data={"name": "Yard"})),
    entry("subscribe_anonymous", "Nobody subscribes without a user.", boards(), ask("a", "subscribe_instance", pk=1)),
    entry("invite", "An action that changes a relation, and who sees the row then.", boards("ann"), connect("b", "/ws/boards/?user=cleo"), ask("b", "list"), ask("a", "invite", 2, pk=1, member=3), ask("b", "list", 3), ask("b", "invite", 4, pk=1, member=2), ask("b", "invite", 5, pk=2, member=2)),
    entry("unknown_action", "An action that is not there, and one that the site left out.", boards("ann"), ask("a", "dance"), ask("a", "count", 2), ask("a", "", 3)),
    entry("unknown_action_anonymous", "Permissions come before the action.", boards(), ask("a", "dance")),
    entry("no_request_id", "Requests without an id.", boards("ann"), ask("a", "list", None), ask("a", "create", None, data={"name": "Cellar"})),
    # Preparation of writes.
    entry("card_create", "What is stored beside the payload: a position, and who asks.", FEED, cards(), ask("a", "create", data={"board": 1, "title": "Mow", "position": 77, "author": 2, "edits": 9}), ask("a", "create", 2, data={"board": 2, "title": "Bake", "done": True})),
    entry("card_create_refused", "The preparation refuses; so does the serializer.", FEED, cards(), ask("a", "create", data={"board": 3, "title": "Mow"}), ask("a", "create", 2, data={"board": 99, "title": "Mow"}), ask("a", "create", 3, data={"title": "Mow", "done": "perhaps"}), ask("a", "create", 4, data={"board": "x", "title": 5})),
    entry("card_anonymous", "Without a user nothing is done.", connect("a", "/ws/cards/"), ask("a", "create", data={"board": 1, "title": "Mow"}), ask("a", "list", 2)),
    entry("card_update", "A count of the edits; the hidden author becomes who updates.", FEED, cards("cleo"), ask("a", "update", pk=1, data={"board": 1, "title": "Water all"}), ask("a", "update", 2, pk=1, data={"board": 2, "title": "Water", "done": True})),
    entry("card_update_invalid", "An update needs the whole row.", FEED, cards(), ask("a", "update", pk=1, data={"title": "x"}), ask("a", "update", 2, pk=99, data={"board": 1, "title": "x"})),
    entry("card_patch", "A patch counts as an edit, too, and keeps the author.", FEED, cards("cleo"), ask("a", "patch", pk=1, data={"title": "Pour"}), ask("a", "patch", 2, pk=1, data={}), ask("a", "retrieve", 3, pk=1)),
    entry("card_delete", "The preparation of a deletion refuses some rows.", FEED, cards(), ask("a", "delete", pk=2), ask("a", "delete", 2, pk=1), ask("a", "delete", 3, pk=1)),
    entry("card_list", "A key of the frame restricts the list.", cards(), ask("a", "list"), ask("a", "list", 2, board=2), ask("a", "list", 3, board=99), ask("a", "list", 4, board=None), ask("a", "list", 5, board="1")),
    entry("card_in_board", "The key restricts look-ups, too.", cards(), ask("a", "retrieve", pk=1, board=1), ask("a", "retrieve", 2, pk=1, board=2), ask("a", "patch", 3, pk=1, board=2, data={"title": "x"}), ask("a", "delete", 4, pk=1, board=2)),
    # An action with the payload of a serializer.
    entry("add_note", "An action reads its payload by a serializer of another model.", cards("bob"), ask("a", "add_note", pk=1, data={"text": " at noon ", "stars": "3"}), ask("a", "add_note", 2, pk=1, data={"text": "x", "card": 2, "author": 1})),
    entry("add_note_invalid", "Refused payloads of an action, and a row that is not there.", cards(), ask("a", "add_note", pk=1, data={}), ask("a", "add_note", 2, pk=1, data={"text": "x" * 51, "stars": "many"}), ask("a", "add_note", 3, pk=99, data={"text": "x"}), ask("a", "add_note", 4, pk=1, data=[1])),
    entry("add_note_no_data", "The payload of an action is missing.", cards(), ask("a", "add_note", pk=1), defect="a missing argument closes the socket"),
    entry("preview_note", "A payload that is validated and not stored.", cards(), ask("a", "preview_note", data={"text": " hi "}), ask("a", "preview_note", 2, data={"text": "", "stars": None})),
    entry("preview_card", "A payload whose references are looked up; rows that are not there.", cards("bob"), ask("a", "preview_card", data={"board": 2, "title": "Bake"}), ask("a", "preview_card", 2, data={"board": 99, "title": "Bake"}), ask("a", "preview_card", 3, data={"board": None}), ask("a", "list", 4)),
    # Subscriptions without a request.
    entry("feed", "Every connection gets raw frames of every row.", FEED, cards(), connect("g", "/ws/feed/?user=bob"), ask("a", "create", data={"board": 1, "title": "Mow"}), ask("a", "delete", 2, pk=4)),
    entry("feed_later", "A connection that comes later gets what comes later.", cards(), ask("a", "create", data={"board": 1, "title": "Mow"}), FEED, ask("a", "patch", 2, pk=4, data={"done": True}), leave("f"), ask("a", "patch", 3, pk=4, data={"done": False})),
    entry("watch_notes", "An action subscribes without an id; raw frames of one card.", FEED, cards(), ask("f", "watch_notes", 7, card=1), ask("a", "add_note", pk=1, data={"text": "early"}), ask("a", "add_note", 2, pk=2, data={"text": "elsewhere"})),
    entry("watch_quietly", "The same without an answer, twice, and without an id.", FEED, cards(), ask("f", "watch_quietly", 7, card=2), ask("f", "watch_quietly", None, card=2), ask("f", "list", 8), ask("a", "add_note", pk=2, data={"text": "once"})),
    entry("watch_no_card", "The argument of a subscription is missing.", FEED, ask("f", "watch_notes"), defect="a missing argument closes the socket"),
    entry("feed_actions", "The feed has no other actions.", FEED, ask("f", "list"), ask("f", "feed_notice", 2)),
]
