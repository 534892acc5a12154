"""How runs end where something is wrong here or there, and that the next one
takes up what failed for it."""

import os
import re
import resource
import signal
import socket
import subprocess
import time

import soak
from soak import MODES, Soak, figure, size

DISK_FULL = 9
INTERRUPTED = 7
FAILED = 8


def run_tool(*arguments):
    subprocess.run(arguments, check=True, capture_output=True)


class Retried(Soak):
    def test_a_dead_port_and_a_misspelt_host_end_by_the_retry_rules(self):
        quick = size((), ("--retry-delay", "0.2"))
        seconds = []
        for url, errors in (("http://127.0.0.1:1/x", ("connect",)),
                            ("http://no-such-host.invalid/x",
                             ("nodomain", "dns"))):
            report = self.scratch / "report"
            run = self.fetch("-d", self.dir, "--report", report, *quick, url,
                             status=FAILED)
            rows, _ = self.read_report(report)
            self.assertIn(rows[0]["error"], errors)
            seconds.append(run.seconds)
            self.assertLess(run.seconds, 70)
        figure(f"a dead port ends after {seconds[0]:.1f} s, a misspelt host "
               f"after {seconds[1]:.1f} s")


    def test_a_page_that_hangs_is_no_outage(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        origin = self.nginx(f"""
            location / {{ return 200 "body"; }}
            location /hangs/ {{
                proxy_pass http://127.0.0.1:{silent.getsockname()[1]}; }}""")
        report = self.scratch / "report"
        run = self.fetch("-d", self.dir, "--report", report, "--max-time", "4",
                         "--retry", "3", "--retry-delay", "0.1",
                         origin.url("hangs/x"), origin.url("y"), status=FAILED)
        rows, _ = self.read_report(report)
        self.assertEqual({r["error"] for r in rows}, {None, "timeout"})
        self.assertLess(run.seconds, 40)


class TakenUp(Soak):
    def rows_of(self, *arguments, status):
        report = self.scratch / "report"
        self.fetch("-d", self.dir, "--report", report, *arguments,
                   status=status)
        return self.read_report(report)[0]

    def check(self, error, before, after, *urls):
        """Fails by these options, is not asked for again by the same ones, and
        is taken up by others."""
        rows = self.rows_of(*before, *urls, status=FAILED)
        self.assertEqual({r["error"] for r in rows}, {error})
        rows = self.rows_of(*before, *urls, status=FAILED)
        self.assertEqual({r["attempts"] for r in rows}, {0})
        rows = self.rows_of(*after, *urls, status=0)
        self.assertEqual({r["outcome"] for r in rows}, {"ok"})

    def test_after_max_filesize_is_raised(self):
        origin = self.serve()
        self.check("too_large", ("--max-filesize", "1000"),
                   ("--max-filesize", "10k"),
                   *[f"{origin}/bytes/5000?{i}" for i in range(5)])

    def test_after_accept_type_is_widened(self):
        origin = self.serve()
        self.check("type", ("--accept-type", "image/*"),
                   ("--accept-type", "image/*,application/*"),
                   *[f"{origin}/bytes/5000?{i}" for i in range(5)])

    def test_after_cacert_is_added(self):
        s = self.scratch
        run_tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                 "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                 "subjectAltName=IP:127.0.0.1", "-keyout", s / "key", "-out",
                 s / "cert")
        port = soak.free_port()
        self.nginx(f"listen 127.0.0.1:{port} ssl; ssl_certificate {s}/cert; "
                   f"ssl_certificate_key {s}/key; return 200 \"body\";")
        self.check("tls", (), ("--cacert", s / "cert"),
                   *[f"https://127.0.0.1:{port}/{i}" for i in range(5)])

    def test_after_a_full_disk_is_freed(self):
        disk = self.scratch / "disk"
        disk.mkdir()
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk],
            capture_output=True)
        if mount.returncode != 0:
            self.skipTest("no filesystem can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        origin = self.nginx('location / { root %s; }' % self.scratch, log=True)
        (self.scratch / "large").write_bytes(os.urandom(200_000))
        (self.scratch / "larger").write_bytes(os.urandom(400_000))
        urls = [origin.url(f"large{'' if i % 2 else 'r'}?{i}")
                for i in range(60)]
        for mode in MODES:
            directory = disk / mode
            options = ("-q", "-m", mode, "-d", directory, "-i",
                       self.write_list("list", urls), "-o", "{query}")
            run_tool("mount", "-o", "remount,size=3m", disk)
            self.fetch(*options, status=DISK_FULL)
            journal = (directory / ".haul" / "journal").read_text()
            self.assertIn("\nd\t", journal, "what was done is on record")
            there = [p for p in directory.iterdir() if p.name.isdigit()]
            self.assertGreater(len(there), 2)
            # A file whose record found no room is asked for once more.
            known = set(re.findall(r"^d\t\w+\t(\d+)\t.*\n", journal, re.M))
            time.sleep(1.2)
            asked = len(origin.requests())
            run_tool("mount", "-o", "remount,size=100m", disk)
            self.fetch(*options)
            time.sleep(1.2)
            self.assertLessEqual(len(origin.requests()) - asked,
                                 len(urls) - len(known), mode)
            for i in range(60):
                self.assertEqual((directory / str(i)).stat().st_size,
                                 200_000 if i % 2 else 400_000)
            self.assertFalse(list(directory.glob("*.part")))
            run_tool("rm", "-r", directory)


class Limits(Soak):
    def setUp(self):
        super().setUp()
        port = self.serve("--bind", "0.0.0.0", "--latency", "30ms")
        port = port.rsplit(":")[-1]
        # Connections to many hosts, which are kept, are open files too.
        self.urls = [f"http://127.0.5.{1 + i % 150}:{port}/bytes/"
                     f"{3000 if i % 10 else 300_000}?{i}"
                     for i in range(size(2000, 400))]
        self.list = self.write_list("list", self.urls)

    def begin_many(self, mode, **more):
        self.dir = self.scratch / mode
        return self.begin("-m", mode, "-j", "200", "-x", "0", "-i", self.list,
                          "-d", self.dir, "-o", "{query}", **more)

    def test_a_limit_of_open_files_lowers_the_concurrency(self):
        for mode in ("async", "threads"):
            run = self.begin_many(mode, wrap=("prlimit", "--nofile=64:64"))
            self.finish(run)
            self.assertEqual(len(self.names()), len(self.urls))
            self.assertIn("needs more than the limit of 64 open files", run.stderr)

    def test_open_files_that_run_out_lower_the_concurrency(self):
        for mode in ("async", "threads"):
            run = self.begin_many(mode)
            self.assertTrue(soak.wait_for(
                lambda: (self.dir / ".haul" / "journal").exists()))
            resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (60, 60))
            self.finish(run)
            self.assertEqual(len(self.names()), len(self.urls))
            self.assertIn("too few open files", run.stderr)


