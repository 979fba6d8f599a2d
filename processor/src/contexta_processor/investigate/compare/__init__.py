"""Two or more runs held against each other: may they be, what changed, and what may be concluded."""
