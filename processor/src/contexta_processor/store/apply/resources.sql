-- resources: those not known yet.
-- takes  the Arrow table registered as `incoming`
-- gives  nothing; rows more in facts.resources
INSERT INTO facts.resources BY NAME
SELECT DISTINCT i.* FROM incoming i ANTI JOIN facts.resources r USING (resource_id);
