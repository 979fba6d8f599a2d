-- identify: content id of each incoming row; for rows without an id of their own a hash of what was told; and
-- a hash of the identity, equal where two rows may be about the same thing.
-- takes  the Arrow table registered as `incoming`; {content}, {core}, {keys}: see store/facts.py
-- gives  fact_id, content_key, identity; in the order of `incoming`
-- DuckDB's hash may change with its version: then a repeated row is kept once more, beside the copy of the same
-- identity that stays shown. An identity itself is never made of it.
SELECT fact_id, content_key, hash(k1, k2, k3) AS identity
FROM (SELECT *, {keys} FROM (SELECT *, hash({content}) AS fact_id, {core} AS content_key FROM incoming));