class Signals(Soak):
    def test_orders_to_stop_end_a_run_with_7(self):
        origin = self.serve("--bandwidth", "3k")
        runs = []
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            for mode in MODES:
                directory = self.scratch / f"{mode}-{number}"
                run = self.begin("-q", "-m", mode, "-j", "2", "-d", directory,
                                 *[f"{origin}/bytes/900000?{i}"
                                   for i in range(4)])
                runs.append((run, number, directory, mode))
        for run, number, directory, mode in runs:
            self.assertTrue(soak.wait_for(
                lambda: (directory / ".haul" / "journal").exists()))
        time.sleep(size(3, 2))
        sent = time.monotonic()
        for run, number, _, _ in runs:
            run.signal(number)
        for run, number, _, mode in runs:
            self.finish(run, INTERRUPTED, 30)
        took = time.monotonic() - sent
        figure(f"{len(runs)} runs over a stalled body end {took:.1f} s after "
               f"the signal")
        self.assertLess(took, size(7.5, 15))

    def test_a_closed_pipe_does_not_kill_it(self):
        origin = self.serve()
        urls = [f"{origin}/{'bytes/100?' if i % 2 else 'none/'}{i}"
                for i in range(200)]
        path = self.write_list("list", urls)
        for mode in MODES:
            self.dir = self.scratch / mode
            process = subprocess.Popen(
                [soak.HAUL, "-v", "-m", mode, "-i", path, "-d", self.dir, "-o",
                 "{query}-{name}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=self.environment())
            process.stdout.close()
            process.stderr.close()
            self.assertEqual(process.wait(60), FAILED, mode)
            self.assertEqual(len(self.names()), 100)


if __name__ == "__main__":
    soak.main()
