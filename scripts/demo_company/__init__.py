"""One invented company whose telemetry, tickets and invoices fill the demo seeds.

Every module draws from named random streams (`draw.stream`), never from the wall clock, so the same
seed writes the same bytes and a change to one use case leaves the others as they were.
"""
