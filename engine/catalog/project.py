"""playcall.yaml: its keys, the overlay of an environment, and the secrets that come from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from ...dsl.currencies import CURRENCIES
from ...dsl.diagnostics import PlaycallError
from ...dsl.types import Duration, Settings
from ..document import Entries, Node, Scalar
from ..files import Files
from ..shape import (
    Fields,
    Findings,
    read_duration,
    read_each,
    read_entries,
    read_fields,
    read_number,
    read_yaml,
    shape,
    suggestion,
    yaml_type,
)
from .adapters import plain_value as plain_value
from .adapters import read_adapter
from .contact_rules import read_rules
from .exports import ExportConfig, read_digest, read_exports
from .inbox import InboxConfig, read_inbox
from .links import LinkConfig, read_links
from .model import ChannelConfig, Project, SourceConfig
from .policy import read_policy
from .retention import read_retention
from .secrets import check_secrets
from .sign_in import SignInConfig, read_sign_in

FILE = "playcall.yaml"
_LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")  # BCP 47, as far as templates are named by it
FEED = "feed"  # the channel of what the product shows in itself, and its adapter

PROJECT = shape(
    "playcall.yaml",
    "project timezone locale currency holidays fiscal_year ledger engine snapshots sources channels users"
    " limits topics quiet_hours rates environments links inbox sign_in retention lint requires exports"
    " digest",
    "project",
    since={"0.2": "topics quiet_hours lint"},
)
_USER = shape(
    "a user", "name email role manager team away_until timezone locale country digest", "name email"
)
_FRESH = shape("`fresh`", "within by", "within")

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def load_project(root: Path, env: str | None, findings: Findings, files: Files) -> Project | None:
    """The project in a folder, with the overlay of ``env``; None, with findings, if its file is wrong.

    Secrets stay as ``${NAME}``: see ``resolve_secrets``. Raises ``PlaycallError`` where there is no
    project, or no such environment.
    """
    path = root / FILE
    if not files.has(path):
        raise PlaycallError(f"{_no_project(root)}. Go to a project's folder, or make one: playcall init DIR")
    node = read_yaml(path, findings, files)
    entries = read_entries(node, findings, FILE) if node is not None else None
    if entries is None:
        return None
    fields = read_fields(_overlaid(entries, env, findings), PROJECT, findings)
    return None if fields is None else _project(root, env, fields)


def _no_project(root: Path) -> str:
    place = root.resolve()
    if not root.exists():
        return f"{place} does not exist, so it has no {FILE}"
    return f"{place} has no {FILE}" if root.is_dir() else f"{place} is a file, not a folder with {FILE}"


def resolve_secrets(project: Project, environ: Mapping[str, str]) -> Project:
    """The project with every ``${NAME}`` replaced from ``environ``. Raises ``PlaycallError`` that names
    the first variable that is not set and where it is wanted."""

    def fill(value: object, wanted_by: str) -> object:
        if isinstance(value, str):
            return _SECRET.sub(lambda match: _secret(match[1], environ, wanted_by), value)
        if isinstance(value, Mapping):
            return {key: fill(item, wanted_by) for key, item in value.items()}
        return [fill(item, wanted_by) for item in value] if isinstance(value, list) else value

    def options(kind: str, config: SourceConfig | ChannelConfig | ExportConfig) -> dict[str, object]:
        wanted_by = f"{kind} `{config.name}` ({config.location})"
        return {key: fill(value, wanted_by) for key, value in config.options.items()}

    def links(config: LinkConfig) -> LinkConfig:
        wanted_by = f"`links` in {FILE}"
        keys = tuple(str(fill(key, wanted_by)) for key in config.keys)
        return LinkConfig(str(fill(config.url, wanted_by)), keys)

    def inbox(config: InboxConfig) -> InboxConfig:
        wanted_by = f"`inbox` in {FILE}"
        return InboxConfig(str(fill(config.folder, wanted_by)), str(fill(config.token, wanted_by)))

    def sign_in(config: SignInConfig) -> SignInConfig:
        wanted_by = f"`sign_in` in {FILE}"
        given = (config.issuer, config.client_id, config.client_secret)
        return SignInConfig(*(str(fill(value, wanted_by)) for value in given))

    return replace(
        project,
        ledger_url=str(fill(project.ledger_url, f"`ledger` in {FILE}")),
        engine_url=str(fill(project.engine_url, f"`engine` in {FILE}")),
        sources={
            name: replace(source, options=options("source", source))
            for name, source in project.sources.items()
        },
        channels={
            name: replace(channel, options=options("channel", channel))
            for name, channel in project.channels.items()
        },
        exports={
            name: replace(export, options=options("export", export))
            for name, export in project.exports.items()
        },
        links=links(project.links) if project.links else None,
        inbox=inbox(project.inbox),
        sign_in=sign_in(project.sign_in) if project.sign_in else None,
    )


def secret_names(text: str) -> list[str]:
    """The names of the environment variables that a text takes secrets from."""
    return _SECRET.findall(text)


def _secret(name: str, environ: Mapping[str, str], wanted_by: str) -> str:
    if name not in environ:
        raise PlaycallError(f"the environment variable {name} is not set; {wanted_by} needs it")
    return environ[name]


def _overlaid(entries: Entries, env: str | None, findings: Findings) -> Entries:
    """The mapping with the environment's keys laid over it. The keys of all environments are checked."""
    declared = entries.values.get("environments")
    overlays = read_entries(declared, findings, "`environments`") if declared is not None else None
    known = overlays.values if overlays else {}
    for name, overlay in known.items():
        if name != env:
            read_fields(overlay, replace(PROJECT, required=()), findings)
    if env is None:
        return entries
    chosen = known.get(env)
    if chosen is None:
        names = ", ".join(known) or "none"
        raise PlaycallError(f"{FILE} has no environment `{env}`; it has: {names}")
    return _merged(entries, chosen) if isinstance(chosen, Entries) else entries


