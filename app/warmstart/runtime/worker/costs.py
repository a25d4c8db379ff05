"""The CPU time a handler is charged, where it is caused.

A measured CPU time could not be repeated, so a template declares costs: of a module, charged when
it is first imported, and of a function, charged each time it is called, in whichever phase that
is. Moving an import out of the handler then changes the run, as it does in life.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Charge = Callable[[str, str, int], None]


def install(charge: Charge, imports: Mapping[str, int], calls: Mapping[str, int]) -> None:
    """Charge for the modules in ``imports`` and the functions in ``calls`` from here on."""
    modules = set(imports) | {module for name in calls for module in _prefixes(name)}
    # What the zygote has imported already must still be found by the handler's first import.
    preloaded = {name: sys.modules.pop(name) for name in modules if name in sys.modules}
    sys.meta_path.insert(0, _Finder(charge, imports, calls, modules, preloaded))


def _prefixes(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


class _Finder(importlib.abc.MetaPathFinder):
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

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._modules:
            return None
        if fullname in self._preloaded:
            loader: Any = _Preloaded(self._preloaded.pop(fullname))
            return importlib.machinery.ModuleSpec(
                fullname, _Loader(loader, self._before, self._after)
            )
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = None if finder is self or find is None else find(fullname, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, self._before, self._after)
                return spec  # type: ignore[no-any-return]  # meta_path is untyped
        return None

    def _before(self, module: ModuleType) -> None:
        self._charge("import", module.__name__, self._imports.get(module.__name__, 0))

    def _after(self, module: ModuleType) -> None:
        for name, cost in self._calls.items():
            if name.startswith(f"{module.__name__}."):
                self._wrap(module, name.removeprefix(f"{module.__name__}.").split("."), name, cost)

    def _wrap(self, owner: Any, path: list[str], name: str, cost: int) -> None:
        for part in path[:-1]:
            owner = getattr(owner, part, None)
        function = getattr(owner, path[-1], None)
        if not callable(function) or isinstance(function, type):
            return

        @functools.wraps(function)
        def charged(*args: Any, **kwargs: Any) -> Any:
            self._charge("call", name, cost)
            return function(*args, **kwargs)

        setattr(owner, path[-1], charged)


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
