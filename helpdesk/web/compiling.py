"""
How templates become Python: Jinja's compiler, with less work for each of the hundreds of things a page shows.

A queue's page was put together from 1,600 pieces, each handed up through six generators and made a string of
Jinja's own on the way (docs/decisions/0030-quick-pages.md). It shows the same as before; `tests/web/test_compiling.py`
compares.
"""

from keyword import iskeyword
from typing import Any, Final

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]  # five times as quick

GATHERED: Final = "_gathered"
"""What the variable is called in which pieces are put together."""


class Compiler(CodeGenerator):
    """Writes plain calls and plain strings in HTML, where Jinja asks the context and makes strings of its own."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802  # Jinja's
        """A call as it stands in the template: no function that templates have asks for Jinja's context."""
        if forward_caller or not _is_html(frame) or any(iskeyword(pair.key) for pair in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        for stars, rest in (("*", node.dyn_args), ("**", node.dyn_kwargs)):
            if rest is not None:
                self.write(stars)
                self.visit(rest, frame)
                self.write(", ")
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_html(frame) and finalize.src is None:
            self.write("environment.safe(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Gathering(NodeTransformer):
    """Lets the pieces of loops and blocks be put together where they are made, and handed up as one."""

    def __init__(self) -> None:
        self._depth = 0

    def visit_For(self, loop: nodes.For) -> nodes.Node | list[nodes.Node]:  # noqa: N802  # Jinja's names
        self._depth += 1
        self.generic_visit(loop)
        self._depth -= 1
        return loop if self._depth else _gathered([loop], loop.lineno)

    def visit_Macro(self, macro: nodes.Macro) -> nodes.Node:  # noqa: N802  # gathers what it shows by itself
        self._depth += 1
        self.generic_visit(macro)
        self._depth -= 1
        return macro

    def visit_Block(self, block: nodes.Block) -> nodes.Node:  # noqa: N802
        depth, self._depth = self._depth, 1
        self.generic_visit(block)
        self._depth = depth
        block.body = _gathered(block.body, block.lineno)
        return block


def safe(value: object) -> str:
    """A value as a piece of HTML: escaped, unless it is HTML already."""
    if isinstance(value, Markup):
        return value
    if type(value) is int:
        return str(value)
    return _escape_inner(value) if type(value) is str else escape(value)


def _is_html(frame: Frame) -> bool:
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile


def _gathered(body: list[nodes.Node], line: int) -> list[nodes.Node]:
    """These nodes, whose output becomes one string before it goes anywhere."""
    return [
        nodes.AssignBlock(nodes.Name(GATHERED, "store"), None, body, lineno=line),
        nodes.Output([nodes.Name(GATHERED, "load")], lineno=line),
    ]
