-- projects: which projects are there?
-- gives  one row per project: project
-- order  project
SELECT project FROM projects ORDER BY project
