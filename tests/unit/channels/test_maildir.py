from __future__ import annotations

import mailbox
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from playcall.adapters.channels.maildir import MaildirChannel
from playcall.engine.ports import ChannelError, Envelope

Envelopes = Callable[..., Envelope]


def inbox(path: Path) -> list[mailbox.MaildirMessage]:
    box = mailbox.Maildir(path, create=False)
    try:
        return list(box)
    finally:
        box.close()


def test_messages_are_found_by_the_standard_library(tmp_path: Path, envelope: Envelopes) -> None:
    channel = MaildirChannel("email", {"path": ".playcall/mail"}, tmp_path)
    assert channel.send(envelope(touch_id="a")).state == "sent"
    assert channel.send(envelope(touch_id="b")).state == "sent"
    messages = inbox(tmp_path / ".playcall/mail")
    assert [message["Subject"] for message in messages] == ["Hi", "Hi"]
    assert {message["Delivered-To"] for message in messages} == {"ceo@customer.test"}
    assert {message["Return-Path"] for message in messages} == {"<cs@acme.test>"}
    assert os.listdir(tmp_path / ".playcall/mail/tmp") == []


@pytest.mark.parametrize("touch_id", ["t-1", "日本語", "../../etc/passwd", ".hidden", "a:2,S", "x" * 300])
def test_a_touch_is_one_file_however_often_it_is_written(
    tmp_path: Path, envelope: Envelopes, touch_id: str
) -> None:
    for _ in range(2):
        channel = MaildirChannel("email", {"path": "mail"}, tmp_path)
        assert channel.send(envelope(touch_id=touch_id)).state == "sent"
        channel.close()
    assert len(inbox(tmp_path / "mail")) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mail"]


def test_a_message_that_a_reader_has_moved_is_not_written_again(tmp_path: Path, envelope: Envelopes) -> None:
    MaildirChannel("email", {"path": "mail"}, tmp_path).send(envelope())
    (tmp_path / "mail/new/t1").rename(tmp_path / "mail/cur/t1:2,S")
    MaildirChannel("email", {"path": "mail"}, tmp_path).send(envelope())
    assert len(inbox(tmp_path / "mail")) == 1


def test_redirect_shows_where_the_message_would_have_gone(tmp_path: Path, envelope: Envelopes) -> None:
    channel = MaildirChannel("email", {"path": "mail", "redirect": "qa@acme.test"}, tmp_path)
    channel.send(envelope())
    (message,) = inbox(tmp_path / "mail")
    assert (message["To"], message["Cc"]) == ("qa@acme.test", None)
    assert (message["X-Original-To"], message["X-Original-Cc"]) == ("ceo@customer.test", "it@customer.test")
    assert message["Delivered-To"] == "qa@acme.test"


def test_an_address_that_is_none_fails(tmp_path: Path, envelope: Envelopes) -> None:
    channel = MaildirChannel("email", {"path": "mail"}, tmp_path)
    assert channel.send(envelope(recipients=("nobody",))).state == "failed"


def test_a_folder_that_cannot_be_made_is_an_error_of_the_channel(tmp_path: Path, envelope: Envelopes) -> None:
    (tmp_path / "mail").write_text("a file in the way")
    channel = MaildirChannel("email", {"path": "mail"}, tmp_path)
    for act in (channel.check, lambda: channel.send(envelope())):
        with pytest.raises(ChannelError, match=r"cannot be written .*; check `path`"):
            act()


def test_check_makes_the_folders(tmp_path: Path) -> None:
    assert "can be written" in MaildirChannel("email", {"path": "mail"}, tmp_path).check()
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == ["cur", "new", "tmp"]
