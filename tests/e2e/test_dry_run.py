"""Before a run and after it: the config, the dry run, checksums, allowed
failures, what is said at the end."""

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time

from limited import USER
from support import HAUL, MODES, HaulTest, free_port, is_listening, wait_for


class Config(HaulTest):
    def setUp(self):
        super().setUp()
        self.home = self.scratch / "home"
        self.own = self.home / ".config" / "haul" / "config"
        self.own.parent.mkdir(parents=True)

    def print_config(self, *arguments, **env):
        """What --print-config says is set, as a list of lines."""
        env = {"HOME": str(self.home), "XDG_CONFIG_HOME": ""} | env
        result = self.haul("--print-config", *arguments,
                           env=self.environment(**env))
        self.assertEqual(result.returncode, 0, result.stderr)
        return [line for line in result.stdout.splitlines()
                if line and not line.startswith("#")]

    def config(self, text):
        path = self.scratch / "config"
        path.write_text(text)
        return path

    def test_a_line_is_an_option_however_it_is_written(self):
        path = self.config(
            "# a comment\n"
            "\n"
            "jobs = 7\n"
            "retry 3   # three\n"
            "  --max-time=2m\n"
            "user-agent = \"a \\\"b\\\" # c\"\n"
            "verbose = no\n"
            "quiet\r\n")
        self.assertEqual(self.print_config("--config", path), [
            "quiet", "verbose = no", "jobs = 7", "retry = 3", "max-time = 2m",
            'user-agent = "a \\"b\\" # c"'])

    def test_the_users_own_file_is_read_unless_told_not_to(self):
        self.own.write_text("jobs = 7\n")
        self.assertEqual(self.print_config(), ["jobs = 7"])
        self.assertEqual(self.print_config("--no-config"), [])
        self.assertEqual(
            self.print_config("--config", self.config("jobs = 8")),
            ["jobs = 8"])

    def test_xdg_config_home_comes_before_home(self):
        self.own.write_text("jobs = 7\n")
        other = self.scratch / "xdg" / "haul"
        other.mkdir(parents=True)
        (other / "config").write_text("jobs = 8\n")
        self.assertEqual(
            self.print_config(XDG_CONFIG_HOME=str(other.parent)), ["jobs = 8"])

    def test_a_file_in_the_current_directory_is_never_read(self):
        for place in (".config/haul", "haul", "."):
            (self.scratch / place).mkdir(parents=True, exist_ok=True)
            (self.scratch / place / "config").write_text("jobs = 7\n")
        self.assertEqual(self.print_config(XDG_CONFIG_HOME="."), [])
        result = self.haul("--print-config",
                           env=self.environment(HOME=".", XDG_CONFIG_HOME=""))
        self.assertNotIn("\njobs = ", result.stdout)

    def test_the_command_line_wins(self):
        path = self.config("jobs = 7\nquiet\nheader = X-A: 1\n")
        self.assertEqual(
            self.print_config("-j9", "--config", path, "--no-quiet",
                              "-H", "X-B: 2"),
            ["quiet = no", "jobs = 9", "header = X-A: ***",
             "header = X-B: ***"])

    def test_secrets_are_masked(self):
        text = "\n".join(self.print_config(
            "-u", "me:s3cret", "-b", "session=s3cret",
            "-H", "Authorization: Bearer s3cret", "-H", "X-Key: s3cret",
            "--proxy", "http://me:s3cret@proxy:3128"))
        self.assertNotIn("s3cret", text)
        self.assertIn("user = me:***", text)
        self.assertIn("proxy = http://***@proxy:3128", text)

    def test_what_is_printed_is_a_config_that_says_the_same(self):
        arguments = ["-j", "9", "-q", "-A", " blank # \"quoted\" \\ ",
                     "--resolve", "a:1:127.0.0.2", "--resolve", "b:1:127.0.0.2",
                     "--debug", "loop", "-i", "my list", "--local",
                     "--fault", "404=3"]
        first = self.haul("--no-config", "--print-config", *arguments)
        second = self.haul("--print-config", "--config",
                           self.config(first.stdout))
        self.assertIn("resolve = a:1:127.0.0.2\nresolve = b:1:127.0.0.2", first.stdout)
        self.assertEqual(first.stdout.splitlines()[1:],
                         second.stdout.splitlines()[2:])

    def test_errors_name_file_and_line(self):
        for text, words in (
            ("jobs = many", ("config:1", "jobs", "many")),
            ("\n\nmode = fast\n", ("config:3", "mode", "async")),
            ("jbos = 3\n", ("config:1", "jbos", "did you mean jobs?")),
            ("jobs\n", ("config:1", "jobs", "value")),
            ("quiet = perhaps\n", ("config:1", "quiet")),
            ("output = \"{name}\n", ("config:1", "output", "quote")),
            ("output = \"{name}\" x\n", ("config:1", "output", "quote")),
            ("config = other\n", ("config:1", "command line")),
            ("help\n", ("config:1", "command line")),
            ("Z\n", ("config:1", "Z")),
        ):
            result = self.haul("--config", self.config(text),
                               "http://127.0.0.1:1/")
            self.assert_one_line(result, 2, *words)

    def test_a_config_that_cannot_be_read_is_named(self):
        self.assert_one_line(self.haul("--config", "nowhere", "http://a/"), 3,
                             "nowhere")
        self.assert_one_line(self.haul("--config", self.scratch, "http://a/"),
                             3, str(self.scratch))

    def test_another_users_config_does_not_end_the_run(self):
        """A HOME that is still root's, as under sudo. One line tells of a file
        that is there, and nothing of one that nobody can see."""
        if os.getuid() != 0:
            self.skipTest("needs root, to be another user")
        self.scratch.chmod(0o755)
        self.own.parent.mkdir(parents=True, exist_ok=True)
        self.own.write_text("no such line\n")
        self.own.chmod(0o600)
        program = self.scratch / "program"
        shutil.copy(HAUL, program)
        env = self.environment(HOME=str(self.home), XDG_CONFIG_HOME="")
        origin = self.serve("--bind", "127.0.0.1")

        def run(*arguments):
            return subprocess.run(
                [program, "-q", "-o", "-", f"{origin}/bytes/3", *arguments],
                capture_output=True, text=True, env=env, user=USER,
                cwd="/", errors="replace", timeout=60)

        result = run()
        self.assert_one_line(result, 0, str(self.own), "permission denied",
                             "going on without it")
        self.assertEqual(len(result.stdout), 3)
        self.own.parent.chmod(0o700)
        result = run()
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assert_one_line(run("--config", self.own), 3, str(self.own))

    def test_a_run_follows_its_config(self):
        origin = self.serve()
        path = self.config(f"dir = \"{self.dir}\"\noutput = x-{{name}}\n")
        result = self.haul("--config", path, f"{origin}/bytes/5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["x-5"])


# Answers with the status that the path begins with.
STATUS_SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Summary(HaulTest):
    def run_list(self, lines, *arguments):
        (self.scratch / "list.txt").write_text("\n".join(lines) + "\n")
        return self.haul("-i", "list.txt", "-d", self.dir, "--retry", "0",
                         *arguments)

    def counts(self, result):
        """The line that counts; what held the run back may follow it."""
        return [line for line in result.stderr.splitlines()
                if " ok, " in line or " ok (" in line][-1]

    def test_twenty_failures_are_all_named(self):
        result = self.run_list([f"no url {n}" for n in range(20)])
        said = result.stderr.splitlines()
        self.assertEqual(len([l for l in said if l.startswith("haul: ")]), 20)
        self.assertNotIn("further failures", result.stderr)

    def test_twenty_failures_are_named_then_they_are_counted_by_cause(self):
        missing = self.serve("--fault", "404=100")
        broken = self.serve("--fault", "500=100", "--fault-times", "0")
        lines = [f"no url {n}" for n in range(1200)]
        lines += [f"{missing}/{n}" for n in range(30)]
        lines += [f"{broken}/{n}" for n in range(3)]
        result = self.run_list(lines, "-x", "0")
        self.assertEqual(result.returncode, 8)
        said = result.stderr.splitlines()
        self.assertEqual(len([l for l in said if l.startswith("haul: ")]), 20)
        self.assertIn("further failures are only counted; -v prints all of them", said)
        last = self.counts(result)
        self.assertTrue(last.startswith(
            "0 ok, 1,233 failed (name 1,200, http 404 30, http 500 3), "), last)
        self.assertTrue(last.endswith(
            f": haul status {self.dir} -v -i list.txt"), last)
        result = self.run_list(lines, "-v")
        named = [l for l in result.stderr.splitlines()
                 if l.startswith("haul: ")]
        self.assertEqual(len(named), 1233)

    def test_rare_causes_are_left_out(self):
        origin = self.serve()
        port, lines = free_port(), []
        server = subprocess.Popen(["python3", "-c", STATUS_SERVER, str(port)])
        self.addCleanup(self.end, server)
        self.assertTrue(wait_for(lambda: is_listening(port)))
        for status in range(410, 418):
            count = status - 409
            lines += [f"http://127.0.0.1:{port}/{status}/{n}"
                      for n in range(count)]
        result = self.run_list(lines + [f"{origin}/bytes/1"])
        self.assertIn("1 ok, 36 failed (http 417 8, http 416 7, http 415 6, "
                      "http 414 5, http 413 4, http 412 3, …), ",
                      result.stderr)

    def test_the_status_command_can_be_pasted_into_a_shell(self):
        self.dir = self.scratch / "it's mine"
        result = self.run_list(["nothing"])
        command = self.counts(result).split(": ")[1]
        words = subprocess.run(["sh", "-c", "printf '%s\\n' " + command],
                               capture_output=True, text=True).stdout
        self.assertEqual(words.splitlines(), ["haul", "status", str(self.dir),
                                              "-v", "-i", "list.txt"])

    def test_a_good_quiet_run_says_nothing(self):
        origin = self.serve()
        # Fewer files than -j needs is worth a line, but no error.
        result = subprocess.run(
            [HAUL, "-q", "-k", "-d", self.dir, "-j", "1000",
             f"{origin}/bytes/1"],
            capture_output=True, text=True, env=self.environment(),
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (512, 512)))
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (0, "", ""))

    def test_a_bad_quiet_run_says_what_failed_and_how_many(self):
        origin = self.serve("--fault", "404=100")
        result = self.run_list([f"{origin}/{n}" for n in range(3)], "-q")
        said = result.stderr.splitlines()
        self.assertEqual(len(said), 4, said)
        self.assertTrue(all(line.startswith("haul: ") for line in said), said)
        self.assertIn("0 ok, 3 failed (http 404 3)", said[-1])


