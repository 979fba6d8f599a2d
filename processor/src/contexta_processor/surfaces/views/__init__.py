"""How each answer reads to a person: one module per question, each turning a result into a View."""
