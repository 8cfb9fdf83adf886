"""How every component talks to the API server.

- `transport`: the seam to the wire; `https`: over the network
- `client`: verbs on resources
- `kubeconfig`: where the cluster is and who we are
- `reflector`: list and watch, made one unbroken stream of changes
- `informer`: a cache of one resource, kept current, with handlers and indices
- `workqueue`: keys to work on, one worker a key, with back-off; `workqueue_metrics`: what it tells of itself
- `reconciler`: a level-triggered loop over a queue
- `events`: telling people what was done; `event_correlator`: which of it is new
- `leaderelection`: one active copy of a component

Counterpart: client-go.
"""
