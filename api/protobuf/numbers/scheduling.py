"""Field numbers of scheduling. See the package for how to read them."""

TABLE = """
PriorityClass metadata=1 value=2 globalDefault=3 description=4 preemptionPolicy=5
"""
