"""Real servers, proxies and certificates for the end-to-end tests."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

from support import free_port, is_listening, wait_for

PLACES = "/usr/sbin:/usr/bin:/sbin:/bin"
NGINX = shutil.which("nginx", path=PLACES)
TINYPROXY = shutil.which("tinyproxy", path=PLACES)
SQUID = shutil.which("squid", path=PLACES)
MICROSOCKS = shutil.which("microsocks", path=PLACES)
IS_ROOT = os.getuid() == 0
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


class Server:
    """A program that listens on a port; stopped when the test ends. self.dir
    is a directory of its own."""

    def __init__(self, test, name):
        test.scratch.chmod(0o755)
        self.test = test
        self.dir = pathlib.Path(
            tempfile.mkdtemp(prefix=f"{name}-", dir=test.scratch))
        self.dir.chmod(0o755)
        self.port = free_port()
        self.process = None
        test.addCleanup(self.stop)

    def run(self, *command, port=None):
        with open(self.dir / "output", "ab") as output:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, cwd=self.dir)
        if not wait_for(lambda: is_listening(port or self.port), 30):
            self.test.fail((self.dir / "output").read_text(errors="replace"))

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=20)
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


class Nginx(Server):
    """http is what stands in its http block, with its address where that says
    PORT, and with its directories for WWW, which holds its files, and DIR. Its
    log has a line a request."""

    FORMAT = "$connection $request_method $request_uri $status $http_range"

    def __init__(self, test, http):
        super().__init__(test, "nginx")
        self.log = self.dir / "access.log"
        self.www = self.dir / "www"
        self.www.mkdir()
        user = pwd.getpwuid(os.getuid()).pw_name
        for word, means in (("PORT", f"127.0.0.1:{self.port}"),
                            ("WWW", self.www), ("DIR", self.dir)):
            http = http.replace(word, str(means))
        (self.dir / "nginx.conf").write_text(f"""
            {f"user {user};" if IS_ROOT else ""}
            daemon off; pid {self.dir}/pid; error_log {self.dir}/error.log;
            worker_processes 1; events {{ worker_connections 1000; }}
            http {{
                log_format one "{self.FORMAT}"; access_log {self.log} one;
                client_body_temp_path {self.dir}/t1;
                proxy_temp_path {self.dir}/t2;
                fastcgi_temp_path {self.dir}/t3;
                uwsgi_temp_path {self.dir}/t4;
                scgi_temp_path {self.dir}/t5;
                default_type application/octet-stream; root {self.www};
                {http}
            }}""")

    def start(self, port=None):
        self.run(NGINX, "-e", self.dir / "error.log", "-c",
                 self.dir / "nginx.conf", port=port)
        return self

    def stop(self):
        """At once: its worker too, whose connections are reset."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
        self.process = None

    def requests(self):
        return [line.split() for line in self.log.read_text().splitlines()]


class Tinyproxy(Server):
    def __init__(self, test, config=""):
        super().__init__(test, "tinyproxy")
        self.log = self.dir / "log"
        (self.dir / "conf").write_text(
            f"Port {self.port}\nListen 127.0.0.1\nTimeout 60\n"
            f"LogFile \"{self.log}\"\nLogLevel Connect\nAllow 127.0.0.1\n"
            f"MaxClients 100\n{config}")

    def start(self):
        self.run(TINYPROXY, "-d", "-c", self.dir / "conf")
        return self


class Squid(Server):
    """config: its access rules, and more."""

    def __init__(self, test, config="http_access allow all"):
        super().__init__(test, "squid")
        self.name = f"haul{os.getpid()}x{self.port}"
        self.log = self.dir / "access.log"
        if IS_ROOT:
            shutil.chown(self.dir, "proxy")
        (self.dir / "conf").write_text(f"""
            http_port 127.0.0.1:{self.port}
            pid_filename {self.dir}/pid
            cache_log {self.dir}/cache.log
            access_log stdio:{self.log}
            coredump_dir {self.dir}
            {"cache_effective_user proxy" if IS_ROOT else ""}
            cache_mem 16 MB
            shutdown_lifetime 0 seconds
            negative_ttl 0 seconds
            pinger_enable off
            visible_hostname localhost
            connect_timeout 2 seconds
            {config}
            """)

    def with_log(self, name):
        """Its log has a line a request, in the format of that name."""
        text = (self.dir / "conf").read_text()
        line = f"access_log stdio:{self.log}"
        # The format has to stand before its use.
        (self.dir / "conf").write_text(
            f"{text.replace(line, '')}\n{line} {name}\nbuffered_logs off\n")
        return self

    def requests(self):
        return [line.split() for line in self.log.read_text().splitlines()]

    def start(self):
        self.run(SQUID, "-N", "-n", self.name, "-f", self.dir / "conf")
        return self

    def stop(self):
        super().stop()
        for path in pathlib.Path("/dev/shm").glob(f"{self.name}-*"):
            path.unlink()
        (self.dir / "pid").unlink(missing_ok=True)


class Microsocks(Server):
    def __init__(self, test, *options):
        super().__init__(test, "microsocks")
        self.options = options

    def start(self):
        self.run(MICROSOCKS, "-i", "127.0.0.1", "-p", self.port, *self.options)
        return self


class Certificates:
    """Files made by openssl below a directory; each method returns the name of
    a certificate, whose key is NAME.key."""

    CONFIG = """
        [ca]
        default_ca = own
        [own]
        new_certs_dir = {dir}
        database = {dir}/index
        rand_serial = yes
        unique_subject = no
        default_md = sha256
        policy = any
        copy_extensions = copy
        [any]
        commonName = supplied
        [request]
        [authority]
        basicConstraints = critical, CA:TRUE
        """

    def __init__(self, directory):
        self.dir = directory
        self.dir.mkdir()
        (self.dir / "index").write_text("")
        (self.dir / "conf").write_text(self.CONFIG.format(dir=self.dir))

    def run(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)

    def path(self, name):
        return self.dir / name

    def key(self, name):
        return self.dir / f"{name}.key"

    def authority(self, name):
        self.run("req", "-x509", *EC, "-nodes", "-days", "2", "-subj",
                 f"/CN=haul {name}", "-addext",
                 "basicConstraints=critical,CA:TRUE", "-keyout",
                 self.key(name), "-out", self.path(name))
        return name

    def signed(self, name, authority, subject="IP:127.0.0.1", key=EC,
               dates=("20200101000000Z", "20990101000000Z"),
               extensions=None):
        more = ["-extensions", extensions] if extensions else []
        self.run("req", *key, "-nodes", "-subj", f"/CN={name}", "-addext",
                 f"subjectAltName={subject}", "-keyout", self.key(name), "-out", self.path(f"{name}.csr"))
        self.run("ca", "-batch", "-notext", "-config", self.dir / "conf",
                 "-cert", self.path(authority), "-keyfile",
                 self.key(authority), "-startdate", dates[0], "-enddate",
                 dates[1], "-in", self.path(f"{name}.csr"), "-out",
                 self.path(name), *more)
        return name

    def chain(self, name, *parts):
        self.path(name).write_text(
            "".join(self.path(part).read_text() for part in parts))
        shutil.copy(self.key(parts[0]), self.key(name))
        return name
