"""What the commands print for people: one ``render_*`` a command, from the JSON that the command gives."""

from .audit import render_audit
from .check import render_check
from .comparison import render_comparison
from .contacts import render_consents, render_suppressions
from .delivery import render_delivery
from .demo import render_demo
from .digests import render_digests
from .doctor import render_doctor
from .erasure import render_erasure
from .explanation import render_explanation
from .exports import render_exports
from .inbox import render_inbox
from .markdown import markdown_comparison
from .paper import put, put_in
from .plan import render_plan
from .pruning import render_pruned
from .quotes import render_quote, render_quotes
from .records import render_conflicts, render_record, render_records
from .replay import render_replay
from .report import render_report
from .run import render_run
from .simulation import render_simulation
from .status import render_status
from .tasks import render_task, render_tasks
from .tests import render_tests
from .tokens import render_tokens
from .touches import render_touches
from .users import render_users

__all__ = [
    "markdown_comparison",
    "put",
    "put_in",
    "render_audit",
    "render_check",
    "render_comparison",
    "render_conflicts",
    "render_consents",
    "render_delivery",
    "render_demo",
    "render_digests",
    "render_doctor",
    "render_erasure",
    "render_explanation",
    "render_exports",
    "render_inbox",
    "render_plan",
    "render_pruned",
    "render_quote",
    "render_quotes",
    "render_record",
    "render_records",
    "render_replay",
    "render_report",
    "render_run",
    "render_simulation",
    "render_status",
    "render_suppressions",
    "render_task",
    "render_tasks",
    "render_tests",
    "render_tokens",
    "render_touches",
    "render_users",
]
