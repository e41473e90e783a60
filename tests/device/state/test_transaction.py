"""Whatever a device does, it is as it was found, or somebody is told how it differs."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadet.device.state import DeviceState
from cadet.device.state import journal as pages
from cadet.device.state.home import lock_folder
from cadet.device.state.restore import amended, finish, restore_left_behind
from cadet.device.target.setting import Setting
from cadet.errors import CapabilityMissing, DeviceNotRestored, MeasurementError, NotApplied, Refused
from cadet.protocols import Knob
from tests.device.state.toy import Toy


def knobs(*names: str, kind: str = "toy") -> list[Setting]:
    return [Setting(Knob(kind, name), (name,)) for name in names]


def test_what_is_set_is_read_back_and_put_back(toy: Toy) -> None:
    with DeviceState(knobs("plain", "scheduler")) as state:
        assert state.apply({"plain": 7, "scheduler": "bfq"}, {"plain", "scheduler"}) == {}
        assert (toy.state["plain"], toy.state["scheduler"], toy.state["depth"]) == ("7", "bfq", "128")
    assert toy.state == Toy.FRESH


def test_what_is_set_already_is_not_written(toy: Toy) -> None:
    with DeviceState(knobs("plain")) as state:
        for value in (1, 7, 7, 7):
            state.apply({"plain": value}, {"plain"})
    assert toy.written == [("plain", "7"), ("plain", "1")]


def test_an_owner_is_set_before_what_its_write_resets(toy: Toy) -> None:
    with DeviceState(knobs("depth", "scheduler")) as state:
        state.apply({"depth": 64, "scheduler": "bfq"}, {"depth", "scheduler"})
        assert (toy.state["depth"], toy.state["scheduler"]) == ("64", "bfq")
    assert toy.state == Toy.FRESH


def test_a_twin_that_no_option_names_comes_back(toy: Toy) -> None:
    with DeviceState(knobs("bytes")) as state:
        state.apply({"bytes": 1000}, {"bytes"})
        assert toy.state["ratio"] == "0"
    assert toy.state == Toy.FRESH


def test_a_knob_of_an_option_that_does_not_exist_is_as_it_was_found(toy: Toy) -> None:
    with DeviceState(knobs("ratio", "bytes", "plain")) as state:
        for active, expected in (("ratio", ("30", "0")), ("bytes", ("0", "500")), ("ratio", ("30", "0"))):
            state.apply({"ratio": 30, "bytes": 500, "plain": 9}, {active, "plain"})
            assert (toy.state["ratio"], toy.state["bytes"]) == expected
        state.apply({"ratio": 30, "bytes": 500, "plain": 9}, set())
        assert toy.state == Toy.FRESH
    assert toy.state == Toy.FRESH


def test_bounds_that_exclude_each_other_for_a_moment_are_set_and_restored(toy: Toy) -> None:
    with DeviceState(knobs("low", "high")) as state:
        state.apply({"low": 95, "high": 99}, {"low", "high"})
        assert (toy.state["low"], toy.state["high"]) == ("95", "99")
        state.apply({"low": 1, "high": 5}, {"low", "high"})
        assert (toy.state["low"], toy.state["high"]) == ("1", "5")
    assert toy.state == Toy.FRESH


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_any_sequence_of_configurations_leaves_the_device_as_it_was(toy: Toy, data: st.DataObject) -> None:
    names = data.draw(st.permutations(["plain", "scheduler", "depth", "ratio", "bytes", "low", "high", "steps"]))
    toy.state = dict(Toy.FRESH)
    with DeviceState(knobs(*names)) as state:
        for _ in range(data.draw(st.integers(0, 5))):
            values = {name: data.draw(st.integers(1, 200), label=name) for name in names}
            try:
                state.apply(values, data.draw(st.sets(st.sampled_from(names))))
            except NotApplied:
                continue
    assert toy.state == Toy.FRESH


def test_what_the_device_rounds_is_reported_as_it_stands(toy: Toy) -> None:
    with DeviceState(knobs("steps")) as state:
        assert state.apply({"steps": 47}, {"steps"}) == {"steps": "40"}
        state.check()
    assert toy.state == Toy.FRESH


@pytest.mark.parametrize(
    ("name", "said"), [("stuck", "Invalid argument"), ("deaf", "asked deaf .*= 9, the device reports 5")]
)
def test_a_knob_that_does_not_take_is_not_applied_and_the_others_come_back(toy: Toy, name: str, said: str) -> None:
    with DeviceState(knobs("plain", name)) as state:
        with pytest.raises(NotApplied, match=said):
            state.apply({"plain": 7, name: 9}, {"plain", name})
        assert toy.state["plain"] == "7"
    assert toy.state == Toy.FRESH


def test_somebody_else_who_sets_the_knob_during_a_run_is_noticed(toy: Toy) -> None:
    with DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        toy.state["plain"] = "8"
        with pytest.raises(NotApplied, match="was 7 when the run began and is 8"):
            state.check()
    assert toy.state == Toy.FRESH


def test_a_knob_without_a_getter_is_reset(toy: Toy) -> None:
    with DeviceState(knobs("hidden")) as state:
        state.apply({"hidden": "1200"}, {"hidden"})
        assert toy.state["hidden"] == "1200"
        state.apply({"hidden": "1200"}, {"hidden"})
    assert toy.written == [("hidden", "1200"), ("hidden", "reset")]
    assert toy.state == Toy.FRESH


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, MemoryError])
def test_however_the_session_ends_the_device_comes_back(toy: Toy, error: type[BaseException]) -> None:
    with pytest.raises(error), DeviceState(knobs("plain", "bytes")) as state:
        state.apply({"plain": 7, "bytes": 1000}, {"plain", "bytes"})
        raise error
    assert toy.state == Toy.FRESH


# ── before the first write ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_journal_is_on_the_disk_before_the_first_write(toy: Toy, state_folder: Path) -> None:
    journals: list[set[str]] = []
    write = toy.write

    def watched(address: str, value: str) -> None:
        journal = json.loads((state_folder / pages.NAME).read_text())
        journals.append({f"{e['address']}={e['was']}" for e in journal["entries"]})
        write(address, value)

    toy.write = watched  # type: ignore[method-assign]
    with DeviceState(knobs("scheduler")) as state:
        state.apply({"scheduler": "bfq"}, {"scheduler"})
    assert journals
    assert journals[0] == {"scheduler=none", "depth=100"}
    assert not (state_folder / pages.NAME).exists()


@pytest.mark.parametrize("where", ["missing", "forbidden"])
def test_nothing_is_written_when_one_knob_cannot_be_had(toy: Toy, state_folder: Path, where: str) -> None:
    with pytest.raises((CapabilityMissing, Refused)), DeviceState(knobs("plain", where)):
        pytest.fail("it was opened")
    assert toy.written == []
    assert not (state_folder / pages.NAME).exists()


def test_a_disk_without_room_for_the_journal_means_that_nothing_is_written(
    toy: Toy, state_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(MeasurementError, match=r"cannot write the journal .*No space left"),
        DeviceState(knobs("plain")),
    ):
        pytest.fail("it was opened")
    assert toy.written == []
    assert not list(state_folder.iterdir())


def test_one_session_at_a_time(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadet.device.state.transaction._LOCK_WAIT_S", 0.1)
    with DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        with pytest.raises(MeasurementError, match=f"in use by process {os.getpid()}"), DeviceState(knobs("plain")):
            pytest.fail("it was opened")
        assert toy.state["plain"] == "7"
    assert toy.state == Toy.FRESH


def test_another_folder_for_the_journal_is_no_way_around_the_lock(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadet.device.state.transaction._LOCK_WAIT_S", 0.1)
    with DeviceState(knobs("plain")):
        monkeypatch.setenv("CADET_STATE_DIR", str(tmp_path / "another"))
        with pytest.raises(MeasurementError, match=f"in use by process {os.getpid()}"), DeviceState(knobs("plain")):
            pytest.fail("it was opened")


def test_sessions_of_root_share_one_lock_wherever_their_journals_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CADET_LOCK_DIR")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("cadet.device.state.home._RUNNING", (tmp_path / "gone" / "cadet", tmp_path / "cadet"))
    found = set()
    for name in ("one", "two"):
        monkeypatch.setenv("CADET_STATE_DIR", str(tmp_path / name))
        found.add(_lock_folder_as_owner(tmp_path))
    assert found == {tmp_path / "cadet"}


def test_a_user_has_one_lock_beside_the_run_time_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CADET_LOCK_DIR")
    monkeypatch.setattr("os.geteuid", lambda: tmp_path.stat().st_uid or 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("cadet.device.state.home._ours", lambda folder, variable: folder)
    assert lock_folder() == tmp_path / "cadet"
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    assert lock_folder() == tmp_path / "state"


def _lock_folder_as_owner(tmp_path: Path) -> Path:
    if tmp_path.stat().st_uid != 0:
        pytest.skip("a folder of root needs root")
    return lock_folder()


def test_a_folder_in_which_others_may_write_is_not_trusted(toy: Toy, state_folder: Path) -> None:
    state_folder.mkdir(mode=0o777)
    state_folder.chmod(0o777)
    with pytest.raises(CapabilityMissing, match="nobody else can write to"), DeviceState(knobs("plain")):
        pytest.fail("it was opened")


# ── what is not restored ────────────────────────────────────────────────────────────────────────────────────────────


def broken_session(toy: Toy, *names: str) -> None:
    """A session whose knobs are taken away while it lasts, so that they cannot be restored."""
    with DeviceState(knobs(*names)) as state:
        state.apply(dict.fromkeys(names, 7), set(names))
        for name in names:
            del toy.state[name]


def test_what_cannot_be_put_back_is_said_loudly_and_the_journal_stays(toy: Toy, state_folder: Path) -> None:
    with pytest.raises(
        DeviceNotRestored, match=r"NOT AS IT WAS FOUND(?s:.*)toy plain: was 1, the device reports None"
    ) as told:
        broken_session(toy, "plain")
    assert told.value.exit_code == 5
    assert "cadet restore" in str(told.value)
    assert (state_folder / pages.NAME).exists()


def test_the_next_session_refuses_until_the_device_is_back(toy: Toy) -> None:
    with pytest.raises(DeviceNotRestored):
        broken_session(toy, "plain")
    with pytest.raises(DeviceNotRestored, match="`cadet restore` puts it back"), DeviceState(knobs("plain")):
        pytest.fail("it was opened")
    toy.state["plain"] = "99"
    journal, differences = restore_left_behind()
    assert journal is not None
    assert differences == ()
    assert toy.state == Toy.FRESH
    with DeviceState(knobs("plain")):
        pass


def test_a_journal_that_is_deleted_meanwhile_does_not_stop_the_restoring(toy: Toy, state_folder: Path) -> None:
    with DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        (state_folder / pages.NAME).unlink()
    assert toy.state == Toy.FRESH


def test_a_deleted_journal_is_written_again_where_something_differs(toy: Toy, state_folder: Path) -> None:
    with pytest.raises(DeviceNotRestored, match="`cadet restore` tries again"), DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        (state_folder / pages.NAME).unlink()
        del toy.state["plain"]
    toy.state["plain"] = "99"
    assert restore_left_behind()[1] == ()
    assert toy.state == Toy.FRESH


def test_a_process_that_knows_a_deleted_journal_restores_from_memory(toy: Toy, state_folder: Path) -> None:
    with DeviceState(knobs("plain")) as state:
        path = state_folder / pages.NAME
        known = pages.read(path)
        assert known is not None
        state.apply({"plain": 7}, {"plain"})
        path.unlink()
        finish(path, amended(path, known))
        assert toy.state == Toy.FRESH


@pytest.mark.parametrize("verb", ["read", "write", "check"])
def test_a_knob_that_breaks_in_an_unknown_way_does_not_keep_the_others_away(
    toy: Toy, state_folder: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    whole = getattr(toy, verb)

    def broken(address: str, *rest: str) -> object:
        if address == "steps":
            raise ValueError("invalid literal for int(): '<unknown>'")
        return whole(address, *rest)

    with pytest.raises(DeviceNotRestored, match="steps"), DeviceState(knobs("plain", "steps", "bytes")) as state:
        state.apply({"plain": 7, "steps": 50, "bytes": 500}, {"plain", "steps", "bytes"})
        monkeypatch.setattr(toy, verb, broken)
    assert {**toy.state, "steps": Toy.FRESH["steps"]} == Toy.FRESH
    assert (state_folder / pages.NAME).exists()


def test_values_that_cannot_be_compared_count_as_different_and_say_why(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: str) -> bool:
        raise ValueError("invalid literal for int(): '<unknown>'")

    with pytest.raises(DeviceNotRestored, match="cannot be compared: ValueError"), DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        monkeypatch.setattr(toy, "write", lambda *_: None)
        monkeypatch.setattr(toy, "same", broken)


def test_an_interruption_while_restoring_does_not_hide_that_the_device_differs(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(address: str, value: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise NotApplied(f"{address} is gone")

    with pytest.raises(DeviceNotRestored), DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        monkeypatch.setattr(toy, "write", interrupted)


def test_a_full_disk_does_not_keep_the_device_from_being_restored(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(DeviceNotRestored):
        broken_session(toy, "plain")
    toy.state["plain"] = "99"
    monkeypatch.setattr(os, "pwrite", full)
    assert restore_left_behind()[1] == ()
    assert toy.state == Toy.FRESH


def test_restoring_twice_is_safe(toy: Toy) -> None:
    with pytest.raises(DeviceNotRestored):
        broken_session(toy, "plain")
    toy.state["plain"] = "99"
    assert restore_left_behind()[0] is not None
    assert restore_left_behind() == (None, ())
    assert toy.state == Toy.FRESH


def test_what_ends_a_session_badly_does_not_hide_that_the_device_differs(toy: Toy) -> None:
    with pytest.raises(DeviceNotRestored) as told, DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        del toy.state["plain"]
        raise KeyboardInterrupt
    assert isinstance(told.value.__context__, KeyboardInterrupt)


def test_after_a_reboot_only_what_survives_one_is_written(toy: Toy, state_folder: Path) -> None:
    settings = [*knobs("plain"), *knobs("plain", kind="lasting")]
    settings[1] = Setting(settings[1].knob, ("other",))
    with pytest.raises(DeviceNotRestored), DeviceState(settings) as state:
        state.apply({"plain": 7, "other": 7}, {"plain", "other"})
        del toy.state["plain"]
    path = state_folder / pages.NAME
    path.write_text(path.read_text().replace('"boot": "', '"boot": "another-'))
    toy.state["plain"] = "as the new boot made it"
    journal, differences = restore_left_behind()
    assert journal is not None
    assert not journal.this_boot
    assert differences == ()
    assert toy.state["plain"] == "as the new boot made it"


def test_a_damaged_journal_is_named_and_kept(toy: Toy, state_folder: Path) -> None:
    state_folder.mkdir(mode=0o700)
    (state_folder / pages.NAME).write_text('{"schema": "cadet.journal/1", "entr')
    (state_folder / pages.NAME).chmod(0o600)
    with pytest.raises(DeviceNotRestored, match="damaged"):
        restore_left_behind()
    assert (state_folder / pages.NAME).exists()


def test_a_journal_that_others_could_have_written_is_not_followed(toy: Toy, state_folder: Path) -> None:
    with pytest.raises(DeviceNotRestored):
        broken_session(toy, "plain")
    toy.state["plain"] = "99"
    (state_folder / pages.NAME).chmod(0o666)
    with pytest.raises(DeviceNotRestored, match="somebody else"):
        restore_left_behind()
    assert toy.state["plain"] == "99"


# ── keeping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_kept_fix_stays_and_everything_else_comes_back(toy: Toy) -> None:
    with DeviceState(knobs("plain", "scheduler", "steps")) as state:
        active = {"plain", "scheduler", "steps"}
        state.apply({"plain": 7, "scheduler": "bfq", "steps": 50}, active)
        assert state.keep({"plain": 3, "scheduler": "kyber", "steps": 50}, {"plain"}, active) == (Knob("toy", "plain"),)
    assert toy.state == {**Toy.FRESH, "plain": "3"}


def test_a_kept_knob_without_a_getter_stays_and_is_no_difference(toy: Toy) -> None:
    with DeviceState(knobs("hidden", "plain")) as state:
        state.apply({"hidden": "1200", "plain": 7}, {"hidden", "plain"})
        state.keep({"hidden": "900", "plain": 7}, {"hidden"}, {"hidden", "plain"})
    assert toy.state == {**Toy.FRESH, "hidden": "900"}


def test_the_process_that_restores_hears_of_a_kept_fix(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    with DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        told: list[pages.Journal | None] = []
        monkeypatch.setattr(state._sentinel, "attend", lambda: told.append(pages.read(state._path)))
        state.keep({"plain": 7}, {"plain"}, {"plain"})
    assert [[entry.kept for entry in journal.entries] for journal in told if journal] == [["7"]]


def test_a_fix_that_cannot_be_written_down_is_not_kept(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with DeviceState(knobs("plain")) as state:
        state.apply({"plain": 7}, {"plain"})
        with monkeypatch.context() as patched, pytest.raises(MeasurementError, match="cannot write the journal"):
            patched.setattr(os, "fsync", full)
            state.keep({"plain": 7}, {"plain"}, {"plain"})
    assert toy.state == Toy.FRESH


def test_what_a_kept_knob_changes_beside_stays_with_it(toy: Toy) -> None:
    with DeviceState(knobs("bytes", "plain")) as state:
        state.apply({"bytes": 500, "plain": 2}, {"bytes", "plain"})
        state.keep({"bytes": 800, "plain": 2}, {"bytes"}, {"bytes", "plain"})
    assert toy.state == {**Toy.FRESH, "bytes": "800", "ratio": "0"}


def test_an_option_that_a_kept_knob_resets_stays_as_it_was_measured_with_it(toy: Toy) -> None:
    with DeviceState(knobs("depth", "scheduler")) as state:
        state.apply({"scheduler": "none", "depth": 32}, {"scheduler", "depth"})
        kept = state.keep({"scheduler": "bfq", "depth": 64}, {"scheduler"}, {"scheduler", "depth"})
        assert set(kept) == {Knob("toy", "scheduler"), Knob("toy", "depth")}
    assert toy.state == {**Toy.FRESH, "scheduler": "bfq", "depth": "64"}


def test_an_option_that_does_not_exist_beside_a_kept_knob_does_not_undo_it(toy: Toy) -> None:
    with DeviceState(knobs("ratio", "bytes")) as state:
        state.apply({"ratio": 30, "bytes": 500}, {"ratio"})
        assert state.keep({"ratio": 30, "bytes": 500}, {"bytes"}, {"bytes"}) == (Knob("toy", "bytes"),)
    assert toy.state == {**Toy.FRESH, "ratio": "0", "bytes": "500"}
