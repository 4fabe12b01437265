"""Keys of a project's links: of the environment, or its own where the pages are on this machine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.catalog.links import LinkConfig
from playcall.engine.respond.keyring import OWN_KEY, has_keys, keys_of

HERE = LinkConfig("http://127.0.0.1:8000", ())


def test_the_keys_of_the_environment_are_taken_as_they_are(tmp_path: Path) -> None:
    config = LinkConfig("https://renew.acme.test", ("n" * 32, "o" * 32))
    assert keys_of(config, tmp_path).secrets == ("n" * 32, "o" * 32)
    assert has_keys(config, tmp_path)
    assert not has_keys(LinkConfig("https://renew.acme.test", ("${LINK_KEY}",)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_of_its_own_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    assert not has_keys(HERE, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keys_of(HERE, tmp_path).secrets, range(16)))
    assert len(made) == 1
    assert has_keys(HERE, tmp_path)
    assert (tmp_path / OWN_KEY).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / OWN_KEY).parent.iterdir()] == [OWN_KEY.name]


@pytest.mark.parametrize("content", ["", "short"])
def test_a_key_that_is_none_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / OWN_KEY).parent.mkdir()
    (tmp_path / OWN_KEY).write_text(content)
    with pytest.raises(PlaycallError, match="shorter than 32 bytes"):
        keys_of(HERE, tmp_path)
