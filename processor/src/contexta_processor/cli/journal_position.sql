-- journal_position: how far into the journal does this database reach?
-- takes  nothing
-- gives  one row: position
-- order  none
SELECT position FROM store.journal_position
