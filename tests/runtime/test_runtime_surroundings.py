"""What stands around a handler: layers, what the caller sent, snapshots, executables."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND, events_of, log_of
from warmstart.runtime.launch import Call
from warmstart.runtime.pricing import bill

if TYPE_CHECKING:
    from pathlib import Path

    from runtime.conftest import Bench


class TestSnapStart:
    CODE = """
import random, secrets, os, uuid, time
from snapshot_restore_py import register_before_snapshot, register_after_restore
STARTED = uuid.uuid4().hex
open("/tmp/kept", "w").write("from init")
seen = []
@register_before_snapshot
def before():
    seen.append("before")
@register_after_restore
def after():
    time.sleep(0.5)
    seen.append("after")
n = 0
def handler(event, context):
    global n
    n += 1
    time.sleep(1)
    open("/tmp/mine", "a").write("x")
    return [STARTED, random.random(), secrets.token_hex(4), seen, n,
            sorted(os.listdir("/tmp")), os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
            os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME"), context.log_group_name]
"""

    @pytest.mark.skipif(sys.platform != "linux", reason="a snapshot's forks are cleaned up by it")
    def test_environments_begin_with_what_init_left(self, bench: Bench) -> None:
        bench.function(
            "Snap", self.CODE, SnapStart={"ApplyOn": "PublishedVersions"}, AutoPublishAlias="live"
        )
        calls = [Call(0, "Snap:live"), Call(0, "Snap:live"), Call(9 * SECOND, "Snap:live")]
        result = bench.run(calls)
        one, two, again = (json.loads(outcome.payload) for outcome in result.outcomes)
        assert one[0] == two[0]
        assert one[1] == two[1]  # What AWS warns of.
        assert one[2] != two[2]  # The operating system's entropy is new.
        assert one[3] == ["before", "after"]
        assert (one[4], two[4], again[4]) == (1, 1, 2)
        assert one[5] == ["kept", "mine"]
        assert one[6:] == ["snap-start", None, None]
        restored = events_of(result, "RestoreEnded")
        assert all(event.billed >= 500_000 for event in restored)
        (taken,) = events_of(result, "SnapshotTaken")
        assert (taken.at, taken.version) == (0, "1")
        (report,) = [line for line in log_of(result, "Snap/2") if line.startswith("REPORT")][:1]
        assert "Restore Duration: " in report
        assert bench.run(calls).trace.to_jsonl() == result.trace.to_jsonl()

    DYING = """
import os
from snapshot_restore_py import register_before_snapshot, register_after_restore
@register_{when}
def hook():
    os._exit(3)
def handler(event, context):
    return 1
"""

    @pytest.mark.skipif(sys.platform != "linux", reason="a snapshot's forks are cleaned up by it")
    def test_a_process_that_dies_in_a_hook(self, bench: Bench) -> None:
        for name, when in (("Before", "before_snapshot"), ("After", "after_restore")):
            bench.function(
                name, self.DYING.format(when=when), MemorySize=1024,
                SnapStart={"ApplyOn": "PublishedVersions"}, AutoPublishAlias="live",
            )  # fmt: skip
        calls = [Call(0, "Before:live"), Call(0, "After:live"), Call(9 * SECOND, "After:live")]
        result = bench.run(calls)
        before, *after = (json.loads(outcome.payload)["Message"] for outcome in result.outcomes)
        assert before.endswith("The function is currently in the following state: Failed")
        assert all(message.endswith("exited with error: exit status 3") for message in after)
        assert [outcome.status_code for outcome in result.outcomes] == [409, 400, 400]
        (line,) = [line for line in log_of(result, "Before/1") if line.startswith("INIT_REPORT")]
        assert line.endswith("Phase: init\tStatus: error\tError Type: Runtime.ExitError")
        assert [event.status for event in events_of(result, "RestoreEnded")] == ["error"] * 2
        assert events_of(result, "InvocationStarted") == []
        # The one snapshot there is is kept; nothing was restored or invoked.
        (charge,) = bill(result.trace).charges
        assert (charge.resource, charge.item) == ("After", "Lambda SnapStart cache")
        assert charge.quantity == 3 * 3_600


class TestStorage:
    CODE = """
import os, pathlib
def tried(work):
    try:
        work()
    except OSError as error:
        return error.strerror
def grow(name, mb, mode="ab"):
    with open(name, mode) as file:
        file.truncate(file.tell() + (mb << 20))
def handler(event, context):
    return [
        tried(lambda: grow("/tmp/a", 300)),
        tried(lambda: grow("/tmp/b", 213)),
        tried(lambda: grow("/tmp/b", 212)),
        tried(lambda: pathlib.Path("/tmp/c").write_text("x")),
        tried(lambda: os.open("/tmp/d", os.O_CREAT | os.O_WRONLY)),
        tried(lambda: os.open("/tmp/a", os.O_RDONLY)),
        tried(lambda: grow("/tmp/a", 100, "wb")),
        tried(lambda: os.remove("/tmp/b")),
        tried(lambda: grow("/tmp/c", 412)),
        tried(lambda: grow("/tmp/c", 1)),
    ]
"""

    def test_what_lies_in_tmp_together_is_held_to_the_storage(self, bench: Bench) -> None:
        bench.function("Fill", self.CODE)
        (outcome,) = bench.run([Call(0, "Fill")]).outcomes
        large, full = "File too large", "No space left on device"
        assert json.loads(outcome.payload) == [
            None, large, None, full, full, None, None, None, None, large,
        ]  # fmt: skip

    CLEANS = """
import os, shutil
def handler(event, context):
    os.makedirs("/tmp/a/b", exist_ok=True)
    try:
        shutil.rmtree("/tmp")
    except OSError as error:
        found = [error.strerror, os.listdir("/tmp")]
    if event:
        os.system("rm -r $TMPDIR")
    return found
"""

    def test_the_folder_itself_stays(self, bench: Bench) -> None:
        """On Lambda it is a disk of its own. Who takes it away past Python ends no run."""
        bench.function("Clean", self.CLEANS)
        bench.function("Gone", self.CLEANS)
        result = bench.run([Call(0, "Clean"), Call(9 * SECOND, "Clean"), Call(0, "Gone", "[1]")])
        kept = ["Device or resource busy", []]
        assert [json.loads(outcome.payload) for outcome in result.outcomes] == [kept] * 3

    PAST_PYTHON = """
import os, subprocess
def handler(event, context):
    for name in event["names"]:
        subprocess.run(["truncate", "-s", "300M", "/tmp/" + name])
"""

    def test_what_others_write_there_is_told(self, bench: Bench) -> None:
        """A program may pass what Python is held to; the log says what Lambda would have said."""
        bench.function("Past", self.PAST_PYTHON)
        result = bench.run(
            [Call(at * 9 * SECOND, "Past", json.dumps({"names": names}))
             for at, names in enumerate([["a"], ["b"]])]
        )  # fmt: skip
        log = log_of(result, "Past/1")
        (at,) = [index for index, line in enumerate(log) if line.startswith("[warmstart] /tmp")]
        assert "/tmp holds 600 MB and may hold 512: on Lambda" in log[at]
        assert log[at - 1].startswith("START RequestId: " + result.outcomes[1].request)
        assert log[at + 1].startswith("END")


class TestFolders:
    CODE = """
import os, subprocess, sys, time
sys.path.append("/opt/extra")
sys.path.append("/tmp/late")
import beside, extra

def handler(event, context):
    os.makedirs("/tmp/late")
    with open("/tmp/late/later.py", "w") as file:
        file.write("X = 3")
    import later
    said = lambda *args, **named: subprocess.run(args, capture_output=True, text=True, **named).stdout
    return [
        open("/var/task/data.txt").read(),
        sorted(os.listdir("/var/task")),
        os.path.exists("/var/tasks"),
        [beside.X, extra.X, later.X],
        said("tool"),
        said("/opt/bin/tool"),
        said("cat", "/tmp/late/later.py", "/var/task/data.txt"),
        said("pwd", cwd="/tmp"),
        [time.strftime("%H %Z", time.localtime(0))],
        context.log("said as it is"),
        [context.log_group_name, os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]],
        context.log_stream_name[:-32],
    ]
