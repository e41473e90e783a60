"""A study's laboratory: what was answered stays answered, and nothing is promised that will never be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadet.device.runner import Runner
from cadet.model.measurement import Purpose, Run
from cadet.model.option import NO_CONTEXT
from cadet.study import Study
from cadet.study.laboratory import StudyLaboratory
from tests.device.documents import target


@pytest.mark.parametrize("after", [0, 1])
def test_an_interrupted_pair_leaves_nothing_to_be_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    made, run = target(tmp_path), Runner.run
    one, two = made.space.default, made.space.configuration({"pace": 2})
    left = [after]

    def interrupted(*arguments: object, **named: object) -> Run:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return run(*arguments, **named)  # type: ignore[arg-type]

    with Study.create(made) as study:
        with monkeypatch.context() as patched, StudyLaboratory(made, study.store) as laboratory:
            patched.setattr(Runner, "run", interrupted)
            with pytest.raises(KeyboardInterrupt):
                laboratory.pair(one, two, NO_CONTEXT, Purpose.PAIR)
        assert len(study.runs) == after
        assert study.store.pending() == []
        assert study.store.summary().pending == 0
        with StudyLaboratory(made, study.store) as laboratory:
            pair = laboratory.pair(one, two, NO_CONTEXT, Purpose.PAIR)
        with StudyLaboratory(made, study.store) as laboratory:
            assert laboratory.pair(one, two, NO_CONTEXT, Purpose.PAIR) == pair
        assert [run.configuration for run in pair] == [one, two]
        assert list(pair) == study.runs[-2:]
        assert len(study.runs) == after + 2
        assert study.store.summary().pending == 0
