# SPDX-License-Identifier: MIT
"""A page never takes the place of what is no page, and is never half of one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from linkpool.economics.page import html
from linkpool.economics.place import check, write
from linkpool.economics.reading import parameters
from linkpool.economics.report import report
from linkpool.errors import UsageError

PAGE = html(report("<", parameters("paper", ["interest=0"])), None, "")


def test_a_page_of_ours_is_overwritten_and_nothing_else(tmp_path: Path) -> None:
    mine, page = tmp_path / "mine.toml", tmp_path / "page.html"
    mine.write_text('scenario = "agreements"\n')
    with pytest.raises(UsageError, match=r"mine\.toml: is there and no page of this command"):
        check(mine)
    assert mine.read_text() == 'scenario = "agreements"\n'
    check(page)
    write(page, PAGE)
    check(page)
    write(page, PAGE + "<!-- again -->")
    assert page.read_text().endswith("again -->")


def test_an_empty_file_is_nothing_to_lose(tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.html", tmp_path / "other.html"
    empty.touch()
    check(empty)
    other.write_text("<!doctype html><title>something else</title>")
    with pytest.raises(UsageError, match="no page of this command"):
        check(other)


def test_a_folder_and_no_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder; name a file in it"):
        check(tmp_path)
    with pytest.raises(UsageError, match="no such folder; make it"):
        check(tmp_path / "none" / "page.html")


def test_a_link_leads_to_what_is_overwritten(tmp_path: Path) -> None:
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    page.write_text(PAGE)
    link.symlink_to(page)
    write(link, PAGE + "<!-- new -->")
    assert link.is_symlink() and page.read_text().endswith("new -->")


def test_a_full_disk_is_one_line() -> None:
    check(Path("/dev/full"))
    with pytest.raises(UsageError) as refused:
        write(Path("/dev/full"), PAGE)
    assert str(refused.value) == "/dev/full: cannot be written: no space left on device"


def test_what_fails_halfway_leaves_the_page_that_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.html"
    write(page, PAGE)

    def fails(*_names: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(UsageError, match="no space left on device"):
        write(page, "something else")
    assert page.read_text() == PAGE
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
