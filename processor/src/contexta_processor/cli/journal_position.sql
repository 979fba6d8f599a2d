-- journal_position: how far into the journal does this database reach, and in which form is it?
-- takes  nothing
-- gives  one row: position, version (of the schema)
-- order  none
SELECT position, (SELECT max(version) FROM store.schema_version) AS version FROM store.journal_position
