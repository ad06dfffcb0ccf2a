"""The system's viewer is started at the page, with the file never taken for an option or a command."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from synth.errors import InputError, UsageError
from synth.tui.viewer import SKIM, VIEWERS, Which, open_at, started

SCREEN = {"DISPLAY": ":0"}


class Begun:
    """What would have been started."""

    def __init__(self) -> None:
        self.words: list[tuple[str, ...]] = []

    def __call__(self, words: Sequence[str]) -> None:
        self.words.append(tuple(words))


def only(*names: str) -> Which:
    return lambda name: f"/bin/{name}" if name in names else None


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("okular", ("--page", "7", "/p/a.pdf")),
        ("evince", ("--page-index=7", "/p/a.pdf")),
        ("atril", ("--page-index=7", "/p/a.pdf")),
        ("zathura", ("--page=7", "/p/a.pdf")),
        ("qpdfview", ("--unique", "/p/a.pdf#7")),
        ("sioyek", ("--page", "7", "/p/a.pdf")),
        ("mupdf", ("/p/a.pdf", "7")),
        ("xpdf", ("/p/a.pdf", "7")),
        ("SumatraPDF", ("-page", "7", "/p/a.pdf")),
    ],
)
def test_each_viewer_is_told_the_page_in_its_own_way(name: str, arguments: tuple[str, ...]) -> None:
    begun = Begun()
    said = open_at(
        Path("/p/a.pdf"), page=7, environ=SCREEN, platform="linux", which=only(name, "xdg-open"), start=begun
    )
    assert begun.words == [(f"/bin/{name}", *arguments)]
    assert said == f"opened a.pdf at page 7 with {name}"


def test_the_first_viewer_of_the_list_is_taken() -> None:
    begun = Begun()
    open_at(
        Path("/p/a.pdf"),
        page=1,
        environ={"WAYLAND_DISPLAY": "w"},
        platform="linux",
        which=only(*VIEWERS),
        start=begun,
    )
    assert begun.words[0][0] == "/bin/okular"


@pytest.mark.parametrize(
    ("platform", "which", "words", "said"),
    [
        ("linux", only("xdg-open"), ("/bin/xdg-open", "/p/a b.pdf"), "opened a b.pdf: go to page 7"),
        ("darwin", only("open"), ("/bin/open", "/p/a b.pdf"), "opened a b.pdf: go to page 7"),
        (
            "darwin",
            only(SKIM, "open"),
            ("open", "skim:///p/a%20b.pdf#page=7"),
            "opened a b.pdf at page 7 with Skim",
        ),
        ("win32", only(), ("/p/a b.pdf",), "opened a b.pdf: go to page 7"),
    ],
)
def test_without_a_known_viewer_the_system_opens_the_file(
    platform: str, which: Which, words: tuple[str, ...], said: str
) -> None:
    begun = Begun()
    told = open_at(Path("/p/a b.pdf"), page=7, environ=SCREEN, platform=platform, which=which, start=begun)
    assert (begun.words, told) == ([words], said)


def test_plain_text_is_opened_by_the_system_without_a_page() -> None:
    begun = Begun()
    said = open_at(
        Path("/p/a.md"),
        page=None,
        environ=SCREEN,
        platform="linux",
        which=only("okular", "xdg-open"),
        start=begun,
    )
    assert (begun.words, said) == ([("/bin/xdg-open", "/p/a.md")], "opened a.md")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("evince -i {page} {file}", ("evince", "-i", "7", "/p/a.pdf")),
        ("'my viewer' --at={page}", ("my viewer", "--at=7", "/p/a.pdf")),
        ("pdf {file}#{page} $(rm -r x) ; >y", ("pdf", "/p/a.pdf#7", "$(rm", "-r", "x)", ";", ">y")),
    ],
)
def test_the_named_command_is_taken_and_read_by_no_shell(command: str, words: tuple[str, ...]) -> None:
    begun = Begun()
    said = open_at(
        Path("/p/a.pdf"),
        page=7,
        command=command,
        environ={},
        platform="linux",
        which=only("okular"),
        start=begun,
    )
    assert begun.words == [words]
    assert said == f"opened a.pdf with {words[0]}"


def test_no_name_of_a_file_is_an_option_or_a_placeholder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = Begun()
    for name in ("-x.pdf", "{page}{file}.pdf", "a.pdf; reboot"):
        open_at(Path(name), page=7, environ=SCREEN, platform="linux", which=only("okular"), start=begun)
        open_at(Path(name), page=7, command="v {file} {page}", environ={}, start=begun)
        assert begun.words[-2:] == [
            ("/bin/okular", "--page", "7", str(tmp_path / name)),
            ("v", str(tmp_path / name), "7"),
        ]


def test_without_a_display_one_line_names_file_and_page() -> None:
    begun = Begun()
    with pytest.raises(InputError, match=r"no display here to show /p/a\.pdf at page 7"):
        open_at(Path("/p/a.pdf"), page=7, environ={}, platform="linux", which=only("okular"), start=begun)
    assert not begun.words


def test_without_any_viewer_one_line_says_what_to_do() -> None:
    with pytest.raises(InputError) as refused:
        open_at(Path("/p/a.pdf"), page=7, environ=SCREEN, platform="linux", which=only(), start=Begun())
    assert "/p/a.pdf at page 7" in refused.value.message
    assert "synth.toml" in refused.value.remedy


def test_a_command_that_cannot_be_read_or_started_is_one_line() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        open_at(Path("/p/a.pdf"), page=7, command="evince '{file}", environ={}, start=Begun())
    with pytest.raises(
        InputError, match=r"viewer /nowhere/viewer cannot be started \(No such file"
    ) as refused:
        open_at(Path("/p/a.pdf"), page=7, command="/nowhere/viewer", environ={})
    assert "/p/a.pdf at page 7" in refused.value.remedy


def within(seconds: float, there: Callable[[], bool]) -> bool:
    ends = time.monotonic() + seconds
    while not there() and time.monotonic() < ends:
        time.sleep(0.02)
    return there()


def test_what_is_started_has_a_session_of_its_own_and_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = """
import os, sys
print('noise'); print('noise', file=sys.stderr)
made = sys.argv[1] + '.tmp'
with open(made, 'w') as file:
    file.write(f'{os.getsid(0) == os.getpid()} {sys.stdin.read()!r}')
os.rename(made, sys.argv[1])
"""
    started([sys.executable, "-c", code, str(out)])
    assert within(30, out.exists)
    assert out.read_text() == "True ''"
    assert capfd.readouterr() == ("", "")
