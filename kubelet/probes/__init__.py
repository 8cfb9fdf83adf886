"""Probes: asking containers how they are, again and again.

    handlers.py   one question: exec, http, tcp, grpc → result and words
    grpc_health.py the two messages of grpc.health.v1
    thresholds.py how many answers make a verdict: pure
    manager.py    which containers are asked what, and what was found

A verdict belongs to a container id, so a restarted container starts anew.
"""
