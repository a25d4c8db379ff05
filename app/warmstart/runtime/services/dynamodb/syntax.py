"""What all expressions have in common: tokens, document paths, and the names and values they use.

Grammar: DynamoDB developer guide, Expressions.OperatorsAndFunctions, Expressions.UpdateExpressions,
Expressions.ProjectionExpressions. Placeholders are resolved while parsing, so a parsed expression
holds plain names and values. The texts of errors are those that AWS answers with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.dynamodb.reserved import RESERVED
from warmstart.runtime.services.dynamodb.values import Item, Value, checked, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


EXPRESSION_LIMIT: Final = 4_096
"""Bytes of an expression (ServiceQuotas)."""
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9]+)|(?P<alias>#[A-Za-z0-9_]+)"
    r"|(?P<value>:[A-Za-z0-9_]+)|(?P<sign><>|<=|>=|[=<>+\-()\[\],.]))"
)


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: names and list indexes; the first step is the attribute."""

    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        shown = (f"[{step}]" if isinstance(step, int) else step for step in self.steps)
        return f"[{', '.join(shown)}]"

    def find(self, item: Item) -> Value | None:
        """Return what stands at the path; None where nothing does."""
        found: Value = {"M": item}
        for step in self.steps:
            inner = found.get("L" if isinstance(step, int) else "M")
            if inner is None:
                return None
            if isinstance(step, int):
                if step >= len(inner):
                    return None
            elif step not in inner:
                return None
            found = inner[step]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A value that the request brought along."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression."""

    kind: str
    """name, number, alias, value, sign, or end."""
    text: str


class Terms:
    """The names and values of one request, and which of them its expressions have used."""

    def __init__(self, parameters: Mapping[str, Any], *expressions: str) -> None:
        """Check them; ``expressions`` are the parameters of this operation that may use them."""
        self._names = parameters.get("ExpressionAttributeNames")
        said = parameters.get("ExpressionAttributeValues")
        used = any(parameters.get(name) is not None for name in expressions)
        for what, given in (("Names", self._names), ("Values", said)):
            if given is None:
                continue
            if not used:
                # Names can be used by any of them; a projection has no values.
                able = [n for n in expressions if what == "Names" or n != "ProjectionExpression"]
                reason = "" if what == "Names" else f": {_are_null(able)}"
                raise invalid(
                    f"ExpressionAttribute{what} can only be specified when using"
                    f" expressions{reason}"
                )
            if not given:
                raise invalid(f"ExpressionAttribute{what} must not be empty")
            mark = "#" if what == "Names" else ":"
            for key in given:
                if not re.fullmatch(rf"{mark}[A-Za-z0-9_]+", key):
                    raise invalid(
                        f"ExpressionAttribute{what} contains invalid key: Syntax error; key:"
                        f' "{key}"'
                    )
        self._values = {}
        for key, value in (said or {}).items():
            try:
                self._values[key] = checked(value)
            except ServiceError as error:
                raise invalid(
                    "ExpressionAttributeValues contains invalid value:"
                    f" {error.message} for key {key}"
                ) from error
        self._used: set[str] = set()

    def name(self, alias: str, expression: str) -> str:
        """Return the attribute name that a placeholder stands for."""
        found = (self._names or {}).get(alias)
        if found is None:
            raise invalid(
                f"Invalid {expression}: An expression attribute name used in the document path is"
                f" not defined; attribute name: {alias}"
            )
        self._used.add(alias)
        return str(found)

    def value(self, name: str, expression: str) -> Literal:
        """Return the value that a placeholder stands for."""
        if name not in self._values:
            raise invalid(
                f"Invalid {expression}: An expression attribute value used in expression is not"
                f" defined; attribute value: {name}"
            )
        self._used.add(name)
        return Literal(name, self._values[name])

    def all_used(self) -> None:
        """Refuse names and values that no expression has used."""
        for what, given in (("Values", self._values), ("Names", self._names or {})):
            unused = [key for key in given if key not in self._used]
            if unused:
                raise invalid(
                    f"Value provided in ExpressionAttribute{what} unused in expressions: keys:"
                    f" {{{', '.join(unused)}}}"
                )


