"""What is fetched: an origin with all of its faults, and an nginx that is
killed and restarted; what they serve; what they were asked for."""

import collections
import contextlib
import hashlib
import http.client
import os
import random
import signal
import subprocess
import threading

import plan
from soak import NGINX, Nginx, free_port

FAULTS = ("503", "429", "500", "404", "reset", "truncate", "stall", "slow")
COUNTERS = 32 * 8  # bytes; as in tests/support/strike.c
STRIKE = os.environ["HAUL_STRIKE"]
ORIGIN_HOSTS = [f"o{i}.chaos.test" for i in range(12)]
NGINX_HOSTS = [f"n{i}.chaos.test" for i in range(4)]
LOG = "$msec\\t$request_time\\t$request_uri\\t$status\\t$http_range"


def struck(text, scratch, tag):
    """The environment of a process that this befalls."""
    counts = scratch / f"counts-{tag}"
    counts.write_bytes(bytes(COUNTERS))
    sanitizer = os.environ.get("ASAN_OPTIONS", "")
    return {
        "LD_PRELOAD": STRIKE, "STRIKE_PLAN": text,
        "STRIKE_COUNTS": str(counts),
        "STRIKE_LOG": str(scratch / f"struck-{tag}"),
        # The preload stands before the sanitizers' library.
        "ASAN_OPTIONS": f"{sanitizer}:verify_asan_link_order=0",
    }


def lines_of(path):
    try:
        return [line.split("\t") for line in
                path.read_text(errors="replace").splitlines()]
    except FileNotFoundError:
        return []


def content(*words, size):
    return hashlib.shake_128(repr(words).encode()).digest(size)


class File:
    """One line of the list."""

    __slots__ = ("name", "path", "url", "size", "expected", "version")

    def is_static(self):
        return self.path.startswith("/f/")


class MortalNginx(Nginx):
    """Whenever it dies, another takes its place, with the next plan."""

    def __init__(self, test, seed, stride, server, http):
        self.test = test
        self.seed = seed
        self.stride = stride
        self.lives = 0
        self.ended = False
        self.lock = threading.Lock()  # of ended, and of a launch
        super().__init__(test, server, http=http, log=LOG)
        self.keeper = threading.Thread(target=self._keep, daemon=True)
        self.keeper.start()
        test.addCleanup(self.end)

    def launch(self):
        text = plan.nginx_life(self.seed, self.lives, self.stride)
        self.env = os.environ | struck(text, self.test.scratch,
                                       f"nginx-{self.lives}")
        self.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "")
        self.lives += 1
        super().launch()

    def _keep(self):
        while True:
            self.process.wait()
            with self.lock:
                if self.ended:
                    return
                self.launch()

    def end(self):
        """Ends the master and its workers: a worker outlives a master that is
        killed."""
        with self.lock:
            self.ended = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.keeper.join()

    def stop(self):
        """Its keeper ends it."""

    def strikes(self):
        """What befell it so far, by kind."""
        return collections.Counter(
            row[0] for i in range(self.lives)
            for row in lines_of(self.test.scratch / f"struck-nginx-{i}"))


