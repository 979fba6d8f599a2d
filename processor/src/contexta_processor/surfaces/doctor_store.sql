-- doctor_store: is this database whole, current, and what is in it?
-- takes  nothing
-- gives  one row: schema_version, position (how far of the journal is in it), damaged_bytes (journal it had to pass over), runs,
--        quarantined, quarantined_bytes, newest_at (time of the newest evidence)
-- order  none
SELECT (SELECT max(version) FROM store.schema_version) AS schema_version,
       (SELECT max(position) FROM store.journal_position) AS position,
       (SELECT coalesce(sum(bytes_skipped), 0)::BIGINT FROM store.journal_damage) AS damaged_bytes,
       (SELECT count(*) FROM runs) AS runs,
       (SELECT count(*) FROM quarantine) AS quarantined,
       (SELECT coalesce(sum(size_bytes), 0)::BIGINT FROM quarantine) AS quarantined_bytes,
       (SELECT max(last_seen_at) FROM runs) AS newest_at
