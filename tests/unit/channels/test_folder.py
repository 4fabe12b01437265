from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from playcall.adapters.channels.folder import FolderChannel
from playcall.engine.ports import ChannelError, Envelope

Envelopes = Callable[..., Envelope]


def test_a_message_is_one_file_whole_and_never_written_over(tmp_path: Path, envelope: Envelopes) -> None:
    for content in (b'{"a": 1}', b'{"a": 2}'):
        channel = FolderChannel("erp", {"path": "out/accepted"}, tmp_path)
        assert channel.send(envelope(touch_id="a1", payload=content)).state == "sent"
    assert os.listdir(tmp_path / "out/accepted") == ["a1.json"]
    assert (tmp_path / "out/accepted/a1.json").read_bytes() == b'{"a": 1}'


@pytest.mark.parametrize("touch_id", ["../../etc/passwd", ".hidden", "", "a/b", "日本語"])
def test_what_cannot_be_a_name_is_refused(tmp_path: Path, envelope: Envelopes, touch_id: str) -> None:
    assert FolderChannel("erp", {"path": "out"}, tmp_path).send(envelope(touch_id=touch_id)).state == "failed"
    assert list(tmp_path.iterdir()) == []


def test_it_can_be_tried_without_sending(tmp_path: Path) -> None:
    assert "can be written" in FolderChannel("erp", {"path": "out"}, tmp_path).check()
    assert os.listdir(tmp_path / "out") == []


def test_a_folder_that_is_none_is_said(tmp_path: Path, envelope: Envelopes) -> None:
    (tmp_path / "out").write_text("a file")
    channel = FolderChannel("erp", {"path": "out"}, tmp_path)
    for attempt in (channel.check, lambda: channel.send(envelope(touch_id="a1"))):
        with pytest.raises(ChannelError, match=r"channel erp: .* cannot be written"):
            attempt()


@pytest.mark.parametrize("options", [{}, {"path": "out", "pth": "x"}, {"path": " "}])
def test_its_options_are_read_strictly(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(ChannelError, match="channel erp"):
        FolderChannel("erp", options, tmp_path)
