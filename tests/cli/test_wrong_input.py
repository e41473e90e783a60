"""Every mistake gets one clear message and the right exit code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import RECORDED, Cadet, Ended


def is_clear(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended
    assert "Traceback" not in ended.err + ended.out
    assert ended.out == ""
    messages = [line for line in ended.err.splitlines() if line.startswith(("cadet: ", "Error: "))]
    assert len(messages) == 1, ended.err
    for word in words:
        assert word in ended.err, ended.err


BROKEN_TARGETS = {
    "no toml": ("cadet = = 1", "line 1"),
    "no version": (RECORDED.replace("cadet = 1", ""), "cadet"),
    "newer version": (RECORDED.replace("cadet = 1", "cadet = 9"), "9"),
    "unknown section": (RECORDED + "\n[optoins.x]\nvalues = [1, 2]\n", "options"),
    "unknown key": (RECORDED.replace("values = [1, 2, 4]", "vales = [1, 2, 4]"), "values"),
    "wrong type": (RECORDED.replace("values = [1, 2, 4]", "values = 4"), "options.cores.values"),
    "empty values": (RECORDED.replace("values = [1, 2, 4]", "values = []"), "options.cores"),
    "one value": (RECORDED.replace("values = [1, 2, 4]", "values = [1]"), "options.cores"),
    "doubled value": (RECORDED.replace("values = [1, 2, 4]", "values = [1, 2, 2]"), "options.cores"),
    "default outside": (RECORDED.replace("default = 1\n", "default = 3\n"), "options.cores"),
    "empty range": (RECORDED.replace("values = [1, 2, 4]", "range = [4, 1]"), "options.cores.range"),
    "log of zero": (RECORDED.replace("values = [1, 2, 4]", 'range = [0, 4]\nscale = "log"'), "options.cores"),
    "goal": (RECORDED.replace('goal = "min"', 'goal = "less"'), "objectives.latency.goal"),
    "no objective": (RECORDED[: RECORDED.index("[objectives")], "objectives"),
    "source": (RECORDED.replace("column:latency", "colum:latency"), "column:"),
    "missing column": (RECORDED.replace("column:latency", "column:latncy"), "latency"),
    "constraint": (RECORDED + '\n[[constraints]]\nexpr = "cores > clok"\n', "clock"),
    "no expression": (RECORDED + '\n[[constraints]]\nexpr = "cores >"\n', "cores >"),
    "code": (RECORDED + "\n[[constraints]]\nexpr = \"__import__('os').system('true')\"\n", "not allowed"),
    "two workloads": (RECORDED.replace("[workload]", '[workload]\ncommand = ["true"]'), "workload"),
    "no table": (RECORDED.replace("recorded.csv", "recorde.csv"), "recorde.csv"),
    "actuator of a table": (
        RECORDED.replace('layer = "kernel"', 'actuator = { sysctl = "vm.swappiness" }'),
        "options.policy.actuator: belongs to a command",
    ),
    "no command": (RECORDED.replace('replay = "recorded.csv"', "command = []"), "workload.command"),
    "placeholder": (
        RECORDED.replace('replay = "recorded.csv"', 'command = ["run", "{cors}"]').replace("column:latency", "wall"),
        "cores",
    ),
}


@pytest.mark.parametrize("text, word", BROKEN_TARGETS.values(), ids=BROKEN_TARGETS)
def test_a_broken_target_names_the_place(cadet: Cadet, board: Path, text: str, word: str) -> None:
    board.write_text(text)
    is_clear(cadet("measure", board), 2, word)


BROKEN_TABLES = {
    "empty file": ("", "recorded.csv"),
    "no rows": ("cores,clock,policy,misses,latency\n", "recorded.csv"),
    "missing option": ("cores,clok,policy,misses,latency\n1,100,fifo,1,1\n", "clock"),
    "unknown value": ("cores,clock,policy,misses,latency\n3,100,fifo,1,1\n", "3"),
    "missing value": ("cores,clock,policy,misses,latency\n,100,fifo,1,1\n", "cores"),
    "text for a number": ("cores,clock,policy,misses,latency\n1,100,fifo,1,fast\n", "latency"),
    "ragged": ("cores,clock\n1,100,fifo,1,1,7\n1\n", "recorded.csv"),
    "doubled column": ("cores,cores,clock,policy,misses,latency\n1,1,100,fifo,1,1\n", "cores"),
    "binary": ("\x00\x01\x02", "recorded.csv"),
}


@pytest.mark.parametrize("text, word", BROKEN_TABLES.values(), ids=BROKEN_TABLES)
@pytest.mark.parametrize("command", ["measure", "import"])
def test_a_broken_table_names_the_place(cadet: Cadet, board: Path, text: str, word: str, command: str) -> None:
    if command == "import":
        (board.parent / "good.csv").write_text((board.parent / "recorded.csv").read_text())
        board.write_text(RECORDED.replace("recorded.csv", "good.csv"))
    (board.parent / "recorded.csv").write_text(text)
    arguments = ("measure", board) if command == "measure" else ("import", "recorded.csv", "--target", board)
    is_clear(cadet(*arguments), 2, word)


@pytest.mark.parametrize("table", ["nothing.csv", "broken.csv"])
def test_a_table_that_cannot_be_read_moves_no_study_aside(cadet: Cadet, board: Path, table: str) -> None:
    (board.parent / "broken.csv").write_text("cores,clock,policy,misses,latency\n3,100,fifo,1,1\n")
    assert cadet("import", "recorded.csv", "--target", board).code == 0
    there = sorted(path.name for path in (board.parent / ".cadet").glob("*.db"))
    is_clear(cadet("import", table, "--target", board, "--fresh"), 2, table)
    assert sorted(path.name for path in (board.parent / ".cadet").glob("*.db")) == there == ["board.db"]
    assert cadet("import", "recorded.csv", "--target", board, "--fresh").code == 0
    assert len(list((board.parent / ".cadet").glob("*.db"))) == 2


BROKEN_CALLS = {
    "no command of that name": (("debgu", "target.toml"), 2, "debug"),
    "no target": (("debug", "nothing.toml"), 2, "nothing.toml"),
    "a folder for a target": (("debug", "."), 2, "."),
    "fault is no JSON": (("debug", "target.toml", "--fault", "{cores: 1}"), 2, "JSON"),
    "fault is a list": (("debug", "target.toml", "--fault", "[1]"), 2, "object"),
    "unknown option": (("debug", "target.toml", "--fault", '{"coers": 1}'), 2, "cores"),
    "unknown value": (("debug", "target.toml", "--fault", '{"cores": 3}'), 2, "cores"),
    "no fault file": (("debug", "target.toml", "--fault", "@nothing.json"), 2, "nothing.json"),
    "row before any": (("debug", "target.toml", "--fault", "row:7"), 2, "row"),
    "worst before any": (("debug", "target.toml", "--fault", "worst"), 2, "worst"),
    "unreadable device": (("debug", "target.toml", "--fault", "current"), 6, "current"),
    "unknown objective": (("debug", "target.toml", "--objective", "latncy"), 2, "latency"),
    "goal without number": (("debug", "target.toml", "--goal", "latency<=fast"), 2, "latency<=0.5"),
    "goal the wrong way": (("debug", "target.toml", "--goal", "latency>=1"), 2, "minimised"),
    "slo is no number": (("debug", "target.toml", "--slo", "fast"), 2, "fast"),
    "unknown consent": (("debug", "target.toml", "--accept", "durability"), 2, "durability"),
    "budget zero": (("debug", "target.toml", "--budget", "0"), 2, "budget"),
    "seed below zero": (("debug", "target.toml", "--seed", "-1"), 2, "seed"),
    "unwritable report": (("debug", "target.toml", "--report", "no/such/place/r.html"), 2, "r.html"),
    "no study": (("diagnose", "bord"), 2, "bord"),
    "a target for a study": (("diagnose", "target.toml"), 2, "target file"),
    "unwritable template": (("init", "-o", "no/such/place.toml"), 2, "place.toml"),
    "unknown template": (("init", "comand"), 2, "command"),
    "template over a file": (("init", "-o", "target.toml"), 2, "there already"),
    "unknown format": (("report", "board", "--format", "pdf"), 2, "html"),
}


@pytest.mark.parametrize("arguments, code, word", BROKEN_CALLS.values(), ids=BROKEN_CALLS)
def test_a_wrong_call_names_the_way_out(
    cadet: Cadet, board: Path, arguments: tuple[str, ...], code: int, word: str
) -> None:
    is_clear(cadet(*arguments), code, word)


def test_a_command_that_does_not_exist_is_said_before_measuring(cadet: Cadet, board: Path) -> None:
    board.write_text(
        RECORDED.replace('replay = "recorded.csv"', 'command = ["no-such-program", "{cores}", "{clock}", "{policy}"]')
        .replace("column:latency", "wall")
        .replace('columns = ["misses"]', "")
    )
    is_clear(cadet("measure", board), 3, "no-such-program")


def test_output_that_is_no_json_is_said_with_what_was_there(cadet: Cadet, board: Path) -> None:
    board.write_text(
        RECORDED.replace('replay = "recorded.csv"', 'command = ["echo", "{cores} {clock} {policy}"]')
        .replace("column:latency", "output:latency")
        .replace('columns = ["misses"]', "")
    )
    ended = cadet("measure", board, "-n", 1)
    assert ended.code == 3
    assert "Traceback" not in ended.err
    assert "JSON" in ended.err


def test_a_changed_target_is_refused_with_the_difference(cadet: Cadet, board: Path) -> None:
    assert cadet("measure", board).code == 0
    board.write_text(RECORDED.replace("values = [1, 2, 4]", "values = [1, 4]"))
    recorded = board.parent / "recorded.csv"
    recorded.write_text("\n".join(line for line in recorded.read_text().splitlines() if not line.startswith("2,")))
    is_clear(cadet("measure", board), 2, "options.cores.values", "--fresh")
    assert cadet("measure", board, "--fresh").code == 0


def test_a_damaged_study_is_said_so(cadet: Cadet, board: Path) -> None:
    (board.parent / ".cadet").mkdir()
    (board.parent / ".cadet" / "board.db").write_bytes(b"SQLite format 3\x00" + b"\x07" * 4000)
    is_clear(cadet("measure", board), 2, "board")
