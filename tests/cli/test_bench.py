"""`cadet bench` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cadet

SMALL = ("bench", "--strategies", "random", "--families", "steps,idle", "--devices", "none", "--worlds", "1",
         "--jobs", "1", "--out", "out")  # fmt: skip


def test_results_go_to_stdout_and_progress_does_not(cadet: Cadet) -> None:
    ended = cadet(*SMALL, "--format", "json")
    told = json.loads(ended.out)
    assert ended.code == 0
    assert [(r["strategy"], r["goal"], r["cases"]) for r in told["rows"]] == [
        ("random", "median", 2),
        ("random", "p10", 2),
    ]
    assert "bench: 4/4" in ended.err
    assert json.loads(Path("out/table.json").read_text()) == told
    assert "| goal | strategy | cases |" in Path("out/table.md").read_text()


def test_the_same_call_continues(cadet: Cadet) -> None:
    first = cadet(*SMALL, "--goal", "median")
    lines = Path("out/results.jsonl").read_text()
    assert "random" in first.out
    again = cadet(*SMALL)
    assert "2 sessions known" in again.err
    assert Path("out/results.jsonl").read_text().startswith(lines)


def test_unknown_names_and_missing_recordings(cadet: Cadet, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = cadet("bench", "--families", "step", "--out", "out")
    assert (wrong.code, "did you mean 'steps'" in wrong.err) == (2, True)
    monkeypatch.setenv("CADET_RECORDED", "/nowhere")
    random = ("bench", "--strategies", "random", "--jobs", "1", "--out", "out")
    asked = cadet(*random, "--families", "none", "--devices", "gpu_pnpoly_rtx3090")
    assert (asked.code, "CADET_RECORDED" in asked.err) == (6, True)
    silent = cadet(*random, "--families", "idle", "--worlds", "1")
    assert (silent.code, "no recorded devices here" in silent.err) == (0, True)


@pytest.mark.slow
def test_in_the_small_subset_the_engine_leads_and_claims_nothing_false(cadet: Cadet) -> None:
    """Sixteen sessions of each: what a grave change for the worse would show in, not how good the engine is."""
    told = json.loads(cadet("bench", "--subset", "ci", "--out", "out", "--format", "json").out)
    rows = {(r["strategy"], r["goal"]): r for r in told["rows"]}
    assert not told["errors"]
    for goal in ("median", "p10"):
        ours, theirs = (rows[s, goal]["metrics"] for s in ("cadet", "random"))
        assert ours["f1"]["mean"] > theirs["f1"]["mean"] + 0.2
        assert ours["minimal"]["mean"] > theirs["minimal"]["mean"]
        assert ours["false"]["mean"] <= 1 / 8
