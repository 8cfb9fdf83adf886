"""Names, label selectors and field selectors: what is accepted, what matches, and why something is refused."""

from __future__ import annotations

import pytest

from pybernetes.api.names import (
    NameCheck,
    config_key,
    dns_label,
    dns_label_1035,
    dns_subdomain,
    env_var_name,
    label_value,
    path_segment,
    port_name,
    qualified_name,
)
from pybernetes.api.selectors import (
    FieldRequirement,
    SelectorError,
    format_label_selector,
    parse_field_selector,
    parse_label_selector,
    selector_from_labels,
    selector_from_object,
)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (dns_label, ["a", "a-1", "1a", "a" * 63], ["", "A", "-a", "a-", "a.b", "a" * 64]),
        (dns_label_1035, ["a", "a-1"], ["1a", "A", "a-"]),
        (dns_subdomain, ["a.b", "a-1.b2"], ["a..b", ".a", "A", "a_b", "a" * 254]),
        (label_value, ["", "a", "A_b.c-1"], ["-a", "a b", "a" * 64]),
        (qualified_name, ["a", "example.com/A_b"], ["", "/a", "a/", "a/b/c", "A.com/b", "-"]),
        (config_key, ["a", ".a", "A_b-c.d"], ["", "a b", ".", "..", "..a"]),
        (env_var_name, ["A", "a b", "1"], ["", "a=b", "ä", "\n"]),
        (port_name, ["http", "a-1"], ["", "1", "A", "a--b", "-a", "a" * 16]),
        (path_segment, ["system:x", "A b"], [".", "..", "a/b", "a%b"]),
    ],
)
def test_names(check: NameCheck, good: list[str], bad: list[str]) -> None:
    assert [name for name in good if check(name)] == []
    assert [name for name in bad if not check(name)] == []


@pytest.mark.parametrize(
    ("check", "name", "reasons"),
    [
        (dns_label, "a.b", ["must not contain dots"]),
        (
            dns_label,
            "A",
            [
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
                "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            ],
        ),
        (dns_subdomain, "a" * 254, ["must be no more than 253 bytes"]),
        (path_segment, "a/b%", ["may not contain '/'", "may not contain '%'"]),
        (port_name, "a--b", ["must not contain consecutive hyphens"]),
        (config_key, "..a", ["must not start with '..'"]),
    ],
)
def test_reasons(check: NameCheck, name: str, reasons: list[str]) -> None:
    assert check(name) == reasons


LABELS = {"app": "web", "tier": "front", "n": "5"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier=front", True),
        ("app!=web", False),
        ("gone!=x", True),
        ("app in (a, web)", True),
        ("app notin (a,b)", True),
        ("gone notin (a)", True),
        ("app", True),
        ("!app", False),
        ("!gone", True),
        ("n>4", True),
        ("n<5", False),
        ("app>1", False),
        ("gone=", False),
    ],
)
def test_label_selectors(text: str, matches: bool) -> None:
    assert parse_label_selector(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "values"),
    [("a in ()", {""}), ("a in (x,,y)", {"x", "", "y"}), ("a in (,x)", {"", "x"}), ("a in (in)", {"in"})],
)
def test_sets_of_values(text: str, values: set[str]) -> None:
    (requirement,) = parse_label_selector(text).requirements
    assert requirement.values == values


_BINARY = "in, notin, =, ==, !=, gt, lt"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("app=web,", "found '', expected: identifier after ','"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("a b", f"unable to parse requirement: found 'b', expected: {_BINARY}"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a in (b,=", "unable to parse requirement: found '=', expected: ',', or identifier"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a==!", "unable to parse requirement: found '!', expected: identifier"),
        (
            "n>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be "
            "an integer",
        ),
        ("a=-", 'unable to parse requirement: values[0][a]: Invalid value: "-": a valid label must be'),
        ("a/b/c", 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must consist'),
    ],
)
def test_malformed_label_selectors(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as failed:
        parse_label_selector(text)
    assert str(failed.value).startswith(message)


def test_selectors_of_objects() -> None:
    selector = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front", "back"]}],
    }
    assert selector_from_object(selector).matches(LABELS)
    assert selector_from_object({}).matches({})
    assert not selector_from_object(None).matches({})
    assert not selector_from_labels({}).matches({})
    assert format_label_selector(selector) == "app=web,tier in (back,front)"


def test_field_selectors() -> None:
    assert parse_field_selector(r"a=b,c!=d,e==f\,g") == (
        FieldRequirement("a", "b"),
        FieldRequirement("c", "d", equal=False),
        FieldRequirement("e", "f,g"),
    )
    assert parse_field_selector("") == parse_field_selector(",") == ()
    assert parse_field_selector(r"b=1,a=x\=") == (FieldRequirement("a", "x="), FieldRequirement("b", "1"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=b,x", "invalid selector: 'a=b,x'; can't understand 'x'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        (r"a=\b", r"invalid field selector: invalid escape sequence: \b"),
        ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
    ],
)
def test_what_is_no_field_selector(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as refused:
        parse_field_selector(text)
    assert str(refused.value) == message