class AllowFailed(HaulTest):
    """Four lines, one of which is bad."""

    def run_list(self, *arguments):
        origin = self.serve()
        (self.scratch / "list.txt").write_text(
            f"{origin}/bytes/1\n{origin}/bytes/2\n{origin}/bytes/3\nbad\n")
        return self.haul("-i", "list.txt", "-d", self.dir, *arguments)

    def test_as_many_as_allowed_are_no_failure(self):
        for allowed in ("1", "25%", "100%", "25.5%"):
            result = self.run_list("--allow-failed", allowed)
            self.assertEqual(result.returncode, 0, allowed)
            self.assertIn(f"that is within --allow-failed {allowed}",
                          result.stderr)

    def test_more_are(self):
        for allowed in ("0", "24%", "24.9%", "0%"):
            result = self.run_list("--allow-failed", allowed)
            self.assertEqual(result.returncode, 8, allowed)
            self.assertIn(f"that is more than --allow-failed {allowed}",
                          result.stderr)

    def test_a_quiet_run_says_nothing_of_what_is_allowed(self):
        result = self.run_list("-q", "--allow-failed", "1")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        result = self.run_list("-q", "--allow-failed", "0")
        self.assertEqual(result.returncode, 8)
        self.assertIn("1 failed (name 1)", result.stderr)

    def test_it_is_silent_where_nothing_failed(self):
        origin = self.serve()
        result = self.haul("-d", self.dir, "--allow-failed", "1",
                           f"{origin}/bytes/1")
        self.assertNotIn("allow", result.stderr)

    def test_other_values_are_refused(self):
        for value in ("", "x", "%", "5 %", "-1", "-1%", "101%", "1e1%", "nan%",
                      "5%%"):
            self.assert_one_line(
                self.haul("--allow-failed", value, "http://127.0.0.1:1/"), 2,
                "--allow-failed")


