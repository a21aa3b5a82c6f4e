"""Public traces of real LLM traffic, turned into the landing folders that the project reads.

The traces are not part of the project: they are read from the folder that the environment variable
REAL_DATA_DIR names, and nothing of them is kept.
"""
