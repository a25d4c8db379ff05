"""Machines drawn in cells: pictures pinned as they are, and what must hold of any machine's."""

from __future__ import annotations

import json
from typing import Any

from asl_machines import SAGA, task
from warmstart.runtime.asl.drawing import text
from warmstart.runtime.asl.layout import lay_out
from warmstart.runtime.asl.parse import parse


def drawn(definition: Any, **options: Any) -> list[str]:
    return text(lay_out(parse(json.dumps(definition)), **options)).splitlines()


def choice(*targets: str, otherwise: str) -> dict[str, Any]:
    rules = [{"Variable": "$.x", "IsPresent": True, "Next": target} for target in targets]
    return {"Type": "Choice", "Choices": rules, "Default": otherwise}


def chain(*names: str) -> dict[str, Any]:
    states = {
        name: task(following) for name, following in zip(names, (*names[1:], None), strict=True)
    }
    return {"StartAt": names[0], "States": states}


class TestPictures:
    def test_a_saga_goes_down_at_the_left_and_its_rollback_comes_up_at_the_right(self) -> None:
        assert drawn(SAGA) == [
            "  ■ ValidateOrder ┄┄┄┄┄┄┄┄╮",
            "▼ ■ ProcessPayment ┄┄┄┄┄┄┄┴┄▶▲ ✗ OrderFailed",
            "▼ ■ ReserveInventory ┄┄┄┄┄┄┄▶▲ ■ RefundPayment",
            "▼ ■ ShipOrder ┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶  ■ ReleaseInventory",
            "▼ ✓ OrderComplete",
        ]
        assert drawn(SAGA, roomy=True) == [
            "■ ValidateOrder ┄┄┄┄┄┄┄┄╮",
            "▼                       ┆",
            "■ ProcessPayment ┄┄┄┄┄┄┄┴┄▶ ✗ OrderFailed",
            "▼                           ▲",
            "■ ReserveInventory ┄┄┄┄┄┄┄▶ ■ RefundPayment",
            "▼                           ▲",
            "■ ShipOrder ┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶ ■ ReleaseInventory",
            "▼",
            "✓ OrderComplete",
        ]

    def test_a_loop_runs_back_through_the_gutter(self) -> None:
        """So does what is repaired, from the second column, on a line below it."""
        machine = {
            "StartAt": "Submit",
            "States": {
                "Submit": task("Wait", catch="Failed"),
                "Wait": {"Type": "Wait", "Seconds": 3, "Next": "Check"},
                "Check": task("Done?", catch="Repair"),
                "Done?": choice("Report", otherwise="Wait"),
                "Report": task(),
                "Repair": task("Wait", catch="Failed"),
                "Failed": {"Type": "Fail"},
            },
        }
        assert drawn(machine) == [
            "  ■ Submit ┄┄┄┄┄┄┄▶  ✗ Failed ◀┄┄┄┄╮",
            "▼ ◷ Wait ◀──────╮                  ┆",
            "▼ ■ Check ┄┄┄┄┄┄┼┄▶  ■ Repair ┄┄┄┄┄╯",
            "▼ ◆ Done? ──────┴─────╯",
            "▼ ■ Report",
        ]

    def test_what_is_inside_stands_indented_below(self) -> None:
        machine = {
            "StartAt": "Each",
            "States": {
                "Each": {
                    "Type": "Map",
                    "ItemProcessor": {
                        "StartAt": "Kind",
                        "States": {
                            "Kind": choice("Image", otherwise="Other"),
                            "Image": task("Store"),
                            "Other": task("Store"),
                            "Store": task(),
                        },
                    },
                    "Next": "Both",
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Alarm"}],
                },
                "Both": {
                    "Type": "Parallel",
                    "Branches": [chain("Mail"), chain("재고_확인", "Проверка")],
                    "Next": "End",
                },
                "End": {"Type": "Succeed"},
                "Alarm": task("End"),
            },
        }
        assert drawn(machine) == [
            "  ≡ Each ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶  ■ Alarm",
            "│   ╭  ◆ Kind ──────╮   ╭─────╯",
            "│   │▼ ■ Image ─────┼─╮ │",
            "│   │  ■ Other ◀────╯ │ │",
            "│   ╰▼ ■ Store ◀──────╯ │",
            "▼ ‖ Both                │",
            "│   ╶  ■ Mail           │",
            "│   ╭  ■ 재고_확인      │",
            "│   ╰▼ ■ Проверка       │",
            "▼ ✓ End ◀───────────────╯",
        ]

    def test_thirty_states_fit_a_screen(self) -> None:
        """Also where each of them can fail, and all lead to the same place then."""
        names = [f"Step{at:02}" for at in range(1, 30)]
        machine = chain(*names)
        for state in machine["States"].values():
            state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Notify"}]
        machine["States"]["Notify"] = task()
        layout = lay_out(parse(json.dumps(machine)))
        assert (layout.height, layout.width) < (30, 40)
        assert drawn(machine)[-1] == "▼ ■ Step29 ┄┄┄┄┄┴┄▶  ■ Notify"

    def test_long_names_are_cut(self) -> None:
        assert drawn(chain("A" * 80), names=10) == ["  ■ AAAAAAAAA…"]