class Watch(HaulTest):
    def read_until(self, process, words):
        """Lines of stderr up to one with these words."""
        lines = []
        for line in process.stderr:
            lines.append(line)
            if words in line:
                return lines
        self.fail(f"no {words!r} in {lines}")

    def test_a_host_alone_is_told_to_be_down_and_back(self):
        """In a quiet run too."""
        port = free_port()
        first = self.start("serve", "--port", port)
        self.assertTrue(wait_for(lambda: is_listening(port)))
        (self.scratch / "list.txt").write_text(
            "".join(f"http://127.0.0.1:{port}/bytes/{n}\n"
                    for n in range(60)))
        run = self.start("-q", "-i", "list.txt", "-d", self.dir, "--rate",
                         "20/s", "--retry-delay", "1", "--retry", "60")
        self.assertTrue(wait_for(
            lambda: self.dir.exists() and len(self.names()) > 5))
        first.kill()
        first.wait()
        lines = self.read_until(run, "has not answered since")
        self.assertRegex(
            "".join(lines),
            rf"^haul: 127\.0\.0\.1:{port} has not answered since .*\d\d:\d\d; "
            r"asking once a second, until .*\d\d:\d\d \(--max-outage\)\n$")
        run.send_signal(signal.SIGUSR1)
        self.read_until(run, "the only host that was tried does not answer, "
                             f"http://127.0.0.1:{port}, for 1")
        self.start("serve", "--port", port)
        self.read_until(run, f"haul: 127.0.0.1:{port} answers again after 1")
        self.assertEqual(run.communicate()[1], "")
        self.assertEqual(run.returncode, 0)
        self.assertEqual(len(self.names()), 60)

    def test_an_outage_of_all_hosts_that_is_too_long_ends_the_run(self):
        ports = free_port(), free_port()
        servers = [self.start("serve", "--port", port) for port in ports]
        for port in ports:
            self.assertTrue(wait_for(lambda: is_listening(port)))
        (self.scratch / "list.txt").write_text(
            "".join(f"http://127.0.0.1:{port}/bytes/{n}\n"
                    for n in range(60) for port in ports))
        run = self.start("-i", "list.txt", "-d", self.dir, "--rate", "40/s",
                         "--retry-delay", "1", "--retry", "60",
                         "--max-outage", "2")
        self.assertTrue(wait_for(
            lambda: self.dir.exists() and len(self.names()) > 10))
        for server in servers:
            server.kill()
        self.read_until(run, "the network is down: no host has answered since")
        lines = self.read_until(run, " left, ")
        self.assertIn("haul: no host has answered for more than 2 s "
                      "(--max-outage); the same command goes on where this one "
                      "stopped\n", lines)
        self.assertNotIn("interrupted", "".join(lines))
        self.assertNotIn("back", "".join(lines))
        self.assertEqual(run.wait(), 7)

    def test_fewer_transfers_at_a_time_are_told(self):
        origin = self.serve("--latency", "500ms")
        (self.scratch / "list.txt").write_text(
            "".join(f"{origin}/bytes/{n}\n" for n in range(60)))
        run = self.start("-i", "list.txt", "-d", self.dir, "-x", "0",
                         "-j", "40", "--rate", "80/s")
        self.assertTrue(wait_for(lambda: self.dir.exists()))
        resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (30, 30))
        said = self.read_until(run, "transfers at a time")[-1]
        self.assertRegex(said, r"for \d+ transfers at a time: \d+ from now on")

    def test_a_full_disk_is_told_and_ends_the_run(self):
        origin = self.serve()
        script = ("mount -t tmpfs -o size=200k none /mnt || exit 77; "
                  "exec \"$@\"")
        result = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             script, "sh", HAUL, "-d", "/mnt", f"{origin}/bytes/900000"],
            capture_output=True, text=True, env=self.environment())
        if result.returncode in (1, 77):
            self.skipTest("no file system of its own to fill")
        self.assertEqual(result.returncode, 9, result.stderr)
        self.assertNotIn("interrupted", result.stderr)
        self.assertIn("haul: /mnt: no space left", result.stderr)


