"""Small container images made from Debian packages, without Docker and without a registry.

    recipes.py   what the images are: packages, files, tags
    debian.py    packages fetched with apt-get and unpacked with dpkg-deb; which libraries a program needs
    layer.py     a file tree as a reproducible tar
    oci.py       layers and configurations as one OCI archive
    build.py     build_images(cache_dir): makes the archives that are missing or out of date
    load.py      import_images(socket, images): into a containerd, skipping what it has

Debian 12's own tools (apt-get, apt-cache, dpkg-deb) and Python are all it needs. Nothing is installed on the
machine. `hack/images` is the command line.
"""

from pybernetes.launcher.imagebuild.build import Image, build_images
from pybernetes.launcher.imagebuild.load import import_images

__all__ = ["Image", "build_images", "import_images"]
