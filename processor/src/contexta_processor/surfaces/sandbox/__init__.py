"""A user's own SQL, run in a process that can do nothing but read the evidence."""
