"""The server that the tools are measured against: nginx on 127.0.0.0/8, with
files in memory, and certificates of an authority made for the run."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from ports import is_listening

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
ECHO_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")
SYSTEM_CAS = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
BLOCK = os.urandom(1 << 20)  # large files repeat it
TICKS = os.sysconf("SC_CLK_TCK")

# The body of each kind of small file: its name in URLs, and how long it is.
SIZES = {"tiny": 100, "1k": 1_000, "10k": 10_000}

# One worker: the client has one busy thread, so each has a core of its own on
# two cores. With two workers three would share them, and which of the three
# waits is luck, of accept and of the scheduler.
#
# Any path below a kind's name has that kind's bytes, so lists may be of any
# length while the server has one file open for each kind.
CONFIG = """
load_module {echo_module};
{user}
daemon off; pid {dir}/pid; error_log {dir}/error.log;
worker_processes {workers}; worker_rlimit_nofile {files};
events {{ worker_connections {files}; }}
http {{
    access_log off; default_type application/octet-stream;
    client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2;
    fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4;
    scgi_temp_path {dir}/t5;
    sendfile on; tcp_nopush on; open_file_cache max=100 inactive=1h;
    open_file_cache_valid 1h;
    keepalive_requests 1000000000; keepalive_timeout 600;
    ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
    # Every new connection is a full handshake, for every tool.
    ssl_session_cache off; ssl_session_tickets off;
    server {{
        listen 0.0.0.0:{http} backlog=4096;
        location ~ ^/(tiny|1k|10k|large|eighth)/ {{ alias {dir}/files/$1; }}
        location /slow/ {{ echo_sleep 1; echo -n {slow}; }}
    }}
    server {{
        listen 0.0.0.0:{h2} backlog=4096 ssl http2;
        location ~ ^/(tiny|1k|10k)/ {{ alias {dir}/files/$1; }}
    }}
    server {{
        listen 0.0.0.0:{closing} backlog=4096 ssl;
        keepalive_timeout 0;
        location ~ ^/(tiny|1k|10k)/ {{ alias {dir}/files/$1; }}
    }}
}}
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("0.0.0.0", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def make_certificates(directory):
    """An authority, a server's certificate, and the system's bundle with the
    authority added: what a tool that trusts one more has to read."""

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], cwd=directory,
                       check=True, capture_output=True, timeout=60)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem",
            "-days", 2, "-subj", "/CN=haul bench authority")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr",
            "-subj", "/CN=localhost")
    (directory / "ext").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", 2, "-extfile", "ext",
            "-out", "server.pem")
    bundle = directory / "bundle.pem"
    bundle.write_bytes(SYSTEM_CAS.read_bytes() +
                       (directory / "ca.pem").read_bytes())
    return bundle


class Server:
    """Runs within `with`. large is the size of the largest file."""

    def __init__(self, directory, files, large, workers=1):
        self.dir = directory
        self.files = directory / "files"
        self.files.mkdir(parents=True)
        self.bundle = make_certificates(directory)
        self.bodies = {kind: BLOCK[:size] for kind, size in SIZES.items()}
        for kind, body in self.bodies.items():
            (self.files / kind).write_bytes(body)
        self.bodies["slow"] = b"a body that took a second"
        self.sizes = {kind: len(body) for kind, body in self.bodies.items()}
        self.sizes |= {"large": large, "eighth": large // 8}
        self.http, self.h2, self.closing = free_ports(3)
        user = pwd.getpwuid(os.getuid()).pw_name
        (directory / "nginx.conf").write_text(CONFIG.format(
            dir=directory, echo_module=ECHO_MODULE, workers=workers,
            user=f"user {user};" if os.getuid() == 0 else "", files=files,
            http=self.http, h2=self.h2, closing=self.closing,
            slow=f'"{self.bodies["slow"].decode()}"'))

    def __enter__(self):
        # nginx ends when whoever started it does, however that happens.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", NGINX, "-e",
             f"{self.dir}/error.log", "-c", f"{self.dir}/nginx.conf"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not is_listening(self.http):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError((self.dir / "error.log").read_text())
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def make_large_files(self):
        """Written once, when a workload wants them."""
        for kind in ("large", "eighth"):
            path = self.files / kind
            if path.exists():
                continue
            with open(path, "wb") as out:
                for _ in range(self.sizes[kind] // len(BLOCK)):
                    out.write(BLOCK)

    def cpu(self):
        """Seconds that nginx's workers have used so far."""
        children = pathlib.Path(
            f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        total = 0
        for pid in children.read_text().split():
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            fields = stat.rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def url(self, kind, n, host="127.0.0.1"):
        return f"http://{host}:{self.http}/{kind}/{n}"

    def h2_url(self, kind, n):
        return f"https://127.0.0.1:{self.h2}/{kind}/{n}"

    def closing_url(self, kind, n):
        return f"https://127.0.0.1:{self.closing}/{kind}/{n}"
