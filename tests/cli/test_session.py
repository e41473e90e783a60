"""A whole session on the command line, on a recorded device: every command, its output and its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cadet

FAULT = '{"cores": 1, "clock": 100}'


def test_debug_finds_the_smallest_fix_and_leaves_report_and_json(cadet: Cadet, board: Path) -> None:
    ended = cadet("debug", board, "--fault", FAULT, "--goal", "latency<=2", "--initial", 6, "--budget", 17,
                  "--json", "out.json", "--report", "report.html")  # fmt: skip
    assert ended.code == 0, ended.err
    answer = json.loads(Path("out.json").read_text())
    assert answer["verdict"] == "confirmed"
    assert len(answer["fixes"][0]["changes"]) == 1
    assert {c["option"] for c in answer["root_causes"]} == set(answer["fixes"][0]["changes"])
    assert answer["fault"]["measured"]["latency"]["estimate"] == 8
    assert answer["fixes"][0]["measured"]["latency"]["low"] is None
    assert "noise" in answer["fixes"][0]["measured"]["latency"]["reason"]
    assert answer["measurements"]["total"] <= 17
    assert "<html" in Path("report.html").read_text()


def test_the_json_on_stdout_is_the_json_in_the_file(cadet: Cadet, board: Path) -> None:
    ended = cadet("debug", board, "--goal", "latency<=2", "--format", "json", "--json", "out.json")
    assert json.loads(ended.out) == json.loads(Path("out.json").read_text())


def test_asking_again_measures_nothing_new(cadet: Cadet, board: Path) -> None:
    first = json.loads(cadet("debug", board, "--goal", "latency<=2", "--format", "json").out)
    runs = json.loads(cadet("study", "show", "board", "--format", "json").out)["runs"]
    again = json.loads(cadet("debug", board, "--goal", "latency<=2", "--format", "json").out)
    assert json.loads(cadet("study", "show", "board", "--format", "json").out)["runs"] == runs
    assert {**again, "seconds": None} == {**first, "seconds": None}


def test_no_fault_is_an_answer(cadet: Cadet, board: Path) -> None:
    ended = cadet("debug", board, "--goal", "latency<=100", "--format", "json")
    assert (ended.code, json.loads(ended.out)["verdict"]) == (0, "no_fault")


def test_a_goal_out_of_reach_is_not_claimed(cadet: Cadet, board: Path) -> None:
    ended = cadet("debug", board, "--goal", "latency<=0.01", "--format", "json")
    assert json.loads(ended.out)["verdict"] in ("inconclusive", "refuted")
    assert ended.code in (1, 4)


def test_measure_learn_diagnose_whatif_fix_report(cadet: Cadet, board: Path) -> None:
    assert cadet("measure", board, "-n", 17).code == 0
    graph = json.loads(cadet("learn", "board", "--format", "json").out)
    assert graph["schema"] == "cadet.graph/1"
    assert not [e for e in graph["edges"] if "policy" in (e["a"], e["b"])]
    answer = json.loads(cadet("diagnose", "board", "--format", "json").out)
    assert {cause["option"] for cause in answer["root_causes"]} <= {"cores", "clock"}
    assert answer["root_causes"]
    whatif = json.loads(cadet("whatif", "board", "--set", "clock=800", "--format", "json").out)
    assert whatif["predicted"]["latency"]["estimate"] < 8
    assert json.loads(cadet("fix", "board", "--format", "json").out)["fixes"]
    applied = cadet("fix", "board", "--apply", "--goal", "latency<=2", "--format", "json")
    assert json.loads(applied.out)["verdict"] == "confirmed"
    for name in ("html", "markdown", "json", "dot"):
        assert cadet("report", "board", "--format", name, "-o", "-").out


def test_what_is_exported_can_be_imported(cadet: Cadet, board: Path) -> None:
    cadet("measure", board, "-n", 17)
    assert cadet("study", "export", "board", "runs.csv").code == 0
    assert cadet("import", "runs.csv", "--target", board, "--fresh").code == 0
    shown = json.loads(cadet("study", "show", "board", "--format", "json").out)
    assert (shown["runs"], shown["purposes"]) == (18, {"imported": 18})
    assert cadet("diagnose", "board", "--fault", "worst").code == 0


def test_worst_and_row_name_a_measured_fault(cadet: Cadet, board: Path) -> None:
    cadet("measure", board, "-n", 17)
    worst = json.loads(cadet("diagnose", "board", "--fault", "worst", "--format", "json").out)
    assert worst["fault"]["configuration"]["clock"] == 100
    assert worst["fault"]["configuration"]["cores"] == 1
    assert cadet("diagnose", "board", "--fault", "row:0").code == 0


@pytest.mark.parametrize("template", ["command", "function", "service", "replay"])
def test_every_template_is_written_once(cadet: Cadet, template: str) -> None:
    assert cadet("init", template, "-o", "mine.toml").code == 0
    assert cadet("init", template, "-o", "mine.toml").code == 2


def test_the_schema_is_json(cadet: Cadet) -> None:
    assert json.loads(cadet("init", "--schema").out)["properties"]["options"]


def test_doctor_tells_by_its_code_that_something_is_missing(cadet: Cadet, board: Path) -> None:
    assert cadet("doctor", board).code == 0
    board.write_text(
        board.read_text()
        .replace('replay = "recorded.csv"', 'function = "deployment:run"')
        .replace('columns = ["misses"]', "")
        .replace("column:latency", "output:latency")
    )
    ended = cadet("doctor", board, "--format", "json")
    assert ended.code == 6
    assert "no module 'deployment'" in ended.out
    (board.parent / "deployment.py").write_text("raise SystemExit('never run')\nrun = None\n")
    assert cadet("doctor", board).code == 0


def test_doctor_says_what_works_here(cadet: Cadet, board: Path) -> None:
    findings = json.loads(cadet("doctor", board, "--format", "json").out)["findings"]
    assert {"sensor", "actuator", "system", "target"} == {f["kind"] for f in findings}
    assert "works" in cadet("doctor").out


def test_help_lists_every_command(cadet: Cadet) -> None:
    from cadet.cli import COMMANDS

    said = cadet("--help")
    assert said.code == 0
    assert all(name in said.out for name in COMMANDS)
    for name in COMMANDS:
        assert cadet(name, "--help").code == 0


def test_what_debug_has_proven_diagnose_repeats(cadet: Cadet, board: Path) -> None:
    proven = json.loads(cadet("debug", board, "--goal", "latency<=2", "--format", "json").out)
    told = json.loads(cadet("diagnose", "board", "--goal", "latency<=2", "--format", "json").out)
    of_the_call = {"seconds": None, "commands": None}  # how long this one took, and what was typed
    assert {**told, **of_the_call} == {**proven, **of_the_call}
    other = json.loads(cadet("diagnose", "board", "--goal", "latency<=1", "--format", "json").out)
    assert other["verdict"] != "confirmed"


def test_the_report_says_the_command_that_made_it(cadet: Cadet, board: Path) -> None:
    cadet("debug", board, "--goal", "latency<=2", "--report", "report.html")
    assert "cadet debug" in Path("report.html").read_text()
    assert "latency&lt;=2" in Path("report.html").read_text()


def test_a_second_fault_learns_from_what_the_first_one_measured(cadet: Cadet, board: Path) -> None:
    goal = ("--goal", "latency<=2", "--format", "json")
    cadet("debug", board, "--fault", FAULT, "--initial", 10, *goal)
    runs = json.loads(cadet("study", "show", "board", "--format", "json").out)["runs"]
    other = '{"cores": 2, "clock": 100}'
    second = json.loads(cadet("debug", board, "--fault", other, "--initial", 10, *goal).out)
    assert second["verdict"] == "confirmed"
    assert second["measurements"]["reused"] > 0
    assert second["measurements"]["initial"] < 10
    after = json.loads(cadet("study", "show", "board", "--format", "json").out)["runs"]
    again = json.loads(cadet("debug", board, "--fault", other, "--initial", 10, *goal).out)
    assert {**again, "seconds": None} == {**second, "seconds": None}
    assert json.loads(cadet("study", "show", "board", "--format", "json").out)["runs"] == after
    assert after - runs < 10


def test_debug_starts_from_the_study_of_another_board(cadet: Cadet, board: Path) -> None:
    assert cadet("measure", board, "-n", 17).code == 0
    board.write_text(board.read_text().replace('name = "board"', 'name = "board2"'))
    goal = ("--fault", FAULT, "--goal", "latency<=2", "--format", "json")
    warm = json.loads(cadet("debug", board, "--from", "board", *goal).out)
    assert warm["verdict"] == "confirmed"
    assert warm["earlier"]["source"] == "board"
    assert warm["earlier"]["trusted"]
    assert warm["measurements"]["initial"] == 0
    assert json.loads(cadet("debug", board, "--from", "board", *goal).out)["fixes"] == warm["fixes"]


def test_a_study_cannot_start_from_itself_or_from_nothing(cadet: Cadet, board: Path) -> None:
    cadet("measure", board, "-n", 5)
    ended = cadet("debug", board, "--from", "board", "--goal", "latency<=2")
    assert (ended.code, "this study" in ended.err) == (2, True)
    ended = cadet("debug", board, "--from", "bord", "--goal", "latency<=2")
    assert (ended.code, "board" in ended.err) == (2, True)
