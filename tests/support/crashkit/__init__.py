"""A company whose commands are killed, and a mail server whose log judges what came of it."""

from __future__ import annotations

from .estate import Estate as Estate
from .firms import CUSTOMERS as CUSTOMERS
from .firms import Cap as Cap
from .firms import Firm as Firm
from .firms import asking as asking
from .firms import capped as capped
from .firms import limited as limited
from .firms import living as living
from .office import DAY as DAY
from .office import NOTHING as NOTHING
from .office import Letter as Letter
from .office import Office as Office
from .office import moved_in as moved_in
from .processes import Nursery as Nursery
from .processes import judged as judged
from .scenes import SCENES as SCENES
from .scenes import STAGES as STAGES
from .scenes import Moment as Moment
from .scenes import Stage as Stage
from .scenes import prepared as prepared
