"""Buckets of a real S3 implementation, moto, which runs in this process. Run by `npm run test:python`."""

import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import boto3
from moto.server import ThreadedMotoServer
from test_unfold_cli import write_checkpoint

import unfold_cli

SECRET = "a-secret-that-nobody-may-see"


class ABucket(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory(prefix="unfold-s3-")
        root = pathlib.Path(cls.folder.name)
        os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY=SECRET, XDG_CACHE_HOME=str(root / "cache"))
        os.environ.pop("HF_HOME", None)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        cls.server = ThreadedMotoServer(port=0, verbose=False)
        cls.server.start()
        host, port = cls.server.get_host_and_port()
        os.environ["AWS_ENDPOINT_URL"] = cls.endpoint = f"http://{host}:{port}"
        write_checkpoint(root / "m", {"model.norm.weight": ("BF16", [8], 16)}, {"model_type": "none of ours"})
        cls.store = boto3.client("s3", region_name="us-east-1", endpoint_url=cls.endpoint)
        cls.store.create_bucket(Bucket="weights")
        cls.files = {file.name: file.read_bytes() for file in (root / "m").iterdir()}
        for prefix in ("a model/é/", "many/"):
            for name, data in cls.files.items():
                cls.store.put_object(Bucket="weights", Key=prefix + name, Body=data)
        for number in range(1000):
            cls.store.put_object(Bucket="weights", Key=f"many/log-{number:04}.txt", Body=b"")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        cls.folder.cleanup()

    def test_a_prefix_is_a_source(self) -> None:
        report = unfold_cli.check("s3://weights/a model/é")
        report.raise_for_findings()
        self.assertEqual((report.source["kind"], report.source["id"]), ("s3", "s3://weights/a model/é"))
        self.assertEqual(unfold_cli.params("s3://weights/a model/é/model.safetensors").checkpoint["tensors"], 1)

    def test_a_listing_goes_on_over_a_thousand_keys(self) -> None:
        self.assertEqual(unfold_cli.params("s3://weights/many").checkpoint["tensors"], 1)

    def test_a_second_run_asks_for_no_shard(self) -> None:
        self.assertIn("(1 ranged", self.stats("--no-cache"))
        self.stats()
        self.assertIn("(0 ranged", self.stats())
        self.store.put_object(Bucket="weights", Key="many/model.safetensors", Body=self.files["model.safetensors"] + b"!")
        self.assertIn("(1 ranged", self.stats())

    def stats(self, *more: str) -> str:
        words = [sys.executable, "-m", "unfold_cli", "params", "s3://weights/many", "--stats", *more]
        return subprocess.run(words, capture_output=True, text=True, check=False).stderr

    def test_what_is_not_there_is_told(self) -> None:
        for source, code in [("s3://nothing-here", "BUCKET_NOT_FOUND"), ("s3://weights/none", "SOURCE_NOT_FOUND")]:
            with self.assertRaises(unfold_cli.UnfoldError) as raised:
                unfold_cli.check(source)
            self.assertEqual((raised.exception.code, bool(raised.exception.hint)), (code, True))

    def test_the_secret_is_nowhere(self) -> None:
        unfold_cli.snapshot("s3://weights/many", pathlib.Path(self.folder.name, "s.unfold.json"))
        files = [file for file in pathlib.Path(self.folder.name).rglob("*") if file.is_file()]
        self.assertGreater(len(files), 3)
        for file in files:
            self.assertNotIn(SECRET.encode(), file.read_bytes(), file)


if __name__ == "__main__":
    unittest.main()
