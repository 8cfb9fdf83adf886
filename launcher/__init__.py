"""Puts the parts together: whole clusters on one machine, started in a second and gone without a trace.

    pyctl up --> supervisor --+-- control_plane: API server, controllers, scheduler (or each on its own: --separate)
    (up.py)                   +-- dns
                              +-- images: builds and imports what nodes need
                              +-- node_init, one a node, pid 1 of its own namespaces
                                      +-- containerd +-- kubelet +-- node_network (pod network, proxy)

- `plan`: every address, name and path of a cluster, computed; `registry`: which clusters this machine has
- `up`, `down`: the two commands; `arguments`: their flags; `wishes`: which plan they come to;
  `preflight`: what a machine lacks; `readiness`: when it is
- `supervisor`: the process that is a cluster; `supervision`: keeping processes running; `processes`: pids that are safe
- `control_plane`, `inprocess`: one process for three components, and how they talk; `credentials`: who is who
- `node_init`, `node_network`, `node_images`: what a node is made of
- `host_network`, `cgroup_removal`, `commands`: what is done to this machine, and undone
- `containerd_config`, `containerd`: the container runtime of a node; `imagebuild`: images from Debian packages

Only this package imports several components at once, and of them only what runs in one process: everything else it
starts as ``python -m pybernetes.<component>``, with the flags and kubeconfigs that anybody could give it.
"""
