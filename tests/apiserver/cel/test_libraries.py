"""Kubernetes' own functions, each with what it gives and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.library.authorizer import AUTHORIZER, Authorizer, Decision, Question


def evaluate(text: str) -> Any:
    return KUBERNETES.compile(text).evaluate({}, PER_CALL_LIMIT)[0]


@pytest.mark.parametrize(
    "text",
    [
        "'hello'.charAt(4) == 'o' && 'hello'.charAt(5) == ''",
        "'hello mellow'.indexOf('ello') == 1 && 'hello mellow'.indexOf('ello', 2) == 7 && 'a'.indexOf('x') == -1",
        "'hello mellow'.lastIndexOf('ello') == 7 && 'hello mellow'.lastIndexOf('ello', 6) == 1",
        "'TacoCÆt'.lowerAscii() == 'tacocÆt' && 'tacocæt'.upperAscii() == 'TACOCæT'",
        "'hello hello'.replace('he', 'we') == 'wello wello' && 'hello hello'.replace('he', 'we', 1) == 'wello hello'",
        "'a b c'.split(' ') == ['a', 'b', 'c'] && 'a b c'.split(' ', 2) == ['a', 'b c'] && 'a'.split(' ', 0) == []",
        "'abc'.split('') == ['a', 'b', 'c']",
        "'tacocat'.substring(4) == 'cat' && 'tacocat'.substring(0, 4) == 'taco'",
        "'  \\ttrim\\n '.trim() == 'trim'",
        "['a', 'b'].join() == 'ab' && ['a', 'b'].join('-') == 'a-b'",
        "'%s=%d %.1f %x %X %o %b %%'.format([dyn('a'), 5, 1.25, 255, 255, 8, 5]) == 'a=5 1.2 ff FF 10 101 %'",
        "'%s'.format([dyn({'b': 1, 'a': 2})]) == '{\"a\":2, \"b\":1}'",
        "strings.quote('a\"b\\n') == '\"a\\\\\"b\\\\n\"'",
        "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])",
        "[1, 2, 2].isSorted() && !['b', 'a'].isSorted()",
        "[1, 3].sum() == 4 && [1.5, 1.5].sum() == 3.0 && [duration('1m'), duration('1s')].sum() == duration('61s')",
        "[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1].slice(1, 1) == []",
        "[[1], [2, 3], []].flatten() == [1, 2, 3] && [[[1]], [[2], [3]]].flatten(2) == [dyn(1), 2, 3]",
        "[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b'] && [true, false].sort() == [false, true]",
        "[{'n': dyn('b'), 'v': dyn(2)}, {'n': dyn('a'), 'v': dyn(1)}].sortBy(e, e.v).map(e, e.n) == ['a', 'b']",
        "['aaa', 'b'].sortBy(e, size(e)) == ['b', 'aaa'] && [].sort() == []",
        "lists.range(3) == [0, 1, 2] && [1, 2].reverse() == [2, 1]",
        "['b', 'b', 'c', 'a', 'c'].distinct() == ['b', 'c', 'a']",
        "[3, 1, 2].max() == 3 && [3, 1, 2].min() == 1",
        "[1, 2, 2].indexOf(2) == 1 && [1, 2, 2].lastIndexOf(2) == 2 && [1].indexOf(5) == -1",
        "'abc 123'.find('[0-9]+') == '123' && 'abc'.find('x') == ''",
        "'1 a 2'.findAll('[0-9]') == ['1', '2'] && '1 a 2'.findAll('[0-9]', 1) == ['1']",
        "url('https://user:pass@example.com:80/p?k=a&k=b#f').getQuery() == {'k': ['a', 'b']}",
        "url('https://[::1]:80/').getHost() == '[::1]:80' && url('https://[::1]:80/').getHostname() == '::1'",
        "url('https://example.com:80/').getPort() == '80' && url('/p').getScheme() == ''",
        "url('https://example.com/with space/').getEscapedPath() == '/with%20space/'",
        "isURL('/absolute') && !isURL('../relative') && !isURL('https://a:b:c/')",
        "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6 && ip('::1').isLoopback()",
        "isIP('10.0.0.1') && !isIP('10.0.0.256') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0')",
        "!isIP('01.0.0.1')",
        "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
        "ip('192.168.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
        "ip('224.0.0.1').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast()",
        "cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))",
        "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && cidr('10.0.0.0/8').prefixLength() == 8",
        "string(cidr('192.168.0.1/24').masked()) == '192.168.0.0/24'",
        "cidr('192.168.0.1/24').ip() == ip('192.168.0.1')",
        "isCIDR('::1/128') && !isCIDR('::1/129') && !isCIDR('10.0.0.0')",
        "quantity('50k').add(20) == quantity('50020') && quantity('50k').sub(quantity('20k')) == quantity('30k')",
        "quantity('50Mi').isGreaterThan(quantity('50M')) && quantity('200M').compareTo(quantity('0.2G')) == 0",
        "quantity('50k').asInteger() == 50000 && !quantity('500m').isInteger() && sign(quantity('-1')) == -1",
        "isQuantity('1.3Gi') && !isQuantity('200K')",
        "semver('1.2.3').isLessThan(semver('1.10.0'))",
        "semver('1.0.0-alpha.1').isLessThan(semver('1.0.0-alpha.beta'))",
        "semver('v1.0', true).minor() == 0 && isSemver('1.0.0') && !isSemver('v1.0')",
        "semver('01.1', true).major() == 1",
        "!format.dns1123Label().validate('my-label').hasValue() && format.dns1123Label().validate('A').hasValue()",
        "format.named('uuid').hasValue() && !format.named('nope').hasValue()",
        "format.uri().validate('nope').value() == ['parse \"nope\": invalid URI for request']",
    ],
)
def test_holds(text: str) -> None:
    assert evaluate(text) is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'a'.charAt(5)", "index out of range: 5"),
        ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
        (
            "'%d'.format(['a'])",
            "error during formatting: decimal clause can only be used on integers, was given string",
        ),
        ("'%s %s'.format(['a'])", "index 1 out of range"),
        ("[].max()", "max called on empty list"),
        ("('a').find('(' + '')", "Illegal regex: error parsing regexp: missing closing ): `(`"),
        (
            "url('https://a:b:c/')",
            'URL parse error during conversion from string: parse "https://a:b:c/": invalid port ":b:c" after host',
        ),
        (
            "ip('127.0.0.256')",
            'IP Address "127.0.0.256" parse error during conversion from string: '
            'ParseAddr("127.0.0.256"): IPv4 field has value >255',
        ),
        ("ip('::ffff:1.2.3.4')", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'),
        (
            "cidr('192.168.0.0/33')",
            "network address parse error during conversion from string: network address parse "
            "error during conversion from string: "
            'netip.ParsePrefix("192.168.0.0/33"): prefix length out of range',
        ),
        (
            "quantity('x')",
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        ("[1].slice(0, 2)", "cannot slice(0, 2), list is length 1"),
        ("[1].slice(1, 0)", "cannot slice(1, 0), start index must be less than or equal to end index"),
        ("[1].slice(-1, 0)", "cannot slice(-1, 0), negative indexes not supported"),
        ("[[1]].flatten(-1)", "level must be non-negative"),
        ("[dyn(1), dyn('a')].sort()", "list elements must have the same type"),
        ("lists.range(-1)", "lists.range: size must be non-negative, got -1"),
        ("lists.range(10000001)", "lists.range: size 10000001 exceeds maximum allowed (10000000)"),
        ("quantity('500m').asInteger()", "cannot convert value to integer"),
        ("semver('1.0')", "No Major.Minor.Patch elements found"),
        ("semver('01.0.0')", 'Major number must not contain leading zeroes "01"'),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text)
    assert str(caught.value) == message


def test_the_authorizer_is_asked() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Decision:
        asked.append(question)
        return Decision(question.verb == "get", "because")

    environment = KUBERNETES.extend(variables={"authorizer": AUTHORIZER})
    text = (
        "authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('d')"
        ".check('get').allowed() && "
        "authorizer.serviceAccount('n', 's').path('/healthz').check('post').reason() == 'because'"
    )
    value, cost = environment.compile(text).evaluate({"authorizer": Authorizer(ask)}, PER_CALL_LIMIT)
    assert value is True
    assert cost > 700_000
    assert asked == [
        Question("get", group="apps", resource="deployments", subresource="scale", namespace="n", name="d"),
        Question("post", ("n", "s"), path="/healthz"),
    ]
    with pytest.raises(EvaluationError, match="path must not be empty"):
        environment.compile("authorizer.path(' ')").evaluate({"authorizer": Authorizer(ask)}, PER_CALL_LIMIT)