class DryRun(HaulTest):
    """--dry-run, over hosts that are not there."""

    def dry_run(self, lines, *arguments, status=0, name="list.txt"):
        """What is said of a list."""
        (self.scratch / name).write_text("".join(f"{l}\n" for l in lines))
        result = self.haul("-i", name, "-d", self.dir, "--dry-run",
                           *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.said = result.stderr
        return result.stdout

    def test_lines_are_counted(self):
        text = self.dry_run(
            ["http://a.invalid/1", "http://a.invalid/2", "no url",
             "http://b.invalid/3", "http://a.invalid/1#fragment",
             "HTTP://A.invalid:80/1", "ftp://c.invalid/4"], status=8)
        self.assertIn("7 lines, 2 bad, 2 repeat a URL\n", text)
        self.assertIn("3 to ask for, at 2 hosts\n", text)
        self.assertIn("names: 0 clash", text)

    def test_bad_lines_are_named_as_in_a_run(self):
        lines = [f"bad {n}" for n in range(25)] + ["http://a.invalid/1"]
        self.dry_run(lines, status=8)
        said = self.said
        run = self.haul("-i", "list.txt", "-d", self.dir, "--retry", "0",
                        "--resolve", "a.invalid:80:127.0.0.1")
        self.assertEqual(
            said.splitlines(),
            [l for l in run.stderr.splitlines()
             if "list.txt:" in l or "-v prints" in l])
        self.assertEqual(len(said.splitlines()), 21)

    def test_bad_lines_may_be_allowed(self):
        lines = ["bad", "http://a.invalid/1"]
        self.dry_run(lines, "--allow-failed", "50%", status=0)
        self.dry_run(lines, "--allow-failed", "49%", status=8)

    def test_nothing_is_made(self):
        self.dry_run(["http://a.invalid/1"], "--report", "report", "--trace",
                      "trace")
        self.assertEqual([p.name for p in self.scratch.iterdir()],
                         ["list.txt"])

    def snapshot(self):
        return {p: (p.stat().st_mtime_ns, p.stat().st_ino,
                    p.read_bytes() if p.is_file() else None)
                for p in [self.dir, *self.dir.rglob("*")]}

    def test_what_is_done_is_known_and_nothing_is_changed(self):
        origin = self.serve("--fault", "404=20", "--seed", "3")
        lines = [f"{origin}/bytes/{n}" for n in range(1, 21)]
        (self.scratch / "list.txt").write_text("\n".join(lines))
        self.haul("-i", "list.txt", "-d", self.dir)
        there = self.names()
        failed = 20 - len(there)
        self.assertGreater(failed, 0)
        before = self.snapshot()
        text = self.dry_run(lines)
        self.assertIn(f"20 lines, {len(there)} done already, {failed} failed "
                      "for good\n0 to ask for, at 0 hosts\nnames:", text)
        text = self.dry_run(lines, "--update")
        self.assertIn(f"{len(there)} done, to be asked for changes", text)
        # What failed for good is asked for again, too.
        self.assertIn("20 to ask for, at 1 host\n", text)
        self.assertIn(f"; {failed} files to come", text)
        self.assertIn("20 to ask for", self.dry_run(lines, "--restart"))
        text = self.dry_run(lines + [origin + "/new"], "--retry-failed")
        self.assertIn(f"21 lines, {len(there)} done already, 1 that did not "
                      "fail\n", text)
        self.assertIn(f"\n{failed} to ask for", text)
        self.assertEqual(self.snapshot(), before)
        (self.dir / there[0]).unlink()
        (self.dir / there[1]).write_bytes(b"")
        self.assertIn(f"20 lines, {len(there) - 2} done already, {failed} "
                      "failed for good\n2 to ask for", self.dry_run(lines))
        self.assertIn(f"20 lines, {len(there)} done already, {failed} failed "
                      "for good\n0 to ask for",
                      self.dry_run(lines, "--trust-journal"))

    def test_what_the_options_decide_is_asked_when_they_change(self):
        origin = self.serve()
        lines = [f"{origin}/bytes/{n}" for n in (5, 50)]
        (self.scratch / "list.txt").write_text("\n".join(lines))
        for arguments in ("--max-filesize", "10"), ("--accept-type", "a/*"):
            self.haul("-i", "list.txt", "-d", self.dir, *arguments)
            text = self.dry_run(lines, *arguments)
            self.assertIn("1 failed for good\n0 to ask for", text)
            self.assertIn("1 done already\n1 to ask for",
                          self.dry_run(lines))

    def test_a_done_file_of_another_checksum_is_asked_for(self):
        url = self.serve() + "/bytes/5"
        self.haul(url, "-d", self.dir, "--sha256")
        digest = hashlib.sha256((self.dir / "5").read_bytes()).hexdigest()
        for checksum, words in ((digest, "1 done already\n0 to ask for"),
                                ("0" * 64, "1 line\n1 to ask for")):
            line = json.dumps({"url": url, "checksum": f"sha256={checksum}"})
            self.assertIn(words, self.dry_run([line], name="list.jsonl"))

    def test_it_may_be_asked_beside_a_run(self):
        origin = self.serve("--latency", "60s")
        run = self.start("-d", self.dir, f"{origin}/bytes/1")
        journal = self.dir / ".haul" / "journal"
        self.assertTrue(wait_for(journal.exists))
        self.assertIn("1 to ask for", self.dry_run([f"{origin}/bytes/1"]))
        self.assertIsNone(run.poll())

    def test_names_that_clash_are_counted(self):
        text = self.dry_run(["http://a.invalid/x", "http://b.invalid/x",
                              "http://b.invalid/y/x", "http://b.invalid/z"])
        self.assertIn("names: 2 clash and get -HASH\n", text)
        origin = self.serve()
        lines = [f"{origin}/bytes/{n % 4}?{n}" for n in range(10)]
        self.assertIn("names: 6 clash", self.dry_run(lines))
        self.haul("-i", "list.txt", "-d", self.dir)
        self.assertEqual(len([n for n in self.names() if "-" in n]), 6)

    def test_files_of_others_are_counted(self):
        self.dir.mkdir()
        (self.dir / "x").write_text("")
        lines = ["http://a.invalid/x", "http://b.invalid/y"]
        for action, words in (("rename", "get -HASH"), ("skip", "are skipped"),
                              ("overwrite", "are overwritten"),
                              ("adopt", "are adopted")):
            self.assertIn(f"1 are those of files that haul did not write, and "
                          f"{words}",
                          self.dry_run(lines, "--if-exists", action))

    def test_the_busiest_hosts_have_their_least_time(self):
        lines = [f"http://host{h}.invalid/{n}" for h in range(12)
                 for n in range(10 * (h + 1))]
        text = self.dry_run(lines)
        rows = [line.split() for line in text.splitlines()
                if line.startswith("http://")]
        self.assertEqual(rows, [
            [f"http://host{h}.invalid", str(10 * (h + 1)), least, "s"]
            for h, least in zip(range(11, 1, -1), (
                "2.0", "1.9", "1.7", "1.5", "1.4", "1.2", "1.0", "0.9", "0.7",
                "0.5"))])
        self.assertIn("at least 2.0 s, with -j 256 and 100 ms an answer "
                      "(assumed)", text)
        for arguments, least in ((("-x", "1"), "12 s"),
                                 (("-x", "0"), "0.1 s"),
                                 (("-x", "0", "-j", "3"), "4.0 s"),
                                 (("-m", "sequential"), "12 s"),
                                 (("--rate-per-host", "1/s"), "2 min"),
                                 (("--rate-per-host", "1/m"), "2 h 00 min"),
                                 (("--rate-per-host", "1/h"), "5 d 0 h")):
            first = [l for l in self.dry_run(lines, *arguments).splitlines()
                     if l.startswith("http://host11.invalid")][0]
            self.assertTrue(first.endswith(f" 120  {least}"), (arguments, first))
        self.assertIn("at least 13 min, with",
                      self.dry_run(lines, "--rate", "1/s"))

    def test_very_many_hosts_are_more_than_a_number(self):
        lines = [f"https://h{n}.invalid:8443/" for n in range(200000)]
        text = self.dry_run(lines)
        self.assertIn("200,000 to ask for, at 200,000 hosts", text)
        lines += [f"https://late.invalid/{n}" for n in range(3000)]
        lines += [f"https://h7.invalid:8443/{n}" for n in range(2999)]
        text = self.dry_run(lines)
        self.assertIn("205,999 to ask for, at more than 200,000 hosts", text)
        self.assertIn("\nbusiest of the first 200,000 hosts ", text)
        rows = [l for l in text.splitlines() if l.startswith("https://")]
        self.assertIn("https://h7.invalid:8443 ", rows[0])
        self.assertTrue(rows[0].endswith(" 3,000  50 s"), rows[0])

    def test_a_hundred_thousand_files_in_a_directory_are_enough(self):
        lines = [f"http://a.invalid/{n}" for n in range(100001)]
        self.assertIn("hint: 100,001 files in one directory",
                      self.dry_run(lines))
        self.assertNotIn("hint:", self.dry_run(
            lines, "-o", "{hash:3}/{hash}{ext}"))
        self.assertNotIn("hint:", self.dry_run(lines[1:]))

    def test_files_and_room_are_told(self):
        text = self.dry_run(["http://a.invalid/1"], "-j", "10")
        self.assertRegex(text, r"\nopen files: 138 at most, of [\d,]+ that are")
        disk = os.statvfs(self.scratch)
        free = text.split("free at ")[1]
        self.assertRegex(free, r"^\S+: [\d.]+ [kMGT]?B")
        if disk.f_files:
            self.assertRegex(free, r" [\d,]+ inodes; 1 files to come\n$")

    def test_a_directory_that_cannot_be_one_is_told(self):
        self.dir.write_text("")
        self.assertEqual(self.dry_run(["http://a.invalid/1"], status=3), "")
        self.assertIn(str(self.dir), self.said)

    def test_a_list_that_is_missing_is_told(self):
        result = self.haul("-i", "nowhere", "--dry-run")
        self.assert_one_line(result, 3, "nowhere")

    def test_a_list_that_is_still_written_is_waited_for(self):
        process = subprocess.Popen(
            [HAUL, "--dry-run", "-i", "-", "-d", self.dir],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=self.environment())
        self.addCleanup(self.end, process)
        for n in range(3):
            process.stdin.write(f"http://a.invalid/{n}\n")
            process.stdin.flush()
            time.sleep(0.2)
        text, _ = process.communicate(timeout=60)
        self.assertIn("3 lines\n", text)

    def test_it_says_what_a_run_then_does(self):
        """The same list, by --dry-run and then by a run."""
        origin = self.serve("--fault", "404=10")
        lines = []
        for n in range(200):
            headers = {"X-Own": str(n % 3)} if n % 5 == 0 else {}
            lines.append(json.dumps({
                "url": f"{origin}/bytes/{n % 45}?{n % 2}",
                "out": f"{n % 50}" if n % 2 else None,
                "headers": headers}))
            if n % 20 == 0:
                lines.append(json.dumps({"url": "nothing"}))
        for arguments in ((), ("--no-dedupe",), ()):
            text = self.dry_run(lines, *arguments, status=8,
                                 name="list.jsonl")
            self.haul("-i", "list.jsonl", "-d", self.dir, "--report", "report",
                      "--retry-delay", "0", *arguments)
            rows, summary = self.read_report(self.scratch / "report")
            repeats = len([r for r in rows if r["dup_of"]])
            self.assertIn(f"{len(lines)} lines, "
                          f"{summary['errors']['name']} bad", text)
            if repeats:
                self.assertIn(f", {repeats} repeat a URL", text)
            asked = len([r for r in rows if r["attempts"] > 0])
            self.assertIn(f"\n{asked} to ask for", text)


class Checksums(HaulTest):
    def setUp(self):
        super().setUp()
        self.root = self.scratch / "root"
        self.root.mkdir()
        self.origin = self.serve("--root", self.root)

    def put(self, name, text):
        """A file at the origin; returns its checksum."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return hashlib.sha256(text.encode()).hexdigest()

    def sums(self, *lines):
        path = self.scratch / "SHA256SUMS"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def fetch(self, *arguments):
        return self.haul("-d", self.dir, "--report", "report", *arguments)

    def row(self):
        return self.read_report(self.scratch / "report")[0][0]

    def test_one_file_is_compared_with_its_checksum(self):
        right = self.put("a", "text")
        for mode in MODES:
            self.dir = self.scratch / mode
            result = self.fetch("-m", mode, "--checksum", "sha256=" + "0" * 64,
                                f"{self.origin}/a")
            self.assertEqual(result.returncode, 8, result.stderr)
            self.assertIn("checksum", result.stderr)
            self.assertEqual(self.names(), [])
            result = self.fetch("-m", mode, "--checksum",
                                "sha256=" + right.upper(), f"{self.origin}/a")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.names(), ["a"])
            self.assertEqual(self.row()["sha256"], right)

    def test_one_checksum_is_for_one_url(self):
        (self.scratch / "list").write_text(f"{self.origin}/a\n")
        one = "sha256=" + "0" * 64
        for arguments in ((f"{self.origin}/a", f"{self.origin}/b"),
                          ("-i", "list"), ("-i", "list", f"{self.origin}/a"),
                          ("--local",)):
            self.assert_one_line(self.fetch("--checksum", one, *arguments), 2,
                                 "--checksum", "one URL")
        for bad in ("", "sha256=", "0" * 64, "md5=" + "0" * 64,
                    "sha256=" + "0" * 63, "sha256=" + "0" * 65,
                    "sha256=" + "g" * 64):
            result = self.fetch("--checksum", bad, "http://a/")
            self.assert_one_line(result, 2, "--checksum")
            self.assertRegex(result.stderr, "ALGO=HEX|hexadecimal digits")

    def test_a_list_is_compared_by_the_names_of_its_files(self):
        plain, dotted, blank, slashed, named = (
            self.put(name, name)
            for name in ("plain", "dotted", "a%20b", "a%5Cb", "other"))
        sums = self.sums(
            "# a comment", "", f"{plain}  plain", f"{dotted} *./dotted",
            f"{blank.upper()}  a b", f"\\{slashed}  a\\\\b", f"{named}  mine")
        (self.scratch / "list.tsv").write_text(
            f"{self.origin}/plain?query#fragment\n{self.origin}/dotted\n"
            f"{self.origin}/a%20b\n{self.origin}/a%5Cb\n"
            f"{self.origin}/other\tmine\n")
        result = self.fetch("-i", "list.tsv", "--checksum-file", sums)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("checksum", result.stderr)
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual([r["sha256"] for r in sorted(rows, key=lambda r: r["n"])],
                         [plain, dotted, blank, slashed, named])

    def test_a_file_that_differs_fails_until_its_checksum_changes(self):
        right = self.put("a", "text")
        url = f"{self.origin}/a"
        wrong = self.sums("0" * 64 + "  a")
        self.assertEqual(self.fetch("--checksum-file", wrong, url).returncode, 8)
        self.assertGreater(self.row()["attempts"], 0)
        self.assertEqual(self.names(), [])
        # It is final under these options: nobody is asked.
        self.assertEqual(self.fetch("--checksum-file", wrong, url).returncode, 8)
        self.assertEqual((self.row()["error"], self.row()["attempts"]),
                         ("checksum", 0))
        result = self.fetch("--checksum-file", self.sums(right + "  a"), url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["a"])

    def test_a_name_below_the_directory_comes_first(self):
        one = self.put("one/x", "one")
        two = self.put("two/x", "two")
        urls = (f"{self.origin}/one/x", f"{self.origin}/two/x")
        sums = self.sums("0" * 64 + "  x", f"{one}  one/x", f"{two}  two/x")
        result = self.fetch("-o", "{path}/{name}", "--checksum-file", sums, *urls)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1 of 3 checksums belong to no file of the list",
                      result.stderr)
        self.dir = self.scratch / "flat"
        result = self.fetch("--checksum-file", sums, *urls)
        self.assertEqual(result.returncode, 8)

    def test_what_the_list_says_comes_first(self):
        right = self.put("a", "text")
        (self.scratch / "list.jsonl").write_text(json.dumps(
            {"url": f"{self.origin}/a", "checksum": f"sha256={right}"}))
        sums = self.sums("0" * 64 + "  a")
        result = self.fetch("-i", "list.jsonl", "--checksum-file", sums)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_was_fetched_without_a_checksum_is_compared_with_it(self):
        right = self.put("a", "text")
        url = f"{self.origin}/a"
        self.fetch(url)
        sums = self.sums(f"{right}  a")
        result = self.fetch("--checksum-file", sums, url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1 ok (1 was there)", result.stderr)
        self.assertEqual((self.row()["attempts"], self.row()["sha256"]),
                         (0, right))
        # It has its validators still.
        self.assertIn("1 unchanged", self.fetch("--update", url).stderr)
        # One of the same length that somebody has changed is set aside.
        (self.dir / ".haul" / "journal").unlink()
        (self.dir / "a").unlink()
        self.fetch(url)
        (self.dir / "a").write_text("tExt")
        result = self.fetch("--checksum-file", sums, url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.row()["attempts"], 1)
        self.assertEqual(self.names(), ["a", "a.local"])
        self.assertEqual((self.dir / "a").read_text(), "text")
        self.assertEqual((self.dir / "a.local").read_text(), "tExt")

    def test_what_is_known_to_be_another_file_is_replaced(self):
        self.put("a", "old")
        url = f"{self.origin}/a"
        self.fetch("--sha256", url)
        new = self.put("a", "new")
        result = self.fetch("--checksum-file", self.sums(f"{new}  a"), url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["a"])
        self.assertEqual((self.dir / "a").read_text(), "new")

    def test_bad_lines_are_named(self):
        right = self.put("a", "text")
        sums = self.sums("nonsense", right + ",a", right + "  ", f"{right}  a",
                         "0" * 64 + "  a", f"{right}  a", "\\" + right + "  \\x",
                         right[:-1] + "  b", right + "  " + "x" * 20000)
        result = self.fetch("--checksum-file", sums, f"{self.origin}/a")
        self.assertEqual(result.returncode, 0, result.stderr)
        named = [line.split(": ")[1] for line in result.stderr.splitlines()
                 if line.startswith("haul: ")]
        self.assertEqual(named, [f"{sums}:{n}" for n in (1, 2, 3, 5, 7, 8, 9)])

    def test_a_file_without_a_checksum_is_refused(self):
        self.assert_one_line(
            self.fetch("--checksum-file", self.sums("", "# nothing"),
                       f"{self.origin}/a"), 2, "SHA256SUMS", "no checksum")
        for path in ("nowhere", self.scratch):
            self.assert_one_line(
                self.fetch("--checksum-file", path, f"{self.origin}/a"), 3,
                "--checksum-file", str(path))

    def test_it_may_come_through_a_pipe(self):
        right = self.put("a", "text")
        lines = [f"{'0' * 64}  x{n}" for n in range(5000)] + [f"{right}  a"]
        result = self.haul("-d", self.dir, "--checksum-file", "/dev/stdin",
                           f"{self.origin}/a", stdin="\n".join(lines))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("5,000 of 5,001 checksums belong to no file",
                      result.stderr)
