"""The manifest for Kubernetes, the job definition for AWS Batch and the command
for GNU parallel: they fit their schemas, and what they run is run here, with
what these schedulers put into the environment."""

import copy
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from support import HAUL
from test_parts import Parts as PartsTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
SCHEMA = ROOT / "build" / "kubernetes"

try:
    import yaml
except ImportError:
    yaml = None

BOTOCORE = """
import json, sys
import botocore.session, botocore.validate
batch = botocore.session.get_session().get_service_model("batch")
shape = batch.operation_model("RegisterJobDefinition").input_shape
report = botocore.validate.ParamValidator().validate(json.load(sys.stdin), shape)
sys.exit(report.generate_report() or 0)
"""


def has_botocore():
    return subprocess.run([SYSTEM_PYTHON, "-c", "import botocore"],
                          stderr=subprocess.DEVNULL).returncode == 0


class Clusters(PartsTest):
    def fetch(self, words, parts, variable):
        """Runs the command of a container for each part."""
        self.assertEqual(words[0], "haul")
        words = [word.replace("/data/run", "run") for word in words[1:]]
        for part in range(parts):
            result = self.haul(*words,
                               env=self.environment(**{variable: str(part)}))
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_all_there(40)

    def fits(self, words, value):
        return subprocess.run(words, input=json.dumps(value), text=True,
                              capture_output=True)

    def assert_fits(self, words, value, breaks):
        """The value fits, and does not after any of these changes."""
        result = self.fits(words, value)
        self.assertEqual(result.returncode, 0, result.stderr)
        for change in breaks:
            broken = copy.deepcopy(value)
            change(broken)
            self.assertEqual(self.fits(words, broken).returncode, 1)


@unittest.skipIf(yaml is None, "no python3-yaml")
class Kubernetes(Clusters):
    def setUp(self):
        super().setUp()
        self.job = yaml.safe_load(
            (ROOT / "scripts" / "kubernetes" / "job.yaml").read_text())

    @unittest.skipUnless(SCHEMA.exists() and shutil.which("node"),
                         "no schema: scripts/test.sh gets it by npm")
    def test_the_manifest_fits_its_schema(self):
        def text_for_a_number(job):
            job["spec"]["completions"] = "64"

        def no_operator(job):
            del job["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"][
                "operator"]

        def list_for_an_object(job):
            job["spec"]["template"] = []

        self.assert_fits(
            ["node", ROOT / "tests" / "support" / "kubernetes_job.mjs",
             SCHEMA], self.job,
            [text_for_a_number, no_operator, list_for_an_object])

    def test_what_it_runs_fetches_the_parts(self):
        spec = self.job["spec"]
        parts = 8
        self.assertEqual(spec["completionMode"], "Indexed")
        container, = spec["template"]["spec"]["containers"]
        self.plan(40, parts=parts)
        at_once = f"--concurrent-shards={spec['parallelism']}"
        self.assertIn(at_once, container["args"])
        self.fetch(container["command"] + container["args"], parts,
                   "JOB_COMPLETION_INDEX")


class Batch(Clusters):
    def setUp(self):
        super().setUp()
        self.definition = json.loads(
            (ROOT / "scripts" / "aws-batch" / "job-definition.json")
            .read_text())

    @unittest.skipUnless(has_botocore(), "no python3-botocore")
    def test_the_definition_fits_its_schema(self):
        def number_for_a_text(definition):
            definition["retryStrategy"]["evaluateOnExit"][0]["onExitCode"] = 2

        def unknown_key(definition):
            definition["containerProperties"]["volume"] = []

        self.assert_fits([SYSTEM_PYTHON, "-c", BOTOCORE], self.definition,
                         [number_for_a_text, unknown_key])

    def test_what_it_runs_fetches_the_parts(self):
        self.plan(40, parts=4)
        words = [self.definition["parameters"].get(w.removeprefix("Ref::"), w)
                 for w in self.definition["containerProperties"]["command"]]
        self.fetch(words, 4, "AWS_BATCH_JOB_ARRAY_INDEX")


class SlurmTask(Clusters):
    def test_the_limits_are_for_the_tasks_of_the_array(self):
        job = ROOT / "scripts" / "slurm" / "job.sh"
        cases = [
            ([], 64, [], True),
            ([], 1, [], False),
            ([], 1, ["--concurrent-shards", "64"], True),
            (["--concurrent-shards", "2"], 64, [], False),
            (["--concurrent-shards", "64"], 1, [], False),
        ]
        for index, (planned, tasks, given, is_told) in enumerate(cases):
            with self.subTest(planned=planned, tasks=tasks, given=given):
                run = self.scratch / f"run{index}"
                self.plan(8, *planned, parts=64)
                (self.scratch / "run").rename(run)
                env = self.environment(
                    HAUL=HAUL, SLURM_ARRAY_TASK_ID="7",
                    SLURM_ARRAY_TASK_COUNT=str(tasks))
                result = subprocess.run(
                    ["bash", job, run, *given], cwd=self.scratch, env=env,
                    capture_output=True, text=True, timeout=60)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual("64 parts: up to" in result.stderr, is_told,
                                 result.stderr)