def _are_null(names: list[str]) -> str:
    verb = "is" if len(names) == 1 else "are"
    return f"{' and '.join(names)} {verb} null" if names else "no expression is given"


class Cursor:
    """The tokens of one expression, read from left to right."""

    def __init__(self, text: str, expression: str, terms: Terms) -> None:
        """Take apart ``text``, the parameter ``expression`` of its request."""
        self.expression = expression
        self.terms = terms
        if not text.strip():
            raise self.error("The expression can not be empty;")
        if len(text.encode()) > EXPRESSION_LIMIT:
            raise self.error(
                "Expression size has exceeded the maximum allowed size; expression size:"
                f" {len(text.encode())}"
            )
        self._tokens: list[Token] = []
        self._at = 0
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                word = text[at:].split(maxsplit=1)[0]
                before = self._tokens[-1].text + " " if self._tokens else ""
                raise self.error(f'Syntax error; token: "{word[0]}", near: "{before}{word}"')
            at = match.end()
            assert match.lastgroup is not None
            self._tokens.append(Token(match.lastgroup, match[match.lastgroup]))

    def error(self, message: str) -> ServiceError:
        """Return the error for this expression."""
        return invalid(f"Invalid {self.expression}: {message}")

    def unexpected(self) -> ServiceError:
        """Return the error for a token that cannot stand where it stands."""
        near = " ".join(t.text for t in self._tokens[max(0, self._at - 1) : self._at + 2])
        return self.error(f'Syntax error; token: "{self.token.text}", near: "{near}"')

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.ahead(0)

    def ahead(self, count: int) -> Token:
        """Return a token further on."""
        at = self._at + count
        return self._tokens[at] if at < len(self._tokens) else Token("end", "<EOF>")

    def take(self, *texts: str) -> str | None:
        """Read the next token if it is one of these signs or keywords (in any case)."""
        token = self.token
        text = token.text.upper()
        if token.kind in {"sign", "name"} and text in texts:
            self._at += 1
            return text
        return None

    def need(self, text: str) -> None:
        """Read a sign or keyword that has to come."""
        if self.take(text) is None:
            raise self.unexpected()

    def ended(self) -> bool:
        """Whether everything is read."""
        return self.token.kind == "end"

    def end(self) -> None:
        """Refuse what is left over."""
        if not self.ended():
            raise self.unexpected()

    def function(self) -> str | None:
        """Read a function's name and its parenthesis, if that comes."""
        if self.token.kind == "name" and self.ahead(1).text == "(":
            name = self.token.text
            self._at += 2
            return name
        return None

    def path(self) -> Path:
        """Read a document path."""
        steps: list[str | int] = [self._name()]
        while True:
            if self.take("."):
                steps.append(self._name())
            elif self.take("["):
                if self.token.kind != "number":
                    raise self.unexpected()
                steps.append(int(self.token.text))
                self._at += 1
                self.need("]")
            else:
                return Path(tuple(steps))

    def _name(self) -> str:
        token = self.token
        if token.kind == "name":
            if token.text.upper() in RESERVED:
                raise self.error(
                    "Attribute name is a reserved keyword; reserved keyword: " + token.text
                )
            self._at += 1
            return token.text
        if token.kind == "alias":
            self._at += 1
            return self.terms.name(token.text, self.expression)
        raise self.unexpected()

    def literal(self) -> Literal | None:
        """Read a value's placeholder, if that comes."""
        if self.token.kind != "value":
            return None
        self._at += 1
        return self.terms.value(self.ahead(-1).text, self.expression)


def check_overlap(paths: list[Path], expression: str) -> None:
    """Refuse paths of which one leads through another, or takes it for something else."""
    for at, one in enumerate(paths):
        for other in paths[at + 1 :]:
            pairs = list(zip(one.steps, other.steps, strict=False))
            equal = next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))
            if equal == len(pairs):
                what = "overlap"
            elif isinstance(pairs[equal][0], int) is not isinstance(pairs[equal][1], int):
                what = "conflict"
            else:
                continue
            raise invalid(
                f"Invalid {expression}: Two document paths {what} with each other; must remove or"
                f" rewrite one of these paths; path one: {one}, path two: {other}"
            )
