"""TLS, HTTP/2 and proxies, with a real nginx and a real proxy."""

import os
import pwd
import shutil
import signal
import subprocess
import unittest

from resolvers import NameServer
from support import HAUL, MODES, HaulTest, free_port, is_listening, wait_for

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
TINYPROXY = shutil.which("tinyproxy", path="/usr/sbin:/usr/bin:/sbin:/bin")


def run(*arguments):
    subprocess.run(arguments, check=True, capture_output=True)


@unittest.skipUnless(NGINX, "no nginx")
class Tls(HaulTest):
    def setUp(self):
        super().setUp()
        self.make_certificates()
        self.port = free_port()
        self.plain = free_port()
        www = self.scratch / "www"
        www.mkdir()
        for i in range(8):
            (www / f"file{i}").write_bytes(bytes([i]) * (10000 + i))
        self.scratch.chmod(0o755)
        config = self.scratch / "nginx.conf"
        user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        config.write_text(f"""
            {user} daemon off; pid {self.scratch}/nginx.pid;
            error_log {self.scratch}/error.log; worker_processes 1;
            events {{ worker_connections 512; }}
            http {{
                access_log {self.scratch}/access.log;
                client_body_temp_path {self.scratch}/t1;
                proxy_temp_path {self.scratch}/t2;
                fastcgi_temp_path {self.scratch}/t3;
                uwsgi_temp_path {self.scratch}/t4;
                scgi_temp_path {self.scratch}/t5;
                server {{
                    listen 127.0.0.1:{self.port} ssl http2;
                    listen 127.0.0.1:{self.plain};
                    ssl_certificate {self.scratch}/server.pem;
                    ssl_certificate_key {self.scratch}/server.key;
                    root {www};
                }}
            }}""")
        self.nginx = subprocess.Popen(
            [NGINX, "-e", f"{self.scratch}/error.log", "-c", str(config)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, self.nginx)
        self.assertTrue(wait_for(lambda: is_listening(self.port)),
                        "nginx does not listen")

    def stop(self, process):
        process.terminate()
        process.wait(timeout=20)

    def make_certificates(self):
        s = self.scratch
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
            "2", "-subj", "/CN=haul test CA", "-keyout", f"{s}/ca.key", "-out",
            f"{s}/ca.pem")
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj",
            "/CN=localhost", "-keyout", f"{s}/server.key", "-out", f"{s}/server.csr")
        (s / "san").write_text("subjectAltName=DNS:localhost,DNS:one.example,"
                               "IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", f"{s}/server.csr", "-CA",
            f"{s}/ca.pem", "-CAkey", f"{s}/ca.key", "-days", "2", "-extfile",
            f"{s}/san", "-out", f"{s}/server.pem", "-CAcreateserial")

    def url(self, i, host="localhost"):
        return f"https://{host}:{self.port}/file{i}"

    def test_a_private_ca_is_trusted_when_given_and_h2_is_chosen(self):
        report = self.scratch / "report"
        for mode in MODES:
            self.dir = self.scratch / mode
            result = self.haul(
                "-m", mode, "-d", self.dir, "--cacert", "ca.pem", "--resolve",
                f"localhost:{self.port}:127.0.0.1", "--report", report,
                *[self.url(i) for i in range(8)])
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(self.names()), 8)
            rows, _ = self.read_report(report)
            self.assertEqual({r["http"] for r in rows}, {"2"})
            for i in range(8):
                self.assertEqual((self.dir / f"file{i}").read_bytes(),
                                 bytes([i]) * (10000 + i))

    def test_http_1_1_can_be_asked_for(self):
        report = self.scratch / "report"
        self.haul("--http", "1.1", "-d", self.dir, "--cacert", "ca.pem",
                  "--report", report, self.url(0))
        rows, _ = self.read_report(report)
        self.assertEqual(rows[0]["http"], "1.1")

    def test_without_the_ca_the_server_is_refused_at_once(self):
        for mode in MODES:
            result = self.haul("-m", mode, "-d", self.dir, self.url(0))
            self.assert_one_line(result, 8, self.url(0), "tls", "certificate")
        self.assertEqual(self.names(), [])

    def test_a_wrong_name_is_refused(self):
        for mode in MODES:
            url = self.url(0, "wrong.example")
            result = self.haul(
                "-m", mode, "-d", self.dir, "--cacert", "ca.pem", "--resolve",
                f"wrong.example:{self.port}:127.0.0.1", url)
            self.assert_one_line(result, 8, url, "tls")
        self.assertEqual(self.names(), [])

    def test_insecure_is_said_in_the_summary(self):
        result = self.haul("-k", "-d", self.dir, self.url(0))
        self.assertEqual(result.returncode, 0)
        self.assertIn("not checked", result.stderr)

    @unittest.skipUnless(TINYPROXY, "no tinyproxy")
    def test_through_a_proxy(self):
        port = free_port()
        log = self.scratch / "proxy.log"
        config = self.scratch / "tinyproxy.conf"
        config.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 60\n"
                          f"LogFile \"{log}\"\nLogLevel Connect\n"
                          f"Allow 127.0.0.1\nMaxClients 50\n")
        proxy = subprocess.Popen([TINYPROXY, "-d", "-c", str(config)],
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, proxy)
        self.assertTrue(wait_for(lambda: is_listening(port)))
        for mode in MODES:
            self.dir = self.scratch / mode
            result = self.haul(
                "-m", mode, "-d", self.dir, "--cacert", "ca.pem", "--proxy",
                f"http://127.0.0.1:{port}", self.url(0, "127.0.0.1"),
                f"http://127.0.0.1:{self.plain}/file1")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.names(), ["file0", "file1"])
        text = log.read_text()
        self.assertIn("CONNECT 127.0.0.1", text)
        self.assertIn("GET http://127.0.0.1", text)
        result = self.haul("-d", self.dir, "--retry", "0", "--proxy",
                           f"http://127.0.0.1:{free_port()}", "--noproxy",
                           "127.0.0.1", f"http://127.0.0.1:{self.plain}/file2")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_proxy_of_the_environment_is_used(self):
        url = f"http://127.0.0.1:{self.plain}/file1"
        dead = f"http://127.0.0.1:{free_port()}"
        for name in ("http_proxy", "all_proxy", "ALL_PROXY"):
            proxied = self.environment(**{name: dead})
            result = self.haul("-d", self.dir, "--retry", "0", url, env=proxied)
            self.assert_one_line(result, 8, url, "connect")
            result = self.haul(
                "-d", self.scratch / name, "--retry", "0", url,
                env=proxied | {"no_proxy": "127.0.0.1"})
            self.assertEqual(result.returncode, 0, result.stderr)


class HangingLookup(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = NameServer(self, lambda name, kind: None)

    def test_two_interrupts_end_it(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.server.asked.clear()
                process = subprocess.Popen(
                    self.server.wrap(HAUL, "-m", mode, "-d", str(self.dir),
                                     "--connect-timeout", "60", "--debug",
                                     "transfer", "http://slow.example/x"),
                    stderr=subprocess.PIPE, text=True, start_new_session=True,
                    env=self.environment())
                self.addCleanup(self.end, process)
                self.server.wait_for_query()
                os.killpg(process.pid, signal.SIGINT)
                os.killpg(process.pid, signal.SIGINT)
                process.communicate(timeout=10)
                self.assertEqual(process.returncode, 7)


if __name__ == "__main__":
    unittest.main()
