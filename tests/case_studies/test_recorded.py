"""What every case study tells follows from the measurements that lie beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadet.study import Study
from tests.case_studies.expectations import FOLDER, Expectation, expectations

RECORDED = expectations("recorded")
SUBSAMPLES = 10


def imported(study: str, home: Path) -> Study:
    """Return a new study that holds what was measured."""
    return Study.create(FOLDER / study / "target.toml", home / "study.db").import_table(
        FOLDER / study / "measurements.csv"
    )


@pytest.mark.parametrize("expected", RECORDED, ids=lambda e: e.told)
def test_the_measurements_say_what_the_case_study_tells(expected: Expectation, tmp_path: Path) -> None:
    with imported(expected.study, tmp_path) as study:
        found = study.learn(subsamples=SUBSAMPLES).diagnose(expected.asked)
    accused = [cause.option for cause in found.root_causes]
    assert set(accused[:1]) <= set(expected.causes)
    assert set(expected.causes) <= set(accused)
    assert not set(expected.innocent) & set(accused)
    proposed = [{c.option: c.after for c in fix.changes} for fix in found.fixes]
    assert not expected.changes or dict(expected.changes) in proposed
