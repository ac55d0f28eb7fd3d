"""The steps of a play."""


def play(name, about, *steps, fixtures, twin=True, defect=None):
    """An entry; `defect` says why the site is at fault if it closes the socket."""
    return {"name": name, "about": about, "fixtures": fixtures, "steps": list(steps), "twin": twin, "defect": defect}


def connect(conn, path, **options):
    """Opens a connection; `headers` and `subprotocols` go with the handshake."""
    return {"conn": conn, "open": path, **options}


def ask(conn, action, request_id=1, **arguments):
    """Sends a request; without an id if that is `None`."""
    frame = {"action": action, **({} if request_id is None else {"request_id": request_id}), **arguments}
    return {"conn": conn, "send": frame}


def post(path, **body):
    """Sends an HTTP request."""
    return {"conn": "http", "post": path, "body": body}


def leave(conn):
    """Closes a connection."""
    return {"conn": conn, "close": True}


def listen(seconds):
    """Listens longer than after other steps."""
    return {"listen": seconds}
