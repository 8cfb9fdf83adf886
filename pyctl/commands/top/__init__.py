"""`top`: what nodes and pods use, from the metrics API."""
