"""A recorded device answers from its table, in seeded order, and for nothing."""

from __future__ import annotations

import time
from pathlib import Path

from cadet.device.runner import Runner
from cadet.device.target import Target, from_document
from cadet.model.measurement import Run, Status, Tag

OPTIONS = {"pace": {"values": [1, 2, 3], "default": 1}}


def recorded(folder: Path, text: str) -> Target:
    (folder / "table.csv").write_text(text)
    return from_document(
        {
            "cadet": 1,
            "name": "recorded",
            "workload": {"replay": "table.csv"},
            "options": OPTIONS,
            "events": {"columns": ["misses"]},
            "objectives": {"latency": {"from": "column:seconds", "unit": "s"}},
        },
        folder,
    )


def draw(target: Target, pace: int, count: int, seed: int = 0, earlier: tuple[Run, ...] = ()) -> list[Run]:
    with Runner(target, seed=seed, earlier=earlier) as runner:
        return [runner.run(target.space.configuration({"pace": pace})) for _ in range(count)]


TABLE = "pace,misses,seconds\n" + "".join(f"1,{i},{i}.5\n" for i in range(8)) + "2,1,9\n"


def test_every_row_comes_once_before_any_comes_again(tmp_path: Path) -> None:
    seen = draw(recorded(tmp_path, TABLE), 1, 20)
    assert sorted(run.values["latency"] for run in seen[:8]) == [i + 0.5 for i in range(8)]
    assert [Tag.RECYCLED in run.tags for run in seen] == [False] * 8 + [True] * 12
    assert [run.values for run in seen[8:16]] == [run.values for run in seen[:8]]


def test_an_event_keeps_the_row_of_its_objective(tmp_path: Path) -> None:
    assert all(run.values["latency"] == run.values["misses"] + 0.5 for run in draw(recorded(tmp_path, TABLE), 1, 8))


def test_the_order_is_seeded(tmp_path: Path) -> None:
    target = recorded(tmp_path, TABLE)
    orders = {seed: [run.values["latency"] for run in draw(target, 1, 8, seed)] for seed in range(5)}
    assert orders[3] == [run.values["latency"] for run in draw(target, 1, 8, 3)]
    assert len({tuple(order) for order in orders.values()}) > 1


def test_a_resumed_study_goes_on_with_the_next_row(tmp_path: Path) -> None:
    target = recorded(tmp_path, TABLE)
    whole = [run.values["latency"] for run in draw(target, 1, 8)]
    first = draw(target, 1, 3)
    rest = draw(target, 1, 5, earlier=tuple(first))
    assert [run.values["latency"] for run in (*first, *rest)] == whole


def test_what_was_not_recorded_is_infeasible_and_free(tmp_path: Path) -> None:
    (run,) = draw(recorded(tmp_path, TABLE), 3, 1)
    assert run.status is Status.INFEASIBLE
    assert run.message == "not recorded"
    assert run.seconds == 0


def test_an_empty_objective_is_a_failed_run_and_not_dropped(tmp_path: Path) -> None:
    (run,) = draw(recorded(tmp_path, TABLE.replace("2,1,9", "2,1,")), 2, 1)
    assert run.status is Status.FAILED
    assert run.message == "column:seconds is empty in this row"


def test_the_place_of_a_recorded_run_is_its_table_and_not_this_machine(tmp_path: Path) -> None:
    (run,) = draw(recorded(tmp_path, TABLE), 2, 1)
    assert run.environment["device"] == "replay"
    assert run.environment["table"] == "table.csv"
    assert "host" not in run.environment


def test_four_thousand_rows_are_looked_up_in_no_time(tmp_path: Path) -> None:
    options = {f"o{i}": {"values": list(range(10)), "default": 0} for i in range(4)}
    rows = [",".join([*f"{i:04d}", "1", "2"]) for i in range(4000)]
    (tmp_path / "table.csv").write_text("\n".join(["o0,o1,o2,o3,misses,seconds", *rows]))
    start = time.process_time()
    target = from_document(
        {
            "cadet": 1,
            "name": "large",
            "workload": {"replay": "table.csv"},
            "options": options,
            "events": {"columns": ["misses"]},
            "objectives": {"latency": {"from": "column:seconds"}},
        },
        tmp_path,
    )
    loaded = time.process_time()
    with Runner(target) as runner:
        assert all(runner.run(configuration).ok for configuration in target.space.recorded or ())
    assert loaded - start < 2
    assert time.process_time() - loaded < 2
