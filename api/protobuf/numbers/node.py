"""Field numbers of node. See the package for how to read them."""

TABLE = """
Overhead podFixed=1
RuntimeClass metadata=1 handler=2 overhead=3 scheduling=4
Scheduling nodeSelector=1 tolerations=2
"""
