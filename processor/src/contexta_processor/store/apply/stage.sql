-- stage: the rows of one decoded table with their identity and content id, each distinct content once.
-- takes  the Arrow table registered as `incoming`; {content}, {core}, {keys}: see store/facts.py
-- gives  temp table `staged`: every column of `incoming`, content_key, fact_id, k1, k2, k3 (identity), rivals
--        (how many different contents of this identity are staged)
CREATE OR REPLACE TEMP TABLE staged AS
WITH hashed AS (
  SELECT *, md5_number_lower(concat_ws(chr(31), {content})) AS fact_id, {core} AS content_key FROM incoming
), keyed AS (
  SELECT *, {keys}, row_number() OVER (PARTITION BY fact_id, trace_id, span_id) AS copy FROM hashed
)
SELECT * EXCLUDE (copy), {rivals} AS rivals FROM keyed WHERE copy = 1;
