-- stage: incoming rows with their identity.
-- takes  the Arrow table registered as `identified`; {keys}: see store/facts.py
-- gives  temp view `staged`: every column of `identified`, k1, k2, k3
CREATE OR REPLACE TEMP VIEW staged AS SELECT *, {keys} FROM identified;
