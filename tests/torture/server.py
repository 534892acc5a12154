"""A real nginx that serves what the runs fetch."""

import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from ports import free_port, is_listening

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
LARGE = 600_000


def content(name, size):
    """Bytes that no other name has."""
    line = f"{name} ".encode()
    return (line * (size // len(line) + 1))[:size]


class Server:
    """Files below www, which may change while it runs."""

    def __init__(self, scratch):
        self.www = scratch / "www"
        self.www.mkdir()
        for name, size in (("small", 3000), ("target", 2000), ("empty", 0),
                           ("large", LARGE), ("resumed", LARGE),
                           ("done", 5000), ("taken", 1500), ("by-name", 700)):
            self.put(name, content(name, size))
        self.change("old")
        self.port = free_port()
        config = scratch / "nginx.conf"
        root = os.getuid() == 0
        user = f"user {pwd.getpwuid(0).pw_name};" if root else ""
        temporary = "".join(
            f"{kind}_temp_path {scratch}/{kind}; "
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config.write_text(f"""
            {user} daemon off; pid {scratch}/nginx.pid; worker_processes 1;
            error_log {scratch}/error.log;
            events {{ worker_connections 1024; }}
            http {{ access_log off; {temporary}
                server {{ listen 127.0.0.1:{self.port}; root {self.www};
                    location /moved {{ return 302 /target; }} }} }}""")
        self.process = subprocess.Popen(
            [NGINX, "-e", f"{scratch}/error.log", "-c", str(config)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not is_listening(self.port):
            if time.monotonic() > end:
                raise RuntimeError("nginx does not listen")
            time.sleep(0.01)

    def put(self, name, body):
        (self.www / name).write_bytes(body)

    def change(self, version):
        """The one file that is another later."""
        self.put("changed", content(version, 4000))
        moment = {"old": 1_000_000_000, "new": 1_500_000_000}[version]
        os.utime(self.www / "changed", (moment, moment))

    def url(self, name, host="127.0.0.1"):
        return f"http://{host}:{self.port}/{name}"

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
