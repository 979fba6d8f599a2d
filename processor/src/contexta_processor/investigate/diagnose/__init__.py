"""What is wrong with a run, or doubtful, and on which rows does each finding rest?"""