def _merged(base: Entries, overlay: Entries) -> Entries:
    """Mappings are merged key by key; any other value of the overlay takes the base's place."""
    values, keys = dict(base.values), dict(base.keys)
    for key, node in overlay:
        below = values.get(key.text)
        both = isinstance(below, Entries) and isinstance(node, Entries)
        values[key.text] = _merged(below, node) if both else node  # type: ignore[arg-type]  # both are
        keys[key.text] = key
    return Entries(values, keys, base.location)


def _project(root: Path, env: str | None, fields: Fields) -> Project:
    findings = fields.findings
    check_secrets(fields.node, findings)
    exports = read_exports(fields)
    return Project(
        root=root,
        name=fields.text("project") or "",
        locale=_locale(fields),
        settings=_settings(fields),
        ledger_url=_ledger(fields),
        engine_url=_engine(fields),
        snapshots=root / (fields.text("snapshots") or ".playcall/snapshots"),
        sources=_sources(fields),
        channels=_channels(fields, exports),
        users=_users(fields),
        rules=read_rules(fields),
        policy=read_policy(fields),
        environment=env,
        links=read_links(fields),
        sign_in=read_sign_in(fields),
        inbox=read_inbox(fields),
        retention=read_retention(fields),
        exports=exports,
        digest=read_digest(fields),
    )


def _settings(fields: Fields) -> Settings:
    findings = fields.findings
    timezone = fields.text("timezone") or "UTC"
    if not _is_timezone(timezone):
        message = f"`timezone` is an IANA time zone such as Asia/Tokyo, not `{timezone}`"
        findings.add("E107", fields.place("timezone"), message, suggestion(timezone, available_timezones()))
        timezone = "UTC"
    currency = fields.text("currency") or "USD"
    if currency not in CURRENCIES:
        message = f"`currency` is an ISO 4217 code such as JPY, not `{currency}`"
        findings.add("E107", fields.place("currency"), message)
    holidays = fields.text("holidays") or ""
    if not re.fullmatch("([A-Z]{2,3})?", holidays):
        message = f"`holidays` is an ISO 3166 country code such as JP, not `{holidays}`"
        findings.add("E107", fields.place("holidays"), message)
    return Settings(timezone, currency, holidays, _fiscal_year(fields), _rates(fields))


def _locale(fields: Fields) -> str:
    locale = fields.text("locale") or "en"
    if _LOCALE.fullmatch(locale):
        return locale
    message = f"`locale` is a language such as ja, or with its country, pt-BR, not `{locale}`"
    fields.findings.add("E107", fields.place("locale"), message)
    return "en"


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _fiscal_year(fields: Fields) -> tuple[int, int]:
    text = fields.text("fiscal_year")
    if text is None:
        return 1, 1
    match = re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])", text)
    if match:
        return int(match[1]), int(match[2])
    message = f"`fiscal_year` is the month and day of its first day (01 to 28), such as 04-01, not `{text}`"
    fields.findings.add("E107", fields.place("fiscal_year"), message)
    return 1, 1


