"""The report beside each case study: it can be passed on as it is, and says what the case study tells."""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path

import pytest

from cadet.model.expression import Expression
from tests.case_studies.expectations import FOLDER, Expectation, expectations

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

STUDIES = sorted(path.parent for path in FOLDER.glob("*/target.toml"))
MOST_BYTES = 1_500_000
LOADED = re.compile(
    r"""<(?!a\b)[^>]*\b(?:src|href|srcset|data|action)\s*=\s*["']?\s*(?!data:|\#)[^"'\s>]""", re.IGNORECASE
)
FETCHED = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon")
SOMEONES_PLACE = re.compile(r"(?<![\w.])/(?:home|Users|root|work|tmp|opt|srv|mnt)/[\w.]+|[\w.-]+@[\w-]+\.\w+")
CONFIRMED = [e for where in ("live", "board", "report") for e in expectations(where) if e.verdict == "confirmed"]


def report(study: Path) -> str:
    return (study / "report.html").read_text(encoding="utf-8")


def verdict(page: str) -> str:
    return re.findall(r'<main class="(\w+)">', page)[0]


def changes(page: str) -> dict[str, object]:
    """Return the fix of a report, as the reader copies it."""
    found = re.search(r"<pre[^>]*>(?:<code>)?([^<]*)(?:</code>)?</pre>", page.partition("The changes as JSON")[2])
    assert found
    return dict(json.loads(html.unescape(found.group(1))))


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_case_study_is_complete_and_leads_to_its_report(study: Path) -> None:
    assert (study / "measurements.csv").is_file()
    assert "](report.html)" in (study / "README.md").read_text(encoding="utf-8")
    named = tomllib.loads((study / "target.toml").read_text(encoding="utf-8"))["name"]
    assert f"<strong>{named}</strong>" in report(study)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_report_can_be_passed_on(study: Path) -> None:
    page = report(study)
    assert len(page.encode()) < MOST_BYTES
    assert not LOADED.findall(page)
    assert not FETCHED.findall(page)
    assert not SOMEONES_PLACE.findall(page)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_report_says_one_of_the_things_that_were_expected(study: Path) -> None:
    """A report answers one of the questions; several small fixes may do, none with an option that is innocent."""
    told, page = [e for e in CONFIRMED if e.study == study.name], report(study)
    if not told:
        return
    assert verdict(page) == "confirmed"
    assert any(agrees(e, changes(page)) for e in told), changes(page)


def agrees(expected: Expectation, fix: dict[str, object]) -> bool:
    """Return whether a fix is as the live test wants it."""
    return 0 < len(fix) <= len(expected.changes) and not set(fix) & set(expected.innocent)


TOGETHER = [e for e in CONFIRMED if e.together]


@pytest.mark.parametrize("expected", TOGETHER, ids=lambda expected: expected.told)
def test_a_report_names_what_acts_only_together_and_the_ways_of_both(expected: Expectation) -> None:
    page = html.unescape(report(expected.folder))
    why = page.partition('id="why"')[2].partition('id="proof"')[0]
    assert expected.together in why
    ways = [
        re.findall(r'class="step">([^<]*)<', way) for way in re.findall(r'<ol class="path".*?</ol>', why, re.DOTALL)
    ]
    assert {way[0] for way in ways} >= set(Expression(expected.together).names)
    assert any(len(way) > 3 for way in ways)  # through events, one after the other
