"""The HTML report: complete for every verdict, self-contained, and deaf to what users write."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from cadet.model.dataset import LeftOut
from cadet.model.diagnosis import RootCause
from cadet.model.domain import Choice
from cadet.model.effect import Estimate
from cadet.model.option import Option
from cadet.model.space import Change, Space
from cadet.report.html import html
from tests.report import stories

VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}
SECTIONS = ("change", "why", "proof", "tried", "tradeoffs", "graph", "quality", "reproduce")
EVIL = '<script>alert("1")</script>\'&{{7*7}}'


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that every element is closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)
        elif self.open and self.open[-1] == "script":
            self.scripts.append(data)

    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]


@pytest.fixture(params=sorted(stories.EVERY))
def source(request: pytest.FixtureRequest) -> str:
    return html(stories.EVERY[request.param]())


def test_every_element_is_closed_in_order(source: str) -> None:
    Page(source)


def test_every_section_is_there_for_every_verdict(source: str) -> None:
    page = Page(source)
    assert [name for name in page.ids() if name in SECTIONS] == list(SECTIONS)
    assert len(set(page.ids())) == len(page.ids())
    links = {a["href"] for tag, a in page.tags if tag == "a"}
    assert links == {f"#{name}" for name in SECTIONS}


def test_nothing_is_loaded_and_only_our_script_runs(source: str) -> None:
    page = Page(source)
    assert set(re.findall(r"https?://[^\s\"']+", source)) <= {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert not re.search(r"@import|url\(", source)
    assert not {tag for tag, _ in page.tags} & {"iframe", "img", "object", "form"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert [a.get("href") for tag, a in page.tags if tag == "link"] == ["data:,"]
    runnable = [a for tag, a in page.tags if tag == "script" and a.get("type") != "application/json"]
    assert runnable == [{}]


def test_the_policy_lets_our_script_run_and_no_other(source: str) -> None:
    page = Page(source)
    policy = next(str(a["content"]) for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


def test_null_is_told_in_words(source: str) -> None:
    words = set(re.findall(r"\w+", " ".join(Page(source).text)))
    assert not words & {"None", "nan", "NaN", "inf", "Infinity", "Undefined"}


def test_drawings_and_tables_speak_to_screen_readers(source: str) -> None:
    page = Page(source)
    assert [
        a
        for tag, a in page.tags
        if tag == "svg" and not (a.get("aria-label") or a.get("aria-hidden")) and a.get("class") not in ("at", "place")
    ] == []
    assert all("scope" in a for tag, a in page.tags if tag == "th")
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(headings))


def test_what_scrolls_sideways_on_a_phone_is_reached_by_keyboard(source: str) -> None:
    scrolling = [attributes for _, attributes in Page(source).tags if attributes.get("class") == "scroll"]
    assert scrolling
    assert all(attributes.get("tabindex") == "0" and attributes.get("aria-label") for attributes in scrolling)


def test_report_stays_small() -> None:
    large = stories.large()
    many = tuple(replace(run, sequence=i) for i, run in enumerate(large.runs * 100))
    assert len(html(replace(large, runs=many)).encode()) < 1_500_000


def test_what_users_write_is_shown_and_never_obeyed() -> None:
    space = Space((*stories.SPACE.options, Option(EVIL, Choice((EVIL, "safe")), EVIL, layer=EVIL)))
    bad = space.default
    good = space.change(bad, {EVIL: "safe"})
    fix = stories.best(
        changes=(Change(EVIL, EVIL, "safe"),), configuration=good, reason=EVIL, consent=frozenset({EVIL})
    )
    told = stories.diagnosis(
        target=EVIL,
        fixes=(fix, fix),
        notes=(EVIL,),
        with_consent=(fix,),
        root_causes=(
            RootCause(EVIL, EVIL, {"latency": Estimate(None, reason=EVIL)}, {}, None, ((EVIL, EVIL, "latency"),)),
        ),
    )
    graph = stories.renamed(stories.graph(), "batch", EVIL)
    data = replace(stories.dataset(), left_out=(LeftOut(EVIL, EVIL),))
    story = replace(
        stories.story(told), space=space, graph=graph, dataset=data, commands=(EVIL,), environment={EVIL: EVIL}
    )
    source = html(story)
    page = Page(source)
    assert len(page.scripts) == 2 and json.loads(page.scripts[0])["nodes"][EVIL]
    assert "".join(page.text).count(EVIL) >= 12


def test_changes_can_be_copied_as_json() -> None:
    page = Page(html(stories.story()))
    assert {"journal_mode": "wal", "batch": 256} in [json.loads(t) for t in page.text if t.startswith("{")]


def test_every_repetition_of_fault_and_fix_is_drawn_in_time_order() -> None:
    source = html(stories.story())
    proof = source[source.index('<section id="proof"') : source.index('<ul class="legend"')]
    assert proof.count('<svg x="') == len([r for r in stories.runs() if r.configuration in (stories.BAD, stories.GOOD)])
    assert proof.count('class="ring"') == 1
    assert re.findall(r'class="mark (fault|fix) fresh"', proof)[:4] == ["fault", "fix", "fix", "fault"]


def test_the_page_is_the_same_twice() -> None:
    assert html(stories.story()) == html(stories.story())