def _rates(fields: Fields) -> dict[str, Decimal]:
    rates: dict[str, Decimal] = {}

    def read(key: Scalar, node: Node) -> None:
        number = read_number(node, fields.findings, f"the rate of {key.text}")
        if key.text not in CURRENCIES:
            message = f"`{key.text}` is not an ISO 4217 code such as USD"
            fields.findings.add("E107", key.location, message)
        elif number is not None:
            rates[key.text] = Decimal(number)

    entries = fields.entries("rates")
    if entries:
        read_each(entries, read, fields.findings, "the rate")
    return rates


def _ledger(fields: Fields) -> str:
    url = fields.text("ledger") or "sqlite:///.playcall/ledger.db"
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+", "${")):
        message = f"`ledger` is the URL of a SQLite or PostgreSQL database, not `{url}`"
        fields.findings.add("E107", fields.place("ledger"), message, "sqlite:///.playcall/ledger.db")
    return url


def _engine(fields: Fields) -> str:
    url = fields.text("engine") or "duckdb://"
    if not url.startswith("duckdb:"):
        message = f"`engine: {url}` is not available yet: other engines come later"
        fields.findings.add("E109", fields.place("engine"), message, "leave it out, or write duckdb://")
    return url


def _sources(fields: Fields) -> dict[str, SourceConfig]:
    found: dict[str, SourceConfig] = {}

    def read(key: Scalar, node: Node) -> None:
        adapted = read_adapter(key, node, "source", fields.findings)
        if adapted is not None:
            adapter, options, entries = adapted
            within, by = _fresh(entries, fields.findings)
            options.pop("fresh", None)
            found[key.text] = SourceConfig(key.text, adapter, options, within, by, key.location)

    entries = fields.entries("sources")
    if entries:
        read_each(entries, read, fields.findings, "the source")
    return found


def _channels(fields: Fields, exports: Mapping[str, ExportConfig]) -> dict[str, ChannelConfig]:
    """The declared channels; e-mail goes to a folder of this machine unless it is declared, and what the
    product shows needs no declaration. An export that hands over what changes does so through a channel."""
    default = {"path": ".playcall/mail"}
    found = {
        "email": ChannelConfig("email", "maildir", default, fields.node.location),
        FEED: ChannelConfig(FEED, FEED, {}, fields.node.location),
        **{
            one.name: ChannelConfig(one.name, one.adapter, one.options, one.location)
            for one in exports.values()
            if one.handed_over
        },
    }

    def read(key: Scalar, node: Node) -> None:
        adapted = read_adapter(key, node, "channel", fields.findings)
        if adapted is not None:
            found[key.text] = ChannelConfig(key.text, adapted[0], adapted[1], key.location)

    entries = fields.entries("channels")
    if entries:
        read_each(entries, read, fields.findings, "the channel")
    return found


def _fresh(entries: Entries, findings: Findings) -> tuple[timedelta | None, str | None]:
    node = entries.values.get("fresh")
    if node is None:
        return None, None
    if not isinstance(node, Entries):
        duration = read_duration(node, findings, "`fresh`", tuple(_UNITS))
        return _span_of_time(duration), None
    fields = read_fields(node, _FRESH, findings)
    if fields is None:
        return None, None
    return _span_of_time(fields.duration("within", tuple(_UNITS))), fields.text("by")


def _span_of_time(duration: Duration | None) -> timedelta | None:
    return None if duration is None else timedelta(**{_UNITS[duration.unit]: duration.amount})


def _users(fields: Fields) -> dict[str, dict[str, str]]:
    users: dict[str, dict[str, str]] = {}

    def read(key: Scalar, node: Node) -> None:
        user = read_fields(node, _USER, fields.findings)
        if user is None:
            return
        values = {name: _user_value(user, name) for name in user.node.values if name in _USER.keys}
        users[key.text] = {name: value for name, value in values.items() if value is not None}
        if "@" not in users[key.text].get("email", "@"):
            message = f"`email` of the user `{key.text}` is not an address"
            fields.findings.add("E107", user.location("email"), message)

    entries = fields.entries("users")
    if entries:
        read_each(entries, read, fields.findings, "the user")
    return users


def _user_value(user: Fields, name: str) -> str | None:
    """A user's value as text; the one date is written as a date, and the one
    switch is kept where it is off."""
    node = user.get(name)
    if name == "digest":
        return None if user.boolean(name, default=True) else "false"
    if name == "away_until" and isinstance(node, Scalar) and yaml_type(node.text) == "a date":
        return node.text
    return user.text(name)
