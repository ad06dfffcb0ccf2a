"""What a hostile archive may put into the outputs: plain files with checked names, or nothing."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.sandbox._unpack import DEEPEST, MOST_ENTRIES, Unpacked, most_bytes, unpack

MIB = 1 << 20


def archive(*entries: tuple[str, bytes]) -> bytes:
    """Return a ustar archive with plain files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in entries:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return raw.getvalue()


def typed(name: str, kind: bytes, *, link: str = "", content: bytes = b"") -> bytes:
    """Return an archive with one entry of type ``kind`` and a plain file "after" behind it."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, len(content)
    padded = content + b"\0" * (-len(content) % 512)
    return member.tobuf(tarfile.USTAR_FORMAT) + padded + archive(("after", b"x"))


def taken(raw: bytes, out: Path, *, output_mb: int = 1) -> Unpacked:
    return unpack(io.BytesIO(raw), out, output_mb=output_mb)


def held(out: Path) -> dict[str, bytes]:
    """Return every file below ``out``, and prove that none is a link."""
    assert not any(path.is_symlink() for path in out.rglob("*"))
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_plain_files_come_out_with_their_folders(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5
    found = taken(archive(("./a.json", b"{}"), ("./d/e/b.bin", content), ("./empty", b"")), tmp_path)
    assert found == Unpacked(files=("a.json", "d/e/b.bin", "empty"), refused=())
    assert held(tmp_path) == {"a.json": b"{}", "d/e/b.bin": content, "empty": b""}
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644


def test_an_archive_of_gnu_tar_is_read(tmp_path: Path) -> None:
    if shutil.which("tar") is None:
        pytest.skip("no tar program here")
    long = "n" * 90 + "/" + "m" * 90
    made = tmp_path / "made"
    (made / long).parent.mkdir(parents=True)
    (made / long).write_bytes(b"deep")
    (made / "ü.txt").write_bytes(b"name")
    packed = subprocess.run(
        ["tar", "--create", "--format=ustar", "-C", str(made), "."], capture_output=True, check=True
    )
    out = tmp_path / "out"
    out.mkdir()
    assert taken(packed.stdout, out).refused == ()
    assert held(out) == {long: b"deep", "ü.txt": b"name"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (b"1", "a hard link"),
        (b"2", "a symbolic link"),
        (b"3", "a character device"),
        (b"4", "a block device"),
        (b"6", "a named pipe"),
        (b"7", "another kind"),
        (b"S", "another kind"),
        (b"x", "another kind"),
        (b"g", "another kind"),
        (b"L", "another kind"),
        (b"K", "another kind"),
        (b"V", "another kind"),
    ],
)
def test_nothing_but_plain_files_comes_out(kind: bytes, words: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    found = taken(typed("trap", kind, link="/etc/passwd"), out)
    assert found.files == ("after",)
    assert len(found.refused) == 1
    assert found.refused[0].startswith("trap: ")
    assert words in found.refused[0]
    assert held(out) == {"after": b"x"}


def test_a_file_below_a_refused_link_stays_inside(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    link = tarfile.TarInfo("d")
    link.type, link.linkname = tarfile.SYMTYPE, str(outside)
    found = taken(link.tobuf(tarfile.USTAR_FORMAT) + archive(("d/x", b"1")), out)
    assert found.files == ("d/x",)
    assert held(out) == {"d/x": b"1"}
    assert not list(outside.iterdir())


def test_a_link_that_is_already_there_is_not_followed(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (out / "d").symlink_to(outside)
    with pytest.raises(OSError, match="d"):
        taken(archive(("d/x", b"1")), out)
    assert not list(outside.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        "/etc/x", "../x", "a/../../x", "a/..", "..", "a//b", "a/./b", "a\\b", "a\nb", "a\x1b[2Jb", "a\u202eb",
        "a\u200bb",
        "/".join("d" * (DEEPEST + 1)),
    ],
)  # fmt: skip
def test_a_name_that_is_not_allowed_is_refused(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    found = taken(archive((name, b"bad"), ("good", b"")), out)
    assert found.files == ("good",)
    assert len(found.refused) == 1
    assert found.refused[0].isprintable()
    assert held(tmp_path) == {"out/good": b""}


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    raw = bytearray(archive(("ab", b"")))
    raw[0:2] = b"\xff\xfe"
    raw[148:156] = b"%06o\0 " % (sum(raw[:148]) + 8 * 0x20 + sum(raw[156:512]))
    assert taken(bytes(raw), tmp_path).refused == ("(an empty name, or none in UTF-8): empty or too long",)


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "a"), ("a", "./a"), ("a", "A"), ("é", "e\u0301"), ("ﬁ", "fi"), ("ß", "SS"),
     ("d/x", "D/y"), ("d/x", "d"), ("d", "d/x"), ("d", "D/x")],
)  # fmt: skip
def test_a_name_that_another_file_system_would_take_for_an_earlier_one_is_refused(
    first: str, second: str, tmp_path: Path
) -> None:
    found = taken(archive((first, b"1"), (second, b"2")), tmp_path)
    assert found.files == (first,)
    assert "taken" in found.refused[0]
    assert held(tmp_path) == {first: b"1"}


def test_the_total_is_capped(tmp_path: Path) -> None:
    half = b"x" * (MIB // 2)
    found = taken(archive(("a", half), ("b", half), ("c", b"1"), ("d", b"")), tmp_path)
    assert found.over
    assert found.files == ("a", "b")
    assert found.refused == ("more than 1 MiB",)


def test_a_size_that_is_not_there_writes_no_more_than_is_there(tmp_path: Path) -> None:
    whole = archive(("a", b"x" * 4096))
    found = taken(whole[: 512 + 1000], tmp_path)
    assert found.files == ()
    assert found.refused == ("the archive is cut short",)
    assert held(tmp_path) == {}


def test_the_number_of_entries_is_capped(tmp_path: Path) -> None:
    folder = tarfile.TarInfo("d")
    folder.type = tarfile.DIRTYPE
    found = taken(folder.tobuf(tarfile.USTAR_FORMAT) * (MOST_ENTRIES + 1), tmp_path)
    assert found.over
    assert found.refused == (f"more than {MOST_ENTRIES} entries",)


def test_a_full_set_of_outputs_fits_through_the_cap_of_the_pipe(tmp_path: Path) -> None:
    raw = archive(*((f"f{n}", b"x" * 256) for n in range(MOST_ENTRIES)))
    assert MIB < len(raw) <= most_bytes(1)
    assert len(taken(raw, tmp_path).files) == MOST_ENTRIES


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x" * 100,
        b"\x7fELF" + b"\0" * 2000,
        archive(("a", b"1"))[:512],
        b"x" * 512 + archive(("a", b"1")),
    ],
)
def test_what_is_no_archive_is_refused_by_name(raw: bytes, tmp_path: Path) -> None:
    found = taken(raw, tmp_path)
    assert len(found.refused) == 1
    assert "archive" in found.refused[0]


def test_a_header_with_a_wrong_checksum_or_size_is_refused(tmp_path: Path) -> None:
    for at, put in ((0, b"z"), (124, b"\x80"), (124, b"-"), (125, b"9")):
        raw = bytearray(archive(("a", b"1")))
        raw[at : at + 1] = put
        assert taken(bytes(raw), tmp_path).files == ()


@given(st.binary(max_size=2048), st.integers(0, 600), st.binary(max_size=40))
def test_no_bytes_do_harm(noise: bytes, at: int, put: bytes) -> None:
    raw = bytearray(archive(("a/b", b"1"), ("c", b"2")))
    raw[at : at + len(put)] = put
    for hostile in (noise, bytes(raw), bytes(raw) + noise):
        with tempfile.TemporaryDirectory() as around:
            out = Path(around) / "out"
            out.mkdir()
            found = taken(hostile, out)
            assert sorted(held(out)) == sorted(found.files)
            assert [path.name for path in Path(around).iterdir()] == ["out"]
            assert all(said.isprintable() for said in found.refused)
