-- identify: content id of each incoming row, and for rows without an id of their own a hash of what was told.
-- takes  the Arrow table registered as `incoming`; {content}, {core}: see store/facts.py
-- gives  fact_id, content_key; in the order of `incoming`
-- DuckDB's hash may change with its version: then a repeated row is kept once more, beside the copy of the same
-- identity that stays shown. An identity itself is never made of it.
SELECT hash({content}) AS fact_id, {core} AS content_key FROM incoming;
