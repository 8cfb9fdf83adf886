"""Templates and objects in, text out, in kubectl's dialect."""

from __future__ import annotations

import pytest

from pybernetes.pyctl import jsonpath

PODS = {
    "kind": "List",
    "items": [
        {
            "kind": "Pod",
            "metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "web"}},
            "spec": {"containers": [{"name": "c1", "image": "i1"}, {"name": "c2", "image": "i2"}], "priority": 5},
            "ready": True,
        },
        {"kind": "Pod", "metadata": {"name": "b"}, "spec": {"containers": [{"name": "c3", "image": "i3"}]}},
    ],
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{.kind}", "List"),
        ("{$.kind}", "List"),
        ("{@.kind}", "List"),
        ("kind is {.kind}!", "kind is List!"),
        (".kind", ".kind"),
        ("{.items[*].metadata.name}", "a b"),
        ("{.items[0].metadata.name}", "a"),
        ("{.items[-1].metadata.name}", "b"),
        ("{.items[0:1].metadata.name}", "a"),
        ("{.items[-1:].metadata.name}", "b"),
        ("{.items[0].spec.containers[::2].name}", "c1"),
        ("{.items[0,1].metadata.name}", "a b"),
        ("{.items[0]['metadata']['name']}", "a"),
        ("{.items[*]['metadata.name', 'kind']}", "a Pod b Pod"),
        ("{..image}", "i1 i2 i3"),
        ("{.items[0]..name}", "a c1 c2"),
        (r"{.items[0].metadata.labels.app\.kubernetes\.io/name}", "web"),
        (r"{.items[0].metadata.labels['app\.kubernetes\.io/name']}", "web"),
        ("{.items[0].metadata.labels.*}", "web"),
        ('{.items[?(@.metadata.name=="b")].kind}', "Pod"),
        ("{.items[?(@.metadata.name=='b')].spec.containers[0].name}", "c3"),
        ('{.items[?(@.metadata.name!="b")].metadata.name}', "a"),
        ("{.items[?(@.spec.priority>3)].metadata.name}", "a"),
        ("{.items[?(@.spec.priority<=4)].metadata.name}", ""),
        ("{.items[?(@.ready==true)].metadata.name}", "a"),
        ("{.items[?(@.metadata.labels)].metadata.name}", "a"),
        ("{.items[*].spec.containers[?(@.name=='c2')].image}", "i2"),
        ('{range .items[*]}{.metadata.name}{"\\t"}{.spec.containers[*].image}{"\\n"}{end}', "a\ti1 i2\nb\ti3\n"),
        ("{range .items[*]}[{range .spec.containers[*]}{.name};{end}]{end}", "[c1;c2;][c3;]"),
        ("{.items[0].metadata.labels}", '{"app.kubernetes.io/name":"web"}'),
        ("{.items[1].spec.containers}", '[{"image":"i3","name":"c3"}]'),
        ("{.items[0].spec.priority} {.items[0].ready}", "5 true"),
        ("{.nothing.at.all}", ""),
        ("{.items[*].nothing}", ""),
        ("{'single'} {\"double\"}", "single double"),
        ("{.kind} {.items[0].kind}", "List Pod"),
        ("{.kind .items[0].kind}", "List Pod"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert jsonpath.render(jsonpath.parse(template), PODS) == expected


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{.items[*]", "unclosed action"),
        ("{range .items[*]}x", "unmatched range, no end"),
        ("{end}", "not in range, nothing to end"),
        ('{"x}', "unclosed action"),
        ("{.items[x y]}", "invalid array index x y"),
        ("{foo}", "unrecognized identifier foo"),
    ],
)
def test_malformed_templates(template: str, complaint: str) -> None:
    with pytest.raises(jsonpath.JSONPathError) as raised:
        jsonpath.parse(template)
    assert str(raised.value) == complaint


def test_index_out_of_bounds() -> None:
    with pytest.raises(jsonpath.JSONPathError, match="array index out of bounds: index 9, length 2"):
        jsonpath.render(jsonpath.parse("{.items[9]}"), PODS)


@pytest.mark.parametrize("expression", ["metadata.name", ".metadata.name", "{.metadata.name}", "{metadata.name}"])
def test_relaxed(expression: str) -> None:
    assert jsonpath.find(jsonpath.relaxed(expression), PODS["items"][0]) == ["a"]
