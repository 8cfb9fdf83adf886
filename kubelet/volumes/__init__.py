"""A pod's volumes: one file a plugin, and a manager that sets them up, keeps them current and takes them down.

    manager.py        VolumeManager: all volumes of a pod; survivors of a crash
    plugin.py         what a plugin is, and what it is given
    empty_dir.py      directory or tmpfs
    host_path.py      a path of the node, checked or made
    config_map.py     files from a config map
    secret.py         files from a secret, in memory
    downward_api.py   files from the pod itself
    projected.py      files from several of those, and service account tokens
    persistent.py     claims bound to volumes of type hostPath and local
    image.py          files of an image, mounted by the runtime
    payload.py        keys and modes to files: pure
    atomic_writer.py  many files replaced at once
    ownership.py      fsGroup
    subpath.py        one directory or file of a volume, safe from symbolic links
    mounting.py       mount(2)
    mounts.py         what of it a container gets: pure

A volume is a directory below the pod's own (`paths.Paths.volume`). What is mounted there says so itself
(/proc/self/mountinfo), so that nothing needs to be remembered for taking it down.
"""
