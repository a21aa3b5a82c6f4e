"""What `make bench` measures: one module an engine, each run as a process of its own."""