class SlurmSubmit(PartsTest):
    SUBMIT = ROOT / "scripts" / "slurm" / "submit.sh"

    def submit(self, *words, **env):
        """@return what happened, and the words of each sbatch."""
        programs = self.scratch / "programs"
        programs.mkdir(exist_ok=True)
        log = self.scratch / "log"
        log.write_text("")
        sbatch = programs / "sbatch"
        sbatch.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" '' >>"
                          f"'{log}'\necho 42\n")
        sbatch.chmod(0o755)
        path = f"{programs}:{os.environ['PATH']}"
        result = subprocess.run(
            [self.SUBMIT, *words], cwd=self.scratch, capture_output=True,
            text=True, env=self.environment(PATH=path, HAUL=HAUL, **env))
        jobs = [text.split("\0") for text in log.read_text().split("\0\0")]
        return result, jobs[:-1]

    def test_any_name_of_a_directory_will_do(self):
        for name in ("a b", "-dash", "quo'te\"", "new\nline", "$HOME`id`",
                     "100%Ab", "*"):
            with self.subTest(name=name):
                self.plan(4, parts=3)
                run = self.scratch / name
                (self.scratch / "run").rename(run)
                result, (array, merge) = self.submit(name, "--", "--retry",
                                                     "0")
                self.assertEqual(result.returncode, 0, result.stderr)
                logs = f"--output={run}/slurm/".replace("%", "%%")
                job = self.SUBMIT.parent / "job.sh"
                self.assertEqual(array, [
                    "--parsable", "--array=0-2", f"{logs}%A_%a.log", str(job),
                    str(run), "--retry", "0"])
                self.assertIn(f"{logs}merge.log", merge)
                result = subprocess.run(
                    ["bash", job, name, "--concurrent-shards", "1"],
                    cwd=self.scratch, capture_output=True, text=True,
                    env=self.environment(HAUL=HAUL, SLURM_ARRAY_TASK_ID="1",
                                         SLURM_ARRAY_TASK_COUNT="3"))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("sed", result.stderr)
                self.assertTrue((run / "00001" / ".haul" / "DONE").exists())

    def test_cd_goes_where_it_should(self):
        self.plan(4)
        (self.scratch / "other" / "run").mkdir(parents=True)
        result, (array, _) = self.submit("run",
                                         CDPATH=str(self.scratch / "other"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(array[-1], str(self.scratch / "run"))

    def test_what_is_missing_is_said(self):
        (self.scratch / "bad").mkdir()
        (self.scratch / "bad" / "plan.json").write_text("{}")
        for words, message in (([], "give the directory of the plan"),
                               (["none"], "none: there is no plan"),
                               (["bad"], "bad/plan.json: it is damaged")):
            result, jobs = self.submit(*words)
            self.assertEqual((result.returncode, jobs), (2, []))
            self.assertEqual(len(result.stderr.splitlines()), 1)
            self.assertIn(message, result.stderr)
        result = subprocess.run(["bash", self.SUBMIT.parent / "job.sh"],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn("give the directory of the plan", result.stderr)


class SlurmCluster(PartsTest):
    CLUSTER = ROOT / "scripts" / "slurm" / "cluster.sh"

    def sleeper(self, name, **env):
        path = self.scratch / name
        if not path.exists():
            shutil.copy(shutil.which("sleep"), path)
        process = subprocess.Popen([path, "600"],
                                   env=self.environment(**env))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_down_ends_what_is_left_of_its_jobs_alone(self):
        for name in ("mine", "other"):
            (self.scratch / name).mkdir()
        for name in ("scancel", "squeue"):
            program = self.scratch / name
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
        mine = str(self.scratch / "mine" / "slurm.conf")
        other = str(self.scratch / "other" / "slurm.conf")
        ended = [self.sleeper("slurmstepd", SLURM_CONF=mine),
                 self.sleeper("task", SLURM_CONF=mine, SLURM_JOB_ID="1")]
        kept = [self.sleeper("shell", SLURM_CONF=mine),
                self.sleeper("slurmstepd", SLURM_CONF=other),
                self.sleeper("slurmstepd", SLURM_CONF=mine + ".old"),
                self.sleeper("slurmstepd"),
                self.sleeper("task", SLURM_CONF=other, SLURM_JOB_ID="1")]
        result = subprocess.run(
            [self.CLUSTER, "down", "mine"], cwd=self.scratch,
            env=self.environment(
                PATH=f"{self.scratch}:{os.environ['PATH']}"),
            capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual([p.wait(10) for p in ended], [-9, -9])
        self.assertEqual([p.poll() for p in kept], [None] * len(kept))


@unittest.skipUnless(shutil.which("parallel"), "no GNU parallel")
class Parallel(Clusters):
    def parallel(self):
        """The command of the README, with four parts."""
        text = (ROOT / "README.md").read_text()
        start = text.index("    parallel --joblog")
        line = text[start:text.index("\n\n", start)].replace("\\\n", " ")
        line = (line.replace("0/64", "0/4").replace("/64", "/4")
                .replace("seq 0 63", "seq 0 3")
                .replace("'haul get", f"'{HAUL} get")
                .replace("--sshloginfile hosts --workdir .", ""))
        env = self.environment(HOME=str(self.scratch),
                               XDG_CONFIG_HOME=str(self.scratch))
        return subprocess.run(["bash", "-c", line], cwd=self.scratch, env=env,
                              capture_output=True, text=True, timeout=120)

    def test_a_second_call_runs_what_is_left(self):
        self.plan(40)
        (self.scratch / "haul").mkdir()
        (self.scratch / "haul" / "config").write_text("retry = 0\n")
        self.origin.status["/3"] = [503]
        first = self.parallel()
        self.assertEqual(first.returncode, 1, first.stderr)
        self.origin.status.clear()
        self.origin.hits.clear()
        second = self.parallel()
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(self.origin.hits, ["/3"])
        self.assert_all_there(40)
