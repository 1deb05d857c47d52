"""Remembers since when each finding has lasted, so that what passes by itself is never counted.

The two sides are read at different moments, and CloudStack writes its database a little after the array has done
the work. A finding of one moment proves nothing; one that lasts does.

The memory is measured in judged time, for each pair and reason by itself. It stands still while that reason is not
judged: because the pair is suspended, or a reading is gone that the reason needs. Were it to begin anew instead,
every outage of a gateway would resolve all alerts for the length of the grace; were it to run on, a finding seen for
a moment before the outage and for a moment after it would pass for one that had lasted all the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from exporter.model.findings import Finding, Pair, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Track:
    """The memory of one reason of one pair.

    Attributes:
        judged: seconds for which the reason had been judged at the last step.
        at: the monotonic second of that step.
        running: whether the reason was judged then.
        since: for each volume id that was found, `judged` of the step that found it first.
    """

    judged: float
    at: float
    running: bool
    since: Mapping[str, float]

    def read(self, now: float) -> float:
        """Return for how many seconds the reason has been judged at that monotonic second."""
        return self.judged + (now - self.at if self.running else 0.0)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The memory of all pairs; a new one is empty, as after a start."""

    tracks: Mapping[tuple[Pair, Reason], Track] = field(default_factory=dict)


def step(ledger: Ledger, verdicts: Iterable[Verdict], now: float) -> Ledger:
    """Return the ledger after the verdicts of this moment.

    A finding that is not there any more is forgotten, and so is a pair without a verdict: one that is suspended has
    one that says so.

    Args:
        ledger: the memory so far.
        verdicts: one of each pair.
        now: this moment, in monotonic seconds.
    """
    tracks: dict[tuple[Pair, Reason], Track] = {}
    for verdict in verdicts:
        found: dict[Reason, list[str]] = defaultdict(list)
        for finding in verdict.findings:
            found[finding.reason].append(finding.volume_id)
        for reason in Reason:
            former = ledger.tracks.get((verdict.pair, reason)) or Track(0.0, now, running=False, since={})
            judged = former.read(now)
            running = reason in verdict.judged
            since = (
                {volume_id: former.since.get(volume_id, judged) for volume_id in found[reason]}
                if running
                else former.since
            )
            tracks[verdict.pair, reason] = Track(judged, now, running, since)
    return Ledger(tracks)


def settle(ledger: Ledger, verdict: Verdict, now: float, grace: float) -> Verdict:
    """Return what of a verdict may be shown.

    A reason may be shown once it has been judged for as long as the grace: before that, nothing could have lasted,
    and a 0 after a restart would resolve alerts that are true. Of its findings those stay that have lasted as long,
    the oldest first. Without a grace everything is shown at once.

    Args:
        ledger: the memory, with the step of this very verdict.
        verdict: what was found of one pair.
        now: this moment, in monotonic seconds.
        grace: seconds.
    """
    shown = frozenset(
        reason
        for reason in verdict.judged
        if (track := ledger.tracks.get((verdict.pair, reason))) is not None and track.read(now) >= grace
    )
    lasted = {(reason, volume_id): age for reason in shown for volume_id, age in _ages(ledger, verdict, reason, now)}

    def age_of(finding: Finding) -> float:
        return lasted.get((finding.reason, finding.volume_id), -1.0)

    findings = [finding for finding in verdict.findings if age_of(finding) >= max(grace, 0.0)]
    findings.sort(key=lambda finding: (-age_of(finding), finding.volume_id, finding.reason))
    return replace(verdict, judged=shown, findings=tuple(findings))


def age(ledger: Ledger, pair: Pair, finding: Finding, now: float) -> float:
    """Return for how many seconds of judged time a finding of the last step has lasted at that monotonic second."""
    track = ledger.tracks[pair, finding.reason]
    return track.read(now) - track.since[finding.volume_id]


def _ages(ledger: Ledger, verdict: Verdict, reason: Reason, now: float) -> Iterable[tuple[str, float]]:
    track = ledger.tracks[verdict.pair, reason]
    judged = track.read(now)
    return ((volume_id, judged - since) for volume_id, since in track.since.items())
