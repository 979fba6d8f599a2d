"""What is connected to what, which way evidence flows, how far each connection is believed, and what is tainted.

`edges` one relationship and its direction; `graph` the edges of a store, fetched as a walk needs them; `lineage` what
is around a thing; `path` how two things are connected; `rules` and `why` on what an edge rests; `taint` what a
quarantined or damaged thing reaches.
"""
