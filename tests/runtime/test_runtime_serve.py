"""An application that is served in real time: reached by its clients, and gone afterwards."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from runtime import shop
from warmstart.runtime.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


class Served:
    """A process that runs ``warmstart lambda start``, and what it printed until it was ready."""

    def __init__(self, folder: Path) -> None:
        self.trace = folder / "trace.jsonl"
        template = shop.write(folder / "app")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "warmstart", "lambda", "start", str(template),
             "--trace", str(self.trace)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "WARMSTART_HOME": str(folder / "home"), "TMPDIR": str(folder)},
        )  # fmt: skip
        self.settings: dict[str, str] = {}
        self.api = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                self.settings[name] = value
            elif line.startswith("# API Shop: "):
                self.api = line.split()[-1]
            elif line.startswith("# Ready"):
                break

    def client(self, service: str, **changed: str) -> boto3.client:
        said = {**self.settings, **changed}
        return boto3.client(
            service,
            endpoint_url=said["AWS_ENDPOINT_URL"],
            aws_access_key_id=said["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=said["AWS_SECRET_ACCESS_KEY"],
            region_name=said["AWS_DEFAULT_REGION"],
            config=Config(retries={"max_attempts": 0}),
        )

    def ask(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        place = urlsplit(self.api)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        said = {"content-type": "text/plain", **headers}
        connection.request(method, path, body.encode(), said)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response, text

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=20)
        assert (self.process.returncode, err) == (0, "")
        return out


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    if served.process.poll() is None:
        served.process.kill()
        served.process.wait()
    for pipe in (served.process.stdout, served.process.stderr):
        if pipe is not None:
            pipe.close()


def seen(served: Served, *words: str) -> list[str]:
    """Return the trace's lines that hold all of these words, once there is one."""
    for _ in range(100):
        lines = [
            line
            for line in served.trace.read_text().splitlines()
            if all(word in line for word in words)
        ]
        if lines:
            return lines
        time.sleep(0.05)
    raise AssertionError(words)


class TestServed:
    """One application for all of these: a start costs half a second. The last one ends it."""

    def test_an_http_api_answers_at_its_own_address(self, served: Served) -> None:
        response, body = served.ask("POST", "/orders", "tea")
        assert (response.status, response.reason) == (202, "Accepted")
        assert response.headers["x-shop"] == "1"
        assert response.headers["content-length"] == str(len(body))
        assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert served.ask("GET", "/nothing")[1] == '{"message":"Not Found"}'
        assert seen(served, "MessageDeleted")

    def test_it_answers_under_its_own_name_only(self, served: Served) -> None:
        assert served.ask("POST", "/orders", "tea", Host="shop.example")[0].status == 421

    def test_boto3_drives_it_from_outside(self, served: Served) -> None:
        sqs = served.client("sqs")
        url = sqs.get_queue_url(QueueName="Orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="from outside")
        assert seen(served, "LogLine", "work: from outside")

    def test_without_its_key_nobody_gets_in(self, served: Served) -> None:
        for changed in ({"AWS_ACCESS_KEY_ID": "AKIA"}, {"AWS_SECRET_ACCESS_KEY": "guessed"}):
            sqs = served.client("sqs", **changed)
            with pytest.raises(sqs.exceptions.ClientError) as error:
                sqs.get_queue_url(QueueName="Orders")
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    def test_it_ends_at_ctrl_c_and_leaves_nothing(self, served: Served) -> None:
        served.ask("POST", "/orders", "the last one")
        assert seen(served, "work: the last one")
        out = served.stop()
        assert "POST /orders 202" in out
        assert "work: the last one" in out
        trace = Trace.from_jsonl(served.trace.read_text())
        assert json.loads(served.trace.read_text().splitlines()[-1])["status"] == "cancelled"
        assert trace.end > 0
        left = [p for p in served.trace.parent.iterdir() if p.name.startswith("warmstart-")]
        assert left == []
