# SPDX-License-Identifier: MIT
"""Settings files of adapters: whatever is wrong with one is a line that says where."""

from pathlib import Path

import pytest

from linkpool.adapters.catalogue import KINDS, from_file
from linkpool.errors import UsageError
from tests.linkpool.adapters.running import play, running

EXCHANGE = 'url = "http://x/{base}-{quote}"\nprice = "p"\nvolume = "v"\n'
PRICES = f"minimum = 1\n[exchanges.a]\n{EXCHANGE}"


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("other", "", "no adapter 'other': choose one of api-aggregator, asset-price, generic"),
        ("generic", "", "base_url: Field required"),
        ("generic", "base_url = ", "generic.toml is not readable"),
        ("generic", 'base_url = "ftp://x"', "base_url: .*expected http"),
        ("generic", 'base_url = "http://x/?key=1"', r"belong into \[params\]"),
        ("generic", 'base_url = "http://x"\ntoken = "x"', "token: Extra inputs"),
        ("generic", 'base_url = "http://x"\nmethods = ["DELETE"]', "methods.0: Input should be"),
        ("generic", 'base_url = "http://x"\nmax_age = -1', "max_age: "),
        ("generic", 'base_url = "http://x"\ntoken_file = "none"', "none cannot be read"),
        ("generic", 'base_url = "http://x"\nnodes = ["x"]', "expected http"),
        ("generic", 'base_url = "http://x"\n[headers]\nx = {}', "needs `value` or `file`"),
        ("generic", 'base_url = "http://x"\n[http]\nseconds = 0', "http.seconds: "),
        ("asset-price", "", "exchanges: Field required"),
        ("asset-price", "[exchanges]", "2 exchanges cannot agree, there are 0"),
        ("asset-price", PRICES.replace("{quote}", "{x}"), "exchanges.a: .*expected http://…"),
        ("asset-price", PRICES.replace("{quote}", "{quote.real}"), "expected http://…"),
        ("asset-price", PRICES.replace("http://x/", ""), "expected http://…"),
        ("asset-price", "deviation = 1\n" + PRICES, "deviation: "),
        ("asset-price", PRICES.replace("minimum = 1", "minimum = 2"), "there are 1"),
        ("api-aggregator", "most = 0", "most: "),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, name: str, settings: str, text: str) -> None:
    file = tmp_path / f"{name}.toml"
    file.write_text(settings)
    with pytest.raises(UsageError, match=text) as error:
        from_file(name, file)
    assert str(error.value).count("\n") == 0


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        from_file("generic", tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not readable"):
        from_file("generic", tmp_path / "x.toml")
    (tmp_path / "empty").touch()
    (tmp_path / "x.toml").write_text('base_url = "http://x"\ntoken_file = "empty"')
    with pytest.raises(UsageError, match="empty is empty"):
        from_file("generic", tmp_path / "x.toml")


def test_tokens_come_from_files_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("sesame\n")

    async def story() -> None:
        async with running("api-aggregator", tmp_path, 'token_file = "token"\nname = "x"') as up:
            assert (await up.raw(b"{}")).status == 401
            assert (await up.raw(b"{}", authorization="Bearer sesame")).status == 400
            assert '"adapter":"x"' in (await up.page("/health")).text

    play(story)


def test_every_kind_has_a_line_about_itself() -> None:
    assert all(kind.what for kind in KINDS.values())
