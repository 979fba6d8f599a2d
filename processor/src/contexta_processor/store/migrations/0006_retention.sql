-- 0006: when a fact was taken in, so that what no run ever claims need not be kept for ever (store/retention.py).
--
-- Bookkeeping, not evidence: no rule and no view reads it, and no export shows it. NULL: before this migration; kept.

ALTER TABLE facts.spans ADD COLUMN taken_at TIMESTAMP;
ALTER TABLE facts.events ADD COLUMN taken_at TIMESTAMP;
ALTER TABLE facts.records ADD COLUMN taken_at TIMESTAMP;
ALTER TABLE facts.metrics ADD COLUMN taken_at TIMESTAMP;
ALTER TABLE facts.samples ADD COLUMN taken_at TIMESTAMP;

CREATE TABLE store.pruned (kind VARCHAR NOT NULL, rows_removed BIGINT NOT NULL, pruned_at TIMESTAMP NOT NULL);
COMMENT ON TABLE store.pruned IS 'How many rows of a kind of fact were removed at one time because no run had claimed them.';
