"""One JSON text for one record: what comes back is what was written, and nothing else is taken."""

from __future__ import annotations

import json
import math

import pytest
import sample_attempt as sample
from hypothesis import given
from hypothesis import strategies as st

from synth import attempts
from synth.errors import InputError
from synth.trials import Row, Spec


def test_a_record_comes_back_from_its_bytes_as_it_was() -> None:
    for record in (sample.spec(), sample.results(sample.spec()), sample.environment()):
        raw = attempts.encode(record)
        back = attempts.decode(type(record), raw, file="x.json")
        assert back == record
        assert attempts.encode(back) == raw
        assert raw.endswith(b"}\n")
        assert list(json.loads(raw)) == sorted(json.loads(raw))


def test_a_whole_number_is_written_as_the_float_that_it_is_read_as() -> None:
    row = Row(seed=1, arm="a", task="t", language="l", split="s", metric="m", value=5, n=3)
    assert b'"value": 5.0' in attempts.encode(row)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_number_and_text_come_back(value: float, text: str) -> None:
    row = Row(seed=1, arm=text, task="t", language="l", split="s", metric="m", value=value, n=3)
    assert attempts.decode(Row, attempts.encode(row), file="x") == row


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    row = Row(seed=1, arm="a", task="t", language="l", split="s", metric="m", value=value, n=3)
    with pytest.raises(InputError, match="finite"):
        attempts.encode(row)


def test_half_a_character_is_refused() -> None:
    row = Row(seed=1, arm="\ud800", task="t", language="l", split="s", metric="m", value=1.0, n=3)
    with pytest.raises(InputError, match="cannot be written"):
        attempts.encode(row)


SPEC = attempts.encode(sample.spec())
NESTED = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (SPEC.replace(b'"tier"', b'"teir"'), "missing required field"),
        (SPEC.replace(b'{\n  "arms"', b'{\n  "aaaa": 1,\n  "arms"', 1), "unknown field aaaa"),
        (
            SPEC.replace(b'"at_claim_scale"', b'"zzz": 1, "at_claim_scale"', 1),
            "unknown field hypotheses.0.zzz",
        ),
        (SPEC.replace(b'  "gpu": false,\n', b""), "missing field gpu"),
        (SPEC.replace(b'"smallest": 2.0', b'"smallest": 2'), "other order"),
        (SPEC.replace(b'"size": "core"', b'"size": "tiny", "size": "core"'), "twice"),
        (SPEC.replace(b"\n", b"\r\n"), "spacing"),
        (SPEC + b" ", "spacing"),
        (SPEC.replace(b"spec-v1", b"spec-v2"), "schema"),
        (SPEC.replace(b'"size": "core"', b'"size": 3'), "Expected `str`"),
        (SPEC.replace(b"2.0", b"NaN"), "no Spec"),
        (SPEC.replace(b'"confidence": 0.95', b'"confidence": 1e999'), "no Spec"),
        (SPEC.replace(b'"confidence": 0.95', b'"confidence": 3.0'), "confidence lies"),
        (SPEC.replace(b"core", b"\xff"), "no Spec"),
        (SPEC.replace(b'{\n  "arms"', b'{\n  "aa": ' + NESTED + b',\n  "arms"', 1), "recursion"),
        (SPEC[:-3], "no Spec"),
        (b"", "no Spec"),
        (b"[]", "no Spec"),
        (SPEC.replace(b'"tier"', b'"\x1b[31mtier"'), "no Spec"),
    ],
)
def test_anything_but_the_canonical_text_is_refused_by_name(raw: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        attempts.decode(Spec, raw, file="spec.json")
    assert said in str(caught.value)
    assert str(caught.value).startswith("spec.json ")
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).isprintable()


def test_a_huge_text_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.attempts.codec.MOST_BYTES", 10)
    with pytest.raises(InputError, match="larger"):
        attempts.decode(Spec, SPEC, file="spec.json")
