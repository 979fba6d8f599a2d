"""Is what is stored still what was recorded?"""
