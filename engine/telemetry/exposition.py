"""Metrics in the text format of Prometheus (version 0.0.4), named by its conventions: a prefix, base units,
counters end in ``_total``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from ...dsl.frozen import frozen

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], float]


@frozen
class Metric:
    """One metric with its samples, each with its labels."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    samples: Sequence[Sample]


def one(name: str, kind: Literal["counter", "gauge"], help_text: str, value: float) -> Metric:
    """A metric without labels."""
    return Metric(name, kind, help_text, [({}, value)])


def exposition(metrics: Iterable[Metric]) -> str:
    """The page that Prometheus reads."""
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {_escaped(metric.help)}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{metric.name}{_labels(labels)} {value:.17g}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    quoted = ",".join(
        '{}="{}"'.format(name, _escaped(value).replace('"', '\\"')) for name, value in labels.items()
    )
    return f"{{{quoted}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