class World:
    def __init__(self, test, seed, urls, stride, percent):
        if NGINX is None:
            test.skipTest("no nginx")
        self.test = test
        self.seed = seed
        self.urls = urls
        self.www = test.scratch / "www"
        (self.www / "f").mkdir(parents=True)
        self._start_origin(percent)
        self._start_nginx(stride)

    def _start_origin(self, percent):
        self.log = self.test.scratch / "origin.log"
        faults = [word for fault in FAULTS
                  for word in ("--fault", f"{fault}={percent}")]
        seed = ("--seed", str(self.seed))
        self.origin = self.test.serve(*faults, *seed, "--log", self.log)
        # The same bodies, and the same paths without one.
        self.truth = self.test.serve("--fault", f"404={percent}", *seed)

    def _start_nginx(self, stride):
        scratch = self.test.scratch
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=chaos", "-addext", "subjectAltName=DNS:*.chaos.test", "-keyout",
             scratch / "key", "-out", scratch / "cert"],
            check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.tls = free_port()
        self.nginx = MortalNginx(
            self.test, self.seed, stride,
            f"listen 127.0.0.1:{self.tls} ssl http2; "
            f"ssl_certificate {scratch}/cert; "
            f"ssl_certificate_key {scratch}/key; root {self.www}; "
            f"location /bytes/ {{ proxy_pass {self.origin}; "
            f"proxy_buffering off; proxy_next_upstream off; }}",
            "output_buffers 2 8k;")

    def options(self):
        """What a run needs to find all this."""
        port = {host: self.port_of(self.origin) for host in ORIGIN_HOSTS}
        words = ["--cacert", self.test.scratch / "cert"]
        for host in ORIGIN_HOSTS:
            words += ["--resolve", f"{host}:{port[host]}:127.0.0.1"]
        for host in NGINX_HOSTS:
            for at in (self.nginx.port, self.tls):
                words += ["--resolve", f"{host}:{at}:127.0.0.1"]
        return words

    @staticmethod
    def port_of(url):
        return int(url.rsplit(":", 1)[1])

    def make_list(self, round_):
        """New files, which nobody has asked for yet."""
        rng = random.Random(f"list {self.seed} {round_}")
        self.files = [self._file(rng, round_, i) for i in range(self.urls)]
        self.by_name = {file.name: file for file in self.files}
        self.by_path = {file.path: file for file in self.files}
        self._ask_for_truth()
        return self.test.write_list(
            f"list-{round_}.tsv",
            (f"{file.url}\t{file.name}" for file in self.files))

    def _file(self, rng, round_, i):
        file = File()
        file.name = f"{i % 7}/{i}{rng.choice(('.bin', '.tar.gz', ''))}"
        file.version = 0
        way = rng.choices(("origin", "h1", "h2", "file", "file2"),
                          weights=(4, 1, 2, 2, 2))[0]
        static = way.startswith("file")
        kind = rng.random()
        file.size = rng.randint(0, 3000)
        if kind < (0.12 if static else 0.05):
            file.size = rng.randint(257_000, 1_000_000)
        elif kind < 0.3:
            file.size = rng.randint(3000, 60_000)
        if static:
            file.path = f"/f/{round_}-{i}"
            self.write(file)
        else:
            file.path = f"/bytes/{file.size}?{self.seed}-{round_}-{i}"
        file.url = self._place(way, i) + file.path
        return file

    def _place(self, way, i):
        if way == "origin":
            host = ORIGIN_HOSTS[i % len(ORIGIN_HOSTS)]
            return f"http://{host}:{self.port_of(self.origin)}"
        host = NGINX_HOSTS[i % len(NGINX_HOSTS)]
        return f"https://{host}:{self.tls}" if way.endswith("2") \
            else f"http://{host}:{self.nginx.port}"

    def write(self, file):
        """Gives a static file its next version, of the same length. nginx tells
        versions apart by length and second."""
        data = content(file.path, file.version, size=file.size)
        new = self.www / "new"
        new.write_bytes(data)
        os.utime(new, (1_700_000_000 + 10 * file.version,) * 2)
        new.rename(self.www / file.path[1:])
        file.version += 1
        file.expected = hashlib.sha256(data).digest()

    def _ask_for_truth(self):
        """What the origin serves, by an origin without faults."""
        to = http.client.HTTPConnection("127.0.0.1", self.port_of(self.truth))
        for file in self.files:
            if file.is_static():
                continue
            to.request("GET", file.path)
            with to.getresponse() as answer:
                body = answer.read()
            assert answer.status in (200, 404), answer.status
            file.expected = hashlib.sha256(body).digest() \
                if answer.status == 200 else None
        to.close()

    def requests(self):
        return Requests(lines_of(self.log), lines_of(self.nginx.log),
                        self.by_path)


class Requests:
    """What was asked for until now, of the files of this round. nginx logs a
    request when it is over, and none that it did not live to end."""

    def __init__(self, origin, nginx, files):
        self.count = collections.Counter()
        self.faults = 0
        self.resumed = 0
        self.begun = collections.defaultdict(list)  # of nginx's: when
        for path, range_, fault in origin:
            if path not in files:
                continue
            self.count[path] += 1
            self.faults += fault not in ("-", "404")
            self.resumed += range_ != "-"
        for end, took, path, status, range_ in nginx:
            if path not in files or not files[path].is_static():
                continue
            self.count[path] += 1
            self.begun[path].append(float(end) - float(took))
            self.resumed += status == "206"

    def total(self):
        return sum(self.count.values())
