"""Templates of announcements: what real ones use is read, nothing is run."""

import pytest

from feeds.payloads.value_template import NotUnderstood, compile_template

PAYLOAD = b'{"t": 21.456, "s": "on", "a": {"b-c": [1, 2]}, "n": null, "x": "7"}'


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ value_json.t }}", 21.456),
        ("{{value_json['t']|round(1)}}", 21.5),
        ('  {{ value_json["a"]["b-c"][1] }} ', 2),
        ("{{ value_json.a['b-c'][9] }}", None),
        ("{{ value_json.t * 2 + 1 - 0.5 }}", 43.412),
        ("{{ (value_json.x | float) / 2 }}", 3.5),
        ("{{ value_json.x | int }}", 7),
        ("{{ value_json.missing }}", None),
        ("{{ value_json.missing | default(5) }}", 5),
        ("{{ value_json.missing.deeper | float(0) }}", 0),
        ("{{ 1 if value_json.s == 'on' else 0 }}", 1),
        ("{{ value_json.s | upper }}", "ON"),
        ("{{ -value_json.t }}", -21.456),
        ("{{ value_json.t / 0 }}", None),
        ("{{ value_json.n }}", None),
        ("{{ value }}", PAYLOAD.decode()),
        ("", PAYLOAD.decode()),
        ("{{ value_json.s + 1 }}", None),
        ("{{ value_json.t | is_defined }}", 21.456),
    ],
)
def test_what_real_ones_use(template: str, value: object) -> None:
    found = compile_template(template)(PAYLOAD)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


def test_a_payload_that_is_no_json_has_its_text_only() -> None:
    assert compile_template("{{ value | float }}")(b" 5 ") == 5
    assert compile_template("{{ value_json.t }}")(b"5 degrees") is None


@pytest.mark.parametrize(
    "template",
    [
        "{% for x in range(999999999) %}{{ x }}{% endfor %}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ value_json.t ** 999999 }}",
        "{{ 'x' * 3 ~ value }}",
        "{{ states('sensor.x') }}",
        "{{ value_json.t | regex_findall('(a+)+') }}",
        "{{ value_json.t }} and {{ value_json.s }}",
        "{{ unclosed",
        "{{ [value_json.t] }}",
        "plain",
        "{{ " + "-" * 60 + "value }}",
        "{{ value }}" + " " * 2000,
        "{{ " + "(" * 400 + "value" + ")" * 400 + " }}",
    ],
)
def test_what_asks_for_more_is_not_understood(template: str) -> None:
    with pytest.raises(NotUnderstood):
        compile_template(template)


def test_attributes_are_those_of_the_payload_never_of_python() -> None:
    assert compile_template("{{ value_json.__class__ }}")(PAYLOAD) is None
    assert compile_template("{{ value.__class__ }}")(PAYLOAD) is None
