"""Connections that are kept, over TLS and HTTP/2: a real nginx counts them, and
a server that talks too much is not believed."""

import os
import pwd
import resource
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import unittest

from real import Nginx
from support import HAUL, MODES, HaulTest, free_port, is_listening, wait_for

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
FILES = 12
RIGHT = b"R" * 1000
WRONG = b"W" * 1000
LONG = b"L" * 20000
UNASKED_S = 0.03


def make_certificate(directory, hosts=("127.0.0.1",)):
    """Signed by itself, for these addresses; returns the names of its two
    files."""
    key, pem = directory / "server.key", directory / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=haul test", "-addext",
         "subjectAltName=" + ",".join(f"IP:{host}" for host in hosts),
         "-keyout", key, "-out", pem], check=True, capture_output=True)
    return key, pem


@unittest.skipUnless(NGINX, "no nginx")
class Reuse(HaulTest):
    """Each way of connecting has a port of its own."""

    def setUp(self):
        super().setUp()
        key, pem = make_certificate(self.scratch)
        self.ports = {name: free_port()
                      for name in ("plain", "tls12", "tls13", "h2", "h2c")}
        www = self.scratch / "www"
        www.mkdir()
        for i in range(FILES):
            (www / f"file{i}").write_bytes(bytes([i]) * (1000 + i))
        self.scratch.chmod(0o755)
        user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        tls = f"ssl_certificate {pem}; ssl_certificate_key {key}; root {www};"
        config = self.scratch / "nginx.conf"
        config.write_text(f"""
            {user} daemon off; pid {self.scratch}/nginx.pid;
            error_log {self.scratch}/error.log; worker_processes 1;
            events {{ worker_connections 512; }}
            http {{
                log_format numbers "$server_port $connection";
                access_log {self.scratch}/access.log numbers;
                client_body_temp_path {self.scratch}/t1;
                proxy_temp_path {self.scratch}/t2;
                fastcgi_temp_path {self.scratch}/t3;
                uwsgi_temp_path {self.scratch}/t4;
                scgi_temp_path {self.scratch}/t5;
                server {{ listen 0.0.0.0:{self.ports["plain"]}; root {www}; }}
                server {{ listen 127.0.0.1:{self.ports["h2c"]} http2; root {www}; }}
                server {{ listen 127.0.0.1:{self.ports["tls12"]} ssl;
                          ssl_protocols TLSv1.2; {tls} }}
                server {{ listen 127.0.0.1:{self.ports["tls13"]} ssl;
                          ssl_protocols TLSv1.3; {tls} }}
                server {{ listen 127.0.0.1:{self.ports["h2"]} ssl http2; {tls} }}
            }}""")
        nginx = subprocess.Popen(
            [NGINX, "-e", f"{self.scratch}/error.log", "-c", str(config)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, nginx)
        self.assertTrue(wait_for(lambda: is_listening(self.ports["h2c"])),
                        "nginx does not listen")

    def stop(self, process):
        process.terminate()
        process.wait(timeout=20)

    def served_by(self, before, files):
        """How many connections served so many files, after so many lines."""
        log = self.scratch / "access.log"
        # The last line is written when the connection's request is over.
        wait_for(lambda: len(log.read_text().splitlines()) == before + files, 10)
        lines = log.read_text().splitlines()[before:]
        self.assertEqual(len(lines), files)
        return len(set(lines))

    def fetch(self, name, mode, *options):
        """All files; returns how many connections served them."""
        scheme = "http" if name in ("plain", "h2c") else "https"
        port = self.ports[name]
        log = self.scratch / "access.log"
        self.dir = self.scratch / f"{name}-{mode}"
        before = len(log.read_text().splitlines())
        report = self.scratch / "report"
        result = self.haul(
            "-m", mode, "-d", self.dir, "--retry", 0, "--cacert", "server.pem",
            "--report", report, *options,
            *[f"{scheme}://127.0.0.1:{port}/file{i}" for i in range(FILES)])
        self.assertEqual(result.returncode, 0, f"{name} {mode}: {result.stderr}")
        for i in range(FILES):
            self.assertEqual((self.dir / f"file{i}").read_bytes(),
                             bytes([i]) * (1000 + i))
        self.rows, _ = self.read_report(report)
        return self.served_by(before, FILES)

    def test_hosts_that_come_again_have_their_connection_still(self):
        """In a shuffled list no host has a URL waiting when it was served."""
        hosts, rounds = 150, 4
        port = self.ports["plain"]
        urls = [f"http://127.0.7.{1 + i % hosts}:{port}/file{i % FILES}?{i}"
                for i in range(hosts * rounds)]
        self.dir = self.scratch / "hosts"
        result = self.haul("-d", self.dir, "-j", 4, "-i", "-",
                           stdin="".join(f"{u}\n" for u in urls))
        self.assertEqual(result.returncode, 0, result.stderr)
        # Some of the first round are closed, before it shows.
        self.assertLess(self.served_by(0, len(urls)), 2 * hosts + 20)

    def test_one_connection_serves_all_that_come_one_by_one(self):
        for mode in MODES:
            for name in ("plain", "tls12", "tls13", "h2"):
                with self.subTest(name=name, mode=mode):
                    self.assertEqual(self.fetch(name, mode, "-j", 1), 1)
                    self.assertEqual({r["http"] for r in self.rows},
                                     {"2" if name == "h2" else "1.1"})

    def test_one_http_2_connection_serves_all_that_come_at_once(self):
        self.assertEqual(self.fetch("h2", "async", "-j", FILES), 1)

    def test_http_2_without_tls_serves_every_file(self):
        for mode in MODES:
            for jobs in (1, 4):
                with self.subTest(mode=mode, jobs=jobs):
                    shutil.rmtree(self.scratch / f"h2c-{mode}", ignore_errors=True)
                    count = 1 if mode == "sequential" else jobs
                    self.fetch("h2c", mode, "--http", 2, "-j", count)
                    self.assertEqual({r["http"] for r in self.rows}, {"2"})
                    self.assertEqual({r["attempts"] for r in self.rows}, {1})


class Talker(threading.Thread):
    """Answers each request over TLS, and a moment later once more."""

    def __init__(self, key, pem, version):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem, key)
        self.context.minimum_version = self.context.maximum_version = version
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.told = 0
        self.connections = 0
        self.start()

    def run(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        # What has been sent is there, not held back for an acknowledgement.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self.context.wrap_socket(raw, server_side=True) as stream:
                self.connections += 1
                self.talk(stream)
        except OSError:
            pass

    def talk(self, stream):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        while stream.recv(65536):
            stream.sendall(head + RIGHT)
            threading.Event().wait(UNASKED_S)
            stream.sendall(head + WRONG)
            self.told += 1


class Babbler(Talker):
    """Puts the unasked answer into one record with the end of the right one."""

    def talk(self, stream):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
        right = head % len(LONG) + LONG
        while stream.recv(65536):
            stream.sendall(right[:15000])
            threading.Event().wait(UNASKED_S)
            stream.sendall(right[15000:] + head % len(WRONG) + WRONG)


class Unasked(HaulTest):
    def check_record(self, mode, version, *options):
        key, pem = make_certificate(self.scratch)
        server = Babbler(key, pem, version)
        self.addCleanup(server.listener.close)
        self.dir = self.scratch / f"record-{mode}-{version.name}-{len(options)}"
        urls = [f"https://127.0.0.1:{server.port}/file{i}" for i in range(4)]
        run = self.haul("-m", mode, "-d", self.dir, "--retry", 0,
                        "--cacert", pem, *(options or ("-j", 1)), *urls)
        self.assertEqual(run.returncode, 0, run.stderr)
        for i in range(4):
            self.assertEqual((self.dir / f"file{i}").read_bytes(), LONG, i)
        self.assertEqual(server.connections, 4)

    def test_an_unasked_answer_in_the_record_of_the_first(self):
        """OpenSSL has read it, so that the socket is empty."""
        for mode in MODES:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(mode=mode, version=version.name):
                    self.check_record(mode, version)
        self.check_record("async", ssl.TLSVersion.TLSv1_3, "-j", 2, "--loops", 2)

    def check(self, mode, version):
        key, pem = make_certificate(self.scratch)
        server = Talker(key, pem, version)
        self.addCleanup(server.listener.close)
        self.dir = self.scratch / f"{mode}-{version.name}"
        process = subprocess.Popen(
            [HAUL, "-m", mode, "-d", str(self.dir), "-j", "1", "--retry", "0",
             "--cacert", str(pem), "-q", "-i", "-"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.scratch, env=self.environment())
        self.addCleanup(self.end, process)
        for i in range(1, 6):
            process.stdin.write(f"https://127.0.0.1:{server.port}/file{i}\n")
            process.stdin.flush()
            path = self.dir / f"file{i}"
            self.assertTrue(wait_for(lambda: path.exists() and server.told == i, 20),
                            f"{path.name}: {server.told} answers told")
            self.assertEqual(path.read_bytes(), RIGHT, path.name)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(server.connections, 5)

    def test_an_unasked_answer_over_tls_is_nobodys(self):
        for mode in MODES:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(mode=mode, version=version.name):
                    self.check(mode, version)


class FewPlaces(HaulTest):
    """A server that serves so many connections and lets all others wait, for as
    long as the first are open."""

    def fetch(self, files, jobs):
        origin = self.serve("--connections", "4", "--latency", "20ms")
        (self.scratch / "list").write_text("".join(
            f"{origin}/bytes/1000?{n}\n" for n in range(files)))
        result = self.haul("get", "-i", "list", "-d", self.dir, "-x", "0",
                           "-j", jobs, "--report", "r.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(list(self.dir.rglob("[0-9]*"))), files)
        rows, _ = self.read_report(self.scratch / "r.jsonl")
        # No attempt had to be given up for that.
        self.assertEqual({row["attempts"] for row in rows}, {1})

    def test_idle_connections_make_room_at_the_end_of_the_list(self):
        self.fetch(10, 10)

    def test_connections_in_use_make_room_meanwhile(self):
        self.fetch(1500, 6)

    def test_auto_jobs_come_to_an_end(self):
        self.fetch(400, "auto")


class Slow(socketserver.StreamRequestHandler):
    """Takes its time for each answer or for each new connection. Counts these,
    and ends them after some answers."""

    def handle(self):
        server = self.server
        server.connections += 1
        time.sleep(server.first_s)
        for _ in range(server.answers):
            if not self.rfile.readline():
                return
            while self.rfile.readline().strip():
                pass
            time.sleep(server.each_s)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")


class SlowServer(HaulTest):
    def slow(self, each_s, first_s=0, answers=1000):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow)
        server.daemon_threads = True
        server.connections = 0
        server.each_s, server.first_s, server.answers = each_s, first_s, answers
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        return server

    def fetch(self, urls, jobs=4):
        (self.scratch / "list").write_text("".join(f"{u}\n" for u in urls))
        result = self.haul("get", "-i", "list", "-d", self.dir, "-x", "0", "-j",
                           jobs)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_it_keeps_its_connections(self):
        server = self.slow(1.3)
        self.fetch(f"{server.url}/{n}" for n in range(12))
        self.assertEqual(server.connections, 4)

    def test_it_keeps_them_beside_a_fast_one(self):
        server, fast = self.slow(2.2), self.slow(0.01)
        urls = []
        for n in range(4):
            urls += [f"{fast.url}/{n}-{k}" for k in range(9)]
            urls.append(f"{server.url}/{n}")
        self.fetch(urls, jobs=1)
        self.assertEqual(server.connections, 1)

    def test_new_connections_that_take_long_are_kept(self):
        server = self.slow(0.02, first_s=1.5, answers=40)
        self.fetch(f"{server.url}/{n}" for n in range(800))
        # As many as it ends, and those that the last files come on.
        self.assertLessEqual(server.connections, 20 + 4)


@unittest.skipUnless(NGINX, "no nginx")
@unittest.skipIf(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 13_000,
                 "too few open files for the connections")
class ManyHosts(HaulTest):
    """As many as one in four of the connections that haul keeps."""

    HOSTS = [f"127.0.{8 + i // 200}.{1 + i % 200}" for i in range(400)]

    def setUp(self):
        super().setUp()
        key, pem = make_certificate(self.scratch, self.HOSTS)
        port = free_port()
        self.nginx = Nginx(self, f"""
            keepalive_timeout 600;
            server {{ listen 0.0.0.0:{port} ssl backlog=1000; return 200 x;
                      ssl_certificate {pem}; ssl_certificate_key {key}; }}
            server {{ listen PORT; }}""")
        self.nginx.start()
        self.port = port

    def test_tls_connections_of_all_are_kept(self):
        urls = [f"https://{host}:{self.port}/{turn}"
                for turn in (1, 2) for host in self.HOSTS]
        result = self.haul("-d", self.dir, "-j", 200, "-x", 1, "-i", "-",
                           "--cacert", "server.pem", "--report", "report",
                           stdin="".join(f"{u}\n" for u in urls))
        self.assertEqual(result.returncode, 0, result.stderr)
        rows, _ = self.read_report(self.scratch / "report")
        fresh = sum(not row["reused"] for row in rows)
        self.assertLess(fresh, len(self.HOSTS) + 20)


if __name__ == "__main__":
    unittest.main()
