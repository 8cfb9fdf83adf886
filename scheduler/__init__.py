"""The scheduler: it finds a node for each pod that has none, and can say why.

    informers ─→ cluster.py (events) ─┬─→ table.py    one row a node, NumPy columns
                                      └─→ queue.py    pods that wait, and what may help them
    queue ─→ decision.py ─→ chosen ─→ table (assumed) ─→ binding.py ─→ API
                         └→ nowhere ─→ preemption.py ─→ status.py (condition, event) ─→ queue

- `pod.py`, `pod_reader.py`, `node.py`: what is kept of an object; pods that are alike share a class
- `workloads.py`: which pods services and controllers select together
- `table.py`, `labels.py`, `pod_index.py`, `row_counts.py`, `changelog.py`: the table, label columns, pods counted by
  selector, what changed
- `plugins/`: one file a plugin, and the lists that say who runs when
- `local_state.py`, `decision.py`, `diagnosis.py`: masks and scores kept up to date, the choice, the reasons
- `nominated.py`, `victims.py`, `preemption.py`, `eviction.py`: promised nodes, who must leave, making them leave
- `queue.py`, `hints.py`: active, backing off, unschedulable; which event can help which plugin's rejects
- `binding.py`, `status.py`: what is written to the API
- `explain.py`: the whole answer for one pod: who turned down what, and the score table
- `scheduler.py`, `cluster.py`, `options.py`, `__main__.py`: the loop, the wiring, the process

Decisions are kube-scheduler's (default profile of 1.36), node sampling apart: all nodes are looked at.
"""
