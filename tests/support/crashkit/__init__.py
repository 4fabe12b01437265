"""A company whose commands are killed, and a mail server whose log judges what came of it."""

from __future__ import annotations

from .office import CUSTOMERS as CUSTOMERS
from .office import DAY as DAY
from .office import Firm as Firm
from .office import Letter as Letter
from .office import Office as Office
from .office import asking as asking
from .office import capped as capped
from .office import moved_in as moved_in
from .processes import Nursery as Nursery
from .processes import judged as judged
