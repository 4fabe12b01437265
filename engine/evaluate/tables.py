"""The tables of the fact store that hold what earlier runs left, as evaluation reads them.

``_occurrence``: every recorded occurrence of the plays at hand; ``identity`` is its cycle's value, or its
countdown's own date where the entity has no cycle; ``used``: it acted, or may act yet, so `once` allows no
other. ``_episode``: the last episode of each (play, record).
"""

from __future__ import annotations

from typing import Final

OCCURRENCE: Final = "_occurrence"
OCCURRENCE_COLUMNS: Final = {
    "playbook": "VARCHAR",
    "play": "VARCHAR",
    "record": "VARCHAR",
    "key": "VARCHAR",
    "identity": "VARCHAR",
    "target": "VARCHAR",
    "due": "DATE",
    "reason": "VARCHAR",
    "open": "BOOLEAN",
    "used": "BOOLEAN",
}
EPISODE: Final = "_episode"
EPISODE_COLUMNS: Final = {
    "playbook": "VARCHAR",
    "play": "VARCHAR",
    "record": "VARCHAR",
    "number": "BIGINT",
    "cycle": "VARCHAR",
    "seen_on": "DATE",
    "opened_on": "DATE",
    "fired_on": "DATE",
    "open": "BOOLEAN",
}
