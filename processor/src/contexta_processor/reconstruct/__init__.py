"""Journal records in, columns of evidence out.

`decode.decode(records)` turns OTLP bytes into Arrow tables with the columns of `columns.py`: spans,
events, records, metrics, samples and resources. Two decoders give the same tables: `decode_native`
(Rust decoder, then columns, never row by row) and `decode_plain` (the readable reference, and the
fallback for telemetry the fast one does not want to guess about). A test holds the two equal.
"""
