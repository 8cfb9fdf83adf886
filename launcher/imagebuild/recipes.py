"""What each image is: packages, programs, files, and what its tags differ in.

Names and tags are those that manifests written for Kubernetes use, so they run here unchanged; the programs are
Debian's, so `nginx:1.25` is Debian's nginx behind a page, a header and an environment that say 1.25.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pybernetes.launcher.imagebuild.layer import Directory, Entry, File, Link
from pybernetes.launcher.imagebuild.oci import Run

PASSWD = b"""\
root:x:0:0:root:/root:/bin/sh
nginx:x:101:101:nginx:/nonexistent:/bin/false
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
"""
GROUP = b"root:x:0:\nnginx:x:101:\nnogroup:x:65534:\n"

# What every image with more than one static program stands on.
BASE: dict[str, Entry] = {
    "etc/passwd": File(PASSWD),
    "etc/group": File(GROUP),
    "etc/nsswitch.conf": File(b"passwd: files\ngroup: files\nhosts: files dns\n"),
    "tmp": Directory(0o1777),
    "var/tmp": Directory(0o1777),
    "run": Directory(0o1777),
    "root": Directory(0o700),
    "home": Directory(),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One tag: files of its own in a small layer on top, and how it runs."""

    reference: str
    run: Run
    files: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One archive: what its tags share, and the tags.

    `programs` are ELF files of `packages`, taken with the libraries they need. `copies` are further files of
    the packages. `busybox` adds Debian's static busybox with a link for every applet.
    """

    name: str
    packages: tuple[str, ...]
    variants: tuple[Variant, ...]
    programs: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    busybox: bool = False
    files: Mapping[str, Entry] = field(default_factory=dict)


PAUSE = Recipe(
    name="pause",
    packages=("catatonit",),
    copies=("usr/bin/catatonit",),
    files={"pause": Link("usr/bin/catatonit")},
    variants=(Variant("registry.k8s.io/pause:3.10", Run(entrypoint=("/usr/bin/catatonit", "-P"), user="65535:65535")),),
)

BUSYBOX = Recipe(
    name="busybox",
    packages=("busybox-static",),
    busybox=True,
    files=BASE,
    variants=(Variant("docker.io/library/busybox:1.36", Run(command=("sh",))),),
)

TOOLS = Recipe(
    name="tools",
    packages=("busybox-static", "curl", "bind9-dnsutils", "bind9-libs"),
    busybox=True,
    programs=("usr/bin/curl", "usr/bin/dig"),
    files=BASE,
    variants=(Variant("docker.io/pybernetes/tools:1.0", Run(command=("sleep", "infinity"))),),
)

# The pod's host name is the pod's name. An `add_header` of a server or location hides those of `http`.
NGINX_CONF = b"""\
user nginx;
worker_processes 1;
error_log /dev/stderr notice;
pid /run/nginx.pid;

events {
    worker_connections 1024;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" "$http_user_agent"';
    access_log /dev/stdout main;
    sendfile on;
    keepalive_timeout 65;
    client_body_temp_path /var/cache/nginx/client_temp;
    proxy_temp_path /var/cache/nginx/proxy_temp;
    fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
    uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
    scgi_temp_path /var/cache/nginx/scgi_temp;
    add_header X-Served-By $hostname always;
    include /etc/nginx/image-version.conf;
    include /etc/nginx/conf.d/*.conf;
}
"""
NGINX_SERVER = b"""\
server {
    listen 80;
    server_name localhost;
    location / {
        root /usr/share/nginx/html;
        index index.html index.htm;
        sub_filter '%POD_NAME%' '$hostname';
        sub_filter_once off;
    }
    error_page 500 502 503 504 /50x.html;
    location = /50x.html {
        root /usr/share/nginx/html;
    }
}
"""
HOSTNAME_SERVER = b"""\
server {
    listen 8080;
    default_type text/plain;
    include /etc/nginx/answer.conf;
    location = /healthz {
        if (-f /tmp/unhealthy) {
            return 503 "unhealthy\\n";
        }
        return 200 "ok\\n";
    }
}
"""


# nginx opens its compiled-in log before it has read any configuration.
NGINX_FILES: dict[str, Entry] = {
    **BASE,
    "etc/nginx/nginx.conf": File(NGINX_CONF),
    "var/cache/nginx": Directory(0o1777),
    "var/lib/nginx": Directory(0o1777),
    "var/log/nginx": Directory(0o1777),
    "var/log/nginx/access.log": Link("/dev/stdout"),
    "var/log/nginx/error.log": Link("/dev/stderr"),
}


def _version_header(tag: str) -> File:
    return File(f"add_header X-Image-Version {tag} always;\n".encode())


def _nginx(tag: str) -> Variant:
    page = f"""\
<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>Image version: {tag}</p>
<p>Served by: %POD_NAME%</p>
</body>
</html>
"""
    return Variant(
        reference=f"docker.io/library/nginx:{tag}",
        run=Run(
            command=("nginx", "-g", "daemon off;"),
            env=(*Run().env, f"NGINX_VERSION={tag}"),
            stop_signal="SIGQUIT",
            ports=("80/tcp",),
        ),
        files={
            "usr/share/nginx/html/index.html": File(page.encode()),
            "usr/share/nginx/html/50x.html": File(b"<h1>An error occurred.</h1>\n"),
            "etc/nginx/conf.d/default.conf": File(NGINX_SERVER),
            "etc/nginx/image-version.conf": _version_header(tag),
        },
    )


def _hostname(tag: str) -> Variant:
    answer = f'location / {{\n    return 200 "$hostname {tag} $remote_addr\\n";\n}}\n'
    return Variant(
        reference=f"docker.io/pybernetes/hostname:{tag}",
        run=Run(command=("nginx", "-g", "daemon off;"), stop_signal="SIGQUIT", ports=("8080/tcp",)),
        files={
            "etc/nginx/conf.d/default.conf": File(HOSTNAME_SERVER),
            "etc/nginx/answer.conf": File(answer.encode()),
            "etc/nginx/image-version.conf": _version_header(tag),
        },
    )


NGINX = Recipe(
    name="nginx",
    packages=("nginx", "nginx-common", "busybox-static"),
    programs=("usr/sbin/nginx",),
    copies=("etc/nginx/mime.types",),
    busybox=True,
    files=NGINX_FILES,
    variants=(_nginx("1.25"), _nginx("1.26"), _nginx("latest")),
)

# Answers every path on 8080 with one line, "<pod> <tag> <client>", and /healthz with 200, or with 503 while
# /tmp/unhealthy exists. The layer below is nginx's.
HOSTNAME = Recipe(
    name="hostname",
    packages=NGINX.packages,
    programs=NGINX.programs,
    copies=NGINX.copies,
    busybox=True,
    files=NGINX_FILES,
    variants=(_hostname("1.0"), _hostname("2.0")),
)

RECIPES: tuple[Recipe, ...] = (PAUSE, BUSYBOX, NGINX, HOSTNAME, TOOLS)
