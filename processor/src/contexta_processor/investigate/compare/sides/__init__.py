"""Several runs a side (the seeds of a training, repeats of an evaluation): did the runs differ, or only their seeds?"""
