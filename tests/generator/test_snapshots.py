"""A snapshot is whole or not there, and the champion stays through every crash and forgery."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gridlens.errors import InputError, NotFound, SnapshotBroken
from gridlens.generator.snapshots import (
    Manifest,
    Snapshot,
    champion,
    identifiers,
    pointer,
    promote,
    read,
    rollback,
    tidy,
    write,
)

NOON = datetime(2025, 4, 9, 12)  # noqa: DTZ001 - naive is UTC here


def facts(seed: int = 1, *, passed: bool = True, held_against: str | None = None) -> Manifest:
    return Manifest(
        created_at="2025-04-09T12:00:00",
        engine="tree",
        options={"leaf": 15},
        holds_real_rows=False,
        seed=seed,
        split="time",
        training={"snapshot": 40, "first": "2025-04-01", "end": "2025-04-08"},
        versions={"gridlens": "0.1.0"},
        scores={"engine": [["fidelity", "wasserstein", "", 0.25], ["logic", "none", "x", None]]},
        passed=passed,
        reasons=("wasserstein is 0.9: at most 0.3 is let pass",),
        champion=held_against,
    )


def fill(folder: Path) -> None:
    (folder / "engine").mkdir()
    (folder / "engine" / "rows.parquet").write_bytes(b"rows")
    (folder / "card.md").write_text("# A card\n")


def written(root: Path, seed: int = 1, *, passed: bool = True) -> Snapshot:
    """A snapshot that was held against the present champion; a later seed is written later."""
    now = pointer(root)
    held_against = now.champion.id if now else None
    made = facts(seed, passed=passed, held_against=held_against)
    return write(root, made, fill, NOON + timedelta(minutes=seed))


def promoted(root: Path, seed: int = 1) -> Snapshot:
    return promote(root, written(root, seed).id)


def rewritten(snapshot: Snapshot, change: Callable[[dict[str, object]], None]) -> str:
    """Change the manifest, and give the folder the name that fits; its new id."""
    path = snapshot.folder / "manifest.json"
    given = json.loads(path.read_text())
    change(given)
    path.write_text(json.dumps(given))

    id_ = f"{snapshot.id[:-8]}{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
    snapshot.folder.rename(snapshot.folder.with_name(id_))
    return id_


def test_without_a_champion_the_next_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="promoted yet: `gridlens generator fit`"):
        champion(tmp_path / "none")
    with pytest.raises(NotFound, match="nothing to go back to"):
        rollback(tmp_path / "none")
    assert identifiers(tmp_path / "none") == []


@pytest.mark.parametrize("name", ["20250409T120100Z-00000000", "..", "../x", "", ".draft-a"])
def test_a_name_that_is_no_snapshot_is_not_found(tmp_path: Path, name: str) -> None:
    written(tmp_path / "root")
    with pytest.raises(NotFound, match="there is no snapshot"):
        read(tmp_path / "root", name)


FORGERIES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "another byte": ("engine/rows.parquet is not what", lambda f: _put(f, "engine/rows.parquet")),
    "a longer file": ("card.md is not what", lambda f: (f / "card.md").write_text("# A card\n\n")),
    "a missing file": ("card.md is missing", lambda f: (f / "card.md").unlink()),
    "an unknown file": ("engine/code.pickle is not in", lambda f: _put(f, "engine/code.pickle")),
    "a link to a file": ("card.md is no plain", lambda f: _link(f, "card.md", "/etc/hostname")),
    "a link to a folder": ("engine/more is not in", lambda f: _link(f, "engine/more", "/etc")),
    "no manifest": ("manifest.json is missing", lambda f: (f / "manifest.json").unlink()),
    "another manifest": ("manifest.json is not the one", lambda f: _put(f, "manifest.json")),
    "a linked manifest": ("manifest.json is missing", lambda f: _move_manifest(f)),
}


def _put(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"rowz")


def _link(folder: Path, name: str, target: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)


def _move_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "elsewhere.json")
    _link(folder, "manifest.json", str(folder.parent / "elsewhere.json"))


@pytest.mark.bar(25)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_not_as_it_was_written_is_refused_by_name(tmp_path: Path, forgery: str) -> None:
    says, forge = FORGERIES[forgery]
    snapshot = promoted(tmp_path)
    forge(snapshot.folder)
    for attempt in (
        lambda: read(tmp_path, snapshot.id),
        lambda: champion(tmp_path),
        lambda: promote(tmp_path, snapshot.id),
    ):
        with pytest.raises(SnapshotBroken, match=rf"{snapshot.id}: {says}.*; nothing .*rollback"):
            attempt()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.update(format=2), "it is of format 2, this program reads 1"),
        (lambda m: m.update(extra=1), "the field 'extra' is missing or unknown"),
        (lambda m: m.pop("seed"), "the field 'seed' is missing or unknown"),
        (lambda m: m.update(files={"../secret": {"sha256": "", "bytes": 0}}), "is not in the mani"),
        (lambda m: m["files"].update({"../x": {"sha256": "", "bytes": 0}}), r"\.\./x is missing"),
        (lambda m: m["files"].update({"/etc/passwd": {"sha256": "", "bytes": 0}}), "is missing"),
        (lambda m: m.update(files=[]), "not a manifest"),
    ],
)
def test_a_manifest_of_another_form_or_that_leads_out_of_its_folder_is_refused(
    tmp_path: Path, change: Callable[[dict[str, object]], None], says: str
) -> None:
    (tmp_path / "x").write_text("")
    id_ = rewritten(written(tmp_path / "root"), change)
    with pytest.raises(SnapshotBroken, match=says):
        read(tmp_path / "root", id_)


def test_a_manifest_that_was_exchanged_with_its_name_is_no_longer_the_champion(
    tmp_path: Path,
) -> None:
    """Eight digits can be forged in an hour; the pointer keeps all of them."""
    snapshot = promoted(tmp_path)
    path = tmp_path / "current.json"
    path.write_text(path.read_text().replace(snapshot.sha256[8:], "0" * 56))
    with pytest.raises(SnapshotBroken, match="is not the one that was promoted"):
        champion(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"champion": {"id": "x"}, "former": []}'])
def test_a_torn_pointer_is_told_of_and_nothing_is_drawn(tmp_path: Path, text: str) -> None:
    promoted(tmp_path)
    (tmp_path / "current.json").write_text(text)
    with pytest.raises(SnapshotBroken, match=r"current.json is torn or altered .* promote again"):
        champion(tmp_path)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    snapshot = written(tmp_path)
    assert snapshot.id.startswith("20250409T120100Z-")
    assert read(tmp_path, snapshot.id) == snapshot
    assert set(snapshot.manifest.files) == {"engine/rows.parquet", "card.md"}
    assert write(tmp_path, facts(1), fill, NOON + timedelta(minutes=1)) == snapshot
    assert identifiers(tmp_path) == [snapshot.id]


def test_only_what_has_passed_against_the_present_champion_is_promoted(tmp_path: Path) -> None:
    failed = written(tmp_path, 1, passed=False)
    with pytest.raises(InputError, match=r"did not pass the gate, .*: wasserstein is 0\.9"):
        promote(tmp_path, failed.id)
    first, second = written(tmp_path, 2), written(tmp_path, 3)
    assert promote(tmp_path, first.id) == champion(tmp_path) == first
    with pytest.raises(InputError, match=f"against no champion, and {first.id} is champion now"):
        promote(tmp_path, second.id)
    assert promote(tmp_path, first.id) == champion(tmp_path) == first


def test_a_rollback_goes_back_one_champion_at_a_time(tmp_path: Path) -> None:
    chain = [promoted(tmp_path, seed) for seed in range(1, 6)]
    back = [rollback(tmp_path) for _ in range(3)]
    assert back == chain[-2:-5:-1]
    assert champion(tmp_path) == chain[1]
    with pytest.raises(NotFound, match="nothing to go back to"):
        rollback(tmp_path)


def test_a_rollback_works_where_the_champion_itself_is_broken(tmp_path: Path) -> None:
    first, second = promoted(tmp_path, 1), promoted(tmp_path, 2)
    (second.folder / "card.md").unlink()
    assert rollback(tmp_path) == champion(tmp_path) == first


def test_a_rollback_to_a_broken_one_leaves_the_champion(tmp_path: Path) -> None:
    first, second = promoted(tmp_path, 1), promoted(tmp_path, 2)
    (first.folder / "card.md").unlink()
    with pytest.raises(SnapshotBroken, match=f"{first.id}: card.md is missing"):
        rollback(tmp_path)
    assert champion(tmp_path) == second


def test_tidying_keeps_the_newest_the_champion_and_those_to_go_back_to(tmp_path: Path) -> None:
    champions = [promoted(tmp_path, seed).id for seed in (1, 2)]
    others = [written(tmp_path, seed).id for seed in range(3, 8)]
    (tmp_path / ".draft-killed").mkdir()
    (tmp_path / ".draft-current.json").write_text("{")
    (tmp_path / "notes").mkdir()
    assert tidy(tmp_path, kept=2) == others[:-2]
    assert identifiers(tmp_path) == [*champions, *others[-2:]]
    assert {p.name for p in tmp_path.iterdir()} == {*identifiers(tmp_path), "notes", "current.json"}
    assert tidy(tmp_path, kept=0) == others[-2:]


def _next_champion(root: Path) -> None:
    promoted(root, 2)
    tidy(root, kept=0)


_KILLED, _DONE, _FAILED = range(3)


def _ended(step: int, act: Callable[[], object]) -> int:
    """Do this in a process that ends, as by a kill, before the n-th thing it asks of the system."""
    child = os.fork()
    if child == 0:
        asked = iter(range(step))
        sys.addaudithook(lambda *_: next(asked, None) is None and os._exit(_KILLED))
        try:
            act()
            os._exit(_DONE)
        finally:
            os._exit(_FAILED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# JAX, where an earlier test has loaded it, fears for its threads; the child needs none of them.
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_kill_at_any_step_leaves_the_old_champion_or_the_new_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whatever was left behind, the next writer goes on and clears it away."""
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the machine lives on, and disks are slow
    champions = []
    how = _KILLED
    while how == _KILLED:
        root = tmp_path / str(len(champions))
        old = promoted(root, 1)
        written(root, 0, passed=False)
        how = _ended(len(champions), lambda root=root: _next_champion(root))
        now = champion(root)
        assert now == old or now.manifest.seed == 2
        assert all(read(root, id_) for id_ in identifiers(root))
        last = promoted(root, 3)
        tidy(root, kept=0)
        assert champion(root) == last
        assert not list(root.glob(".draft-*"))
        champions.append(now.manifest.seed)
    assert how == _DONE
    assert champions == sorted(champions)
    assert champions.count(1) > 20
    assert champions.count(2) > 9
