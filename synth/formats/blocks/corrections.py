"""A report in, its correction record out: corrections are appended, never edited."""

from __future__ import annotations

from synth.formats.blocks.header import CONTRACT_UPDATED, header, publisher, work
from synth.formats.contracts import CorrectionEvent, CorrectionPolicy, CorrectionRecord, ManifestPointer
from synth.formats.schemas import identifier
from synth.records import Report


def correction_record(report: Report) -> CorrectionRecord:
    """Return every public correction of the report, in order; addresses are relative to the bundle."""
    events = [
        CorrectionEvent(
            event_id=one.event_id,
            corrected_at=one.corrected_at,
            correction_type=one.correction_type,
            public_note=one.public_note,
            affected_fields=list(one.affected_fields),
        )
        for one in report.corrections
    ]
    return CorrectionRecord(
        **header("correction-record-v1"),
        contract_updated=CONTRACT_UPDATED,
        generated_from="the corrections recorded with this report",
        publisher=publisher(report),
        work=work(report),
        manifest=ManifestPointer(
            schema=identifier("paper-manifest-v1.1"),
            contract_version="paper-manifest-v1.1",
            contract_updated=CONTRACT_UPDATED,
            current_manifest_url="manifest.json",
            correction_record_url="manifest.json#/correction_record",
        ),
        correction_state="CORRECTED" if events else "CURRENT",
        correction_count=len(events),
        last_corrected_at=max((e.corrected_at for e in events), default=None),
        correction_events=events,
        known_superseded_manifest_urls=[],
        policy=CorrectionPolicy(
            corrections_are_additive=True,
            no_silent_public_rewrites=True,
            private_operational_logs_public=False,
            basis="A correction is a new event beside the old ones; what was published stays readable.",
        ),
        interpretation="CURRENT means that no correction is recorded, not that the report is free of errors.",
        limitations=["Only corrections that were recorded with this report are listed."],
    )
