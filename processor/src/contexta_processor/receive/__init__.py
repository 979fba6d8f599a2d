"""Receiving: two OTLP doors (gRPC and HTTP), what is well-formed, and the answer.

    bytes ─► admission (overload.py) ─► well-formed? (wellformed.py) ─► set aside what is not ─► append ─► answer
                  │ no                        │ nothing good in it                               │ disk full
                  ▼                           ▼                                                  ▼
            come back in ≤ 2 s           bad data, final                                  come back in ≤ 2 s

Where bytes are kept is not known here: `append` and `set_aside` are handed in, and return when it is durable.
"""
