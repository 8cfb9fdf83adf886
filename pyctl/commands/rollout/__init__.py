"""`rollout`: watch over, undo and hold the rolling updates of deployments, daemon sets and stateful sets."""
