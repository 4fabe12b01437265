"""What the pages say of themselves, in English and Japanese. What is asked is the project's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, cast

from ..engine.respond.links import REFUSED

Language = Literal["en", "ja"]

_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "required": ("required", "必須"),
    "optional": ("optional", "任意"),
    "send": ("Send", "送信する"),
    "problems": ("Please check your answers", "ご回答をご確認ください"),
    "thanks": ("Thank you", "ありがとうございます"),
    "kept": ("We have received your answers.", "ご回答を受け付けました。"),
    "kept_more": (
        "We have received your answers. There is more to answer below.",
        "ご回答を受け付けました。続けて以下にもお答えください。",
    ),
    "change": ("Change my answers", "回答を変更する"),
    "email": ("E-mail address", "メールアドレス"),
    "name": ("Name", "お名前"),
    "on_record": ("We have:", "当社の記録："),
    "nps_low": ("not at all", "まったくない"),
    "nps_high": ("extremely", "非常に高い"),
    "csat_low": ("very dissatisfied", "非常に不満"),
    "csat_high": ("very satisfied", "非常に満足"),
    "quote": ("Your quote", "お見積り"),
    "revision": ("Revision", "版"),
    "period": ("Period", "期間"),
    "valid_until": ("Valid until", "有効期限"),
    "item": ("Item", "項目"),
    "quantity": ("Quantity", "数量"),
    "amount": ("Amount", "金額"),
    "net": ("Net", "小計"),
    "tax": ("Tax", "税"),
    "total": ("Total", "合計"),
    "accept": ("Accept this quote", "この見積りを承諾する"),
    "accept_name": ("Your full name", "お名前（フルネーム）"),
    "accept_terms": (
        "I accept this quote of {total} on behalf of my company.",
        "会社を代表して、この見積り（{total}）を承諾します。",
    ),
    "missing_name": ("Please type your full name.", "お名前を入力してください。"),
    "missing_tick": ("Please tick the box to accept.", "承諾する場合はチェックを入れてください。"),
    "standing_accepted": (
        "This quote has been accepted. Thank you.",
        "この見積りは承諾済みです。ありがとうございます。",
    ),
    "standing_replaced": (
        "This quote has been replaced by a newer one. Please use the newest message from us.",
        "この見積りは新しいものに差し替えられました。最新のメールをご覧ください。",
    ),
    "standing_withdrawn": ("This quote has been withdrawn.", "この見積りは取り下げられました。"),
    "standing_expired": ("This quote is not valid any more.", "この見積りは有効期限が切れています。"),
    "preferences": ("What we write to you about", "メール配信の設定"),
    "preferences_ask": ("Send me messages about", "受け取るメール"),
    "preferences_note": (
        "Messages that your contract needs are sent in any case.",
        "ご契約に必要なお知らせは、設定にかかわらずお送りします。",
    ),
    "preferences_none": ("There is nothing to choose here.", "選択できる項目はありません。"),
    "save": ("Save", "保存する"),
    "saved": ("Your choice is saved.", "設定を保存しました。"),
    "unsubscribe": ("Unsubscribe", "配信停止"),
    "unsubscribe_topic": (
        "Do you want no more messages about “{topic}”?",
        "「{topic}」のメールの配信を停止しますか？",
    ),
    "unsubscribe_all": ("Do you want no more such messages?", "このようなメールの配信を停止しますか？"),
    "unsubscribe_do": ("Unsubscribe me", "配信を停止する"),
    "unsubscribed": ("You will get no more of these messages.", "今後このメールはお送りしません。"),
    "sorry": ("Sorry", "申し訳ありません"),
    "refused": (REFUSED["en"], REFUSED["ja"]),
    "wrong": ("This page cannot be shown.", "このページを表示できません。"),
    "busy": (
        "Too many requests. Please try again in a minute.",
        "アクセスが集中しています。1分後にもう一度お試しください。",
    ),
    "down": (
        "This is not possible right now. Please try again later.",
        "現在ご利用いただけません。しばらくしてからもう一度お試しください。",
    ),
}

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {name: english for name, (english, _) in _SAID.items()},
    "ja": {name: japanese for name, (_, japanese) in _SAID.items()},
}


def language_of(locale: str) -> Language:
    """The language of ours that readers of a locale get: Japanese, else English."""
    known = locale.replace("_", "-").partition("-")[0].lower()
    return cast(Language, known if known in WORDS else "en")