"""

    def test_lambdas_names_of_folders_lead_there(self, bench: Bench) -> None:
        """For open, os, what subprocess starts, and sys.path; PYTHONPATH and TZ count, too."""
        layer = bench.root / "layer"
        for folder in ("bin", "extra"):
            (layer / folder).mkdir(parents=True)
        (layer / "bin/tool").write_text("#!/bin/sh\necho tool\n")
        (layer / "bin/tool").chmod(0o755)
        (layer / "extra/extra.py").write_text("X = 2")
        (bench.root / "see/lib").mkdir(parents=True)
        (bench.root / "see/lib/beside.py").write_text("X = 1")
        (bench.root / "see/data.txt").write_text("data")
        bench.resource("Layer", "AWS::Serverless::LayerVersion", ContentUri="layer")
        variables = {"PYTHONPATH": "/var/task/lib", "TZ": "Asia/Seoul"}
        bench.function(
            "See", self.CODE, Layers=[{"Ref": "Layer"}], Environment={"Variables": variables},
            LoggingConfig={"LogFormat": "Text", "LogGroup": "mine"},
        )  # fmt: skip
        result = bench.run([Call(0, "See")])
        assert json.loads(result.outcomes[0].payload) == [
            "data", ["app.py", "data.txt", "lib"], False, [1, 2, 3], "tool\n", "tool\n", "X = 3data",
            "/tmp\n", ["09 KST"], None, ["mine", "mine"],
            "2026/01/05/See[$LATEST]",
        ]  # fmt: skip
        assert "said as it is" in log_of(result, "See/1")


class TestLayers:
    def test_modules_and_files_of_layers(self, bench: Bench) -> None:
        """Two layers lie over one another in /opt."""
        bench.function(
            "Layered",
            "import shared, os\n"
            "def handler(event, context):\n"
            "    return [shared.NAME, open('/opt/data.txt').read(), shared.__file__]\n",
        )
        for name, text in (("one", "1"), ("two", "2")):
            (bench.root / name / "python").mkdir(parents=True)
            (bench.root / name / "python" / "shared.py").write_text(f"NAME = {text!r}\n")
        (bench.root / "one" / "data.txt").write_text("data")
        document = json.loads(bench.template.read_text())
        document["Resources"]["Layered"]["Properties"]["Layers"] = [{"Ref": "One"}, {"Ref": "Two"}]
        for name in ("One", "Two"):
            document["Resources"][name] = {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": name.lower()},
            }
        bench.template.write_text(json.dumps(document))
        (outcome,) = bench.run([Call(0, "Layered")]).outcomes
        found = json.loads(outcome.payload)
        assert found[:2] == ["2", "data"]
        assert found[2] == "/opt/python/shared.py"


class TestExecutables:
    def bootstrap(self, bench: Bench, name: str, script: str) -> None:
        bench.function(name, "", Runtime="provided.al2023", Handler="app.handler")
        path = bench.root / name.lower() / "bootstrap"
        path.write_text(script)
        path.chmod(0o755)

    def test_the_real_runtime_client_runs_a_handler(self, bench: Bench) -> None:
        pytest.importorskip("awslambdaric")
        self.bootstrap(
            bench, "Ric", f"#!/bin/sh\nexec {sys.executable} -m awslambdaric $_HANDLER\n"
        )
        (bench.root / "ric" / "app.py").write_text(
            "import os\n"
            "n = 0\n"
            "def handler(event, context):\n"
            "    global n\n"
            "    n += 1\n"
            "    print('got', event)\n"
            "    if event.get('fail'): raise ValueError('no')\n"
            "    if event.get('exit'): os._exit(3)\n"
            "    left = context.get_remaining_time_in_millis()\n"
            "    return [n, context.aws_request_id, context.invoked_function_arn, 0 < left <= 3000]\n"
        )
        events = ("{}", '{"fail": 1}', '{"exit": 1}', "{}")
        result = bench.run([Call(at * SECOND, "Ric", e) for at, e in enumerate(events)])
        first, failed, exited, again = result.outcomes
        payload: Any = json.loads(first.payload)
        assert payload[:2] == [1, first.request]
        assert payload[2].endswith(":function:Ric")
        assert payload[3]
        assert json.loads(failed.payload)["errorType"] == "ValueError"
        assert json.loads(exited.payload)["errorType"] == "Runtime.ExitError"
        assert json.loads(again.payload)[0] == 1
        log = log_of(result, "Ric/1")
        assert "got {}" in log
        assert any("[ERROR] ValueError: no" in line for line in log)
        assert result.sidecar.invocations[first.request]["peak_mb"] > 1

    def test_a_shell_script_speaks_it_too(self, bench: Bench, tmp_path: Path) -> None:
        del tmp_path
        self.bootstrap(
            bench, "Shell",
            "#!/bin/sh\n"
            "api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n"
            "while :; do\n"
            "  event=$(curl -sS -D $TMPDIR/head $api/invocation/next)\n"
            "  id=$(grep -i request-id $TMPDIR/head | tr -d '\\r' | cut -d' ' -f2)\n"
            '  curl -sS -X POST -d "$event" $api/invocation/$id/response > /dev/null\n'
            "done\n",
        )  # fmt: skip
        if not any((p / "curl").exists() for p in map(type(bench.root), ("/usr/bin", "/bin"))):
            pytest.skip("wants curl")
        result = bench.run([Call(0, "Shell", '{"a": 1}'), Call(SECOND, "Shell", "[2]")])
        assert [outcome.payload for outcome in result.outcomes] == ['{"a": 1}', "[2]"]

    @pytest.mark.parametrize(
        ("script", "kind"),
        [("#!/bin/sh\nexit 4\n", "Runtime.ExitError"), ("\x7fELF", "Runtime.ExitError")],
    )
    def test_one_that_does_not_speak_at_all(self, bench: Bench, script: str, kind: str) -> None:
        self.bootstrap(bench, "Mute", script)
        (outcome,) = bench.run([Call(0, "Mute")]).outcomes
        assert json.loads(outcome.payload)["errorType"] == kind

    def test_no_executable(self, bench: Bench) -> None:
        bench.function("None", "", Runtime="provided.al2023", Handler="x")
        (outcome,) = bench.run([Call(0, "None")]).outcomes
        assert json.loads(outcome.payload)["errorType"] == "Runtime.InvalidEntrypoint"
