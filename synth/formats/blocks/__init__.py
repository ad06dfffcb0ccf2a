"""A report in, the blocks of its manifest out, each under its contract (see ``synth.formats.contracts``)."""

from synth.formats.blocks.benchmarks import benchmark_evidence
from synth.formats.blocks.corrections import correction_record
from synth.formats.blocks.header import CONTRACT_UPDATED, header, publisher, work
from synth.formats.blocks.people import people
from synth.formats.blocks.provenance import source_provenance
from synth.formats.blocks.quality import quality_dimensions, quality_tiers
from synth.formats.blocks.verification import gate_verdict, verification_levels

__all__ = [
    "CONTRACT_UPDATED",
    "benchmark_evidence",
    "correction_record",
    "gate_verdict",
    "header",
    "people",
    "publisher",
    "quality_dimensions",
    "quality_tiers",
    "source_provenance",
    "verification_levels",
    "work",
]
