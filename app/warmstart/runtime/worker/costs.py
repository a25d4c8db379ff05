"""The CPU time a handler is charged, where it is caused.

A measured CPU time could not be repeated, so a template declares costs: of a module, charged when
it is first imported, and of a function, charged each time it is called, in whichever phase that
is. Moving an import out of the handler then changes the run, as it does in life.

A name that turns out to be nobody's is told, or a slip of the pen would look like a cheap program.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec

    Charge = Callable[[str, str, int], None]


def install(charge: Charge, imports: Mapping[str, int], calls: Mapping[str, int]) -> Finder:
    """Charge for the modules in ``imports`` and the functions in ``calls`` from here on."""
    modules = set(imports) | {module for name in calls for module in _prefixes(name)}
    # What the zygote has imported already must still be found by the handler's first import.
    preloaded = {name: sys.modules.pop(name) for name in modules if name in sys.modules}
    finder = Finder(charge, imports, calls, modules, preloaded)
    sys.meta_path.insert(0, finder)
    return finder


def _prefixes(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


class Finder(importlib.abc.MetaPathFinder):
    """Finds what the other finders find, and puts a loader around it that charges."""

    def __init__(
        self,
        charge: Charge,
        imports: Mapping[str, int],
        calls: Mapping[str, int],
        modules: set[str],
        preloaded: dict[str, ModuleType],
    ) -> None:
        self._charge = charge
        self._imports = imports
        self._calls = calls
        self._modules = modules
        self._preloaded = preloaded
        self._wrapped: set[str] = set()
        self._refused: dict[str, str] = {}
        """Why a call is not charged, as far as its module has been loaded."""
        self._told: set[str] = set()
        self._exists: dict[str, ModuleSpec | None] = {}

    def missing(self) -> list[tuple[str, str, str]]:
        """Return the names that turned out to be nobody's since the last time, and why.

        As cause, name, sentence. A module that exists and was not imported proves nothing.
        """
        found = [(name, "import", self._no_module(name)) for name in self._imports]
        found += [(name, "call", self._no_call(name)) for name in self._calls]
        told = [(cause, name, why) for name, cause, why in found if why and name not in self._told]
        self._told.update(name for _, name, _ in told)
        return told

    def _no_module(self, name: str) -> str:
        for module in (*_prefixes(name), name):
            if module not in sys.modules and self._search(module) is None:
                return f"There is no module {module}."
        return ""

    def _no_call(self, name: str) -> str:
        if name in self._wrapped:
            return ""
        exist = [module for module in _prefixes(name) if not self._no_module(module)]
        if not exist:
            first, dot, _ = name.partition(".")
            return self._no_module(first) if dot else f"{name} is no function of a module."
        if exist[-1] not in sys.modules:
            return ""
        return self._refused.get(name, f"{name} cannot be charged.")

    def _search(self, module: str) -> ModuleSpec | None:
        """Return how a module would be imported, without importing it."""
        if module not in self._exists:
            parent, _, _ = module.rpartition(".")
            path: Any = None
            if parent:
                spec = self._search(parent)
                path = (spec.submodule_search_locations or []) if spec else []
            self._exists[module] = self._ask_others(module, path)
        return self._exists[module]

    def _ask_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = None if finder is self or find is None else find(fullname, path, target)
            if spec is not None:
                return spec  # type: ignore[no-any-return]  # meta_path is untyped
        return None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Take part in an import (``importlib.abc.MetaPathFinder``)."""
        if fullname not in self._modules:
            return None
        if fullname in self._preloaded:
            loader: Any = _Preloaded(self._preloaded.pop(fullname))
            return importlib.machinery.ModuleSpec(
                fullname, _Loader(loader, self._before, self._after)
            )
        spec = self._ask_others(fullname, path, target)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self._before, self._after)
        return spec

    def _before(self, module: ModuleType) -> None:
        self._charge("import", module.__name__, self._imports.get(module.__name__, 0))

    def _after(self, module: ModuleType) -> None:
        prefix = f"{module.__name__}."
        for name, cost in self._calls.items():
            # A package that imports its modules comes after them: theirs are charged already.
            if name.startswith(prefix) and name not in self._wrapped:
                self._refused[name] = self._wrap(module, name.removeprefix(prefix), name, cost)
                if not self._refused[name]:
                    self._wrapped.add(name)

    def _wrap(self, owner: Any, path: str, name: str, cost: int) -> str:
        """Put a charge before a function or method; return why that cannot be, or nothing."""
        shown, raw = owner.__name__, owner
        for part in path.split("."):
            owner = raw
            if not isinstance(owner, ModuleType | type):
                return f"{shown} is neither a module nor a class."
            # As it is stored: a static method must not be taken for a function of the instance.
            raw = inspect.getattr_static(owner, part, None)
            if raw is None:
                return f"{shown} has no {part}."
            shown = f"{shown}.{part}"
        if isinstance(raw, type):
            return f"{name} is a class: name what is called, such as {name}.__init__."

        kind = type(raw) if isinstance(raw, staticmethod | classmethod) else None
        function: Any = raw.__func__ if kind else raw
        plain = isinstance(function, FunctionType | BuiltinFunctionType)
        if not (plain if isinstance(owner, type) else callable(function)):
            return f"{name} is no function."

        @functools.wraps(function)
        def charged(*args: Any, **kwargs: Any) -> Any:
            self._charge("call", name, cost)
            return function(*args, **kwargs)

        # A built-in function stored in a class is not handed the instance; a Python one would be.
        if kind is None and isinstance(owner, type) and not isinstance(function, FunctionType):
            kind = staticmethod
        try:
            setattr(owner, path.rpartition(".")[2], kind(charged) if kind else charged)
        except TypeError:
            return f"{name} is built in, and cannot be charged."
        return ""


class _Loader(importlib.abc.Loader):
    """A loader around another, with something to do before and after the module's code runs."""

    def __init__(
        self,
        loader: Any,
        before: Callable[[ModuleType], None],
        after: Callable[[ModuleType], None],
    ) -> None:
        self._loader = loader
        self._before = before
        self._after = after

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._before(module)
        self._loader.exec_module(module)
        self._after(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Preloaded:
    """Loads a module that has been loaded before."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        del spec
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: it has run."""
