"""The server: wires the steps together; nothing else does.

    contexta serve ── one process: doors, journal, quarantine, inbox ── acknowledges
        │  JSON lines over pipes (control.py)
        └── one process: database, reconstruction, read API (store_process.py) ── answers questions

Two processes, because a database that is full, broken or starting again must not stop acknowledgements.
"""
