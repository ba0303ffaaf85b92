"""Python sources of a released package, read from its wheel without installing or running any of it."""

import ast
import zipfile


class Wheel:
    """Modules of a wheel by dotted name, parsed when asked for."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.files = {}
        for name in self.zip.namelist():
            if name.endswith(".py"):
                dotted = name[:-3].replace("/", ".")
                self.files[dotted.removesuffix(".__init__")] = name
            elif name.endswith(".dist-info/METADATA"):
                self.metadata = name
        self.trees = {}
        self.indices = {}

    def requires(self, package):
        """What the wheel asks of another package, such as `<5.21.0,>=5.16.1`."""
        for line in self.zip.read(self.metadata).decode().splitlines():
            if line.startswith(f"Requires-Dist: {package}") and "extra ==" not in line:
                rest = line.removeprefix(f"Requires-Dist: {package}")
                if rest[:1] in "<>=!~ (":
                    return rest.strip()
        return None

    def text(self, module):
        return self.zip.read(self.files[module]).decode()

    def tree(self, module):
        if module not in self.trees:
            self.trees[module] = ast.parse(self.text(module))
        return self.trees[module]

    def is_package(self, module):
        return self.files[module].endswith("/__init__.py")

    def index(self, module):
        """Names that a module binds at its top: classes, values, imports as (module, name)."""
        if module not in self.indices:
            found = {}
            self._collect(module, self.tree(module).body, found)
            self.indices[module] = found
        return self.indices[module]

    def _collect(self, module, body, found):
        for node in body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, node)
            elif isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = node.value
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(module, node)
                for alias in node.names:
                    found.setdefault(alias.asname or alias.name, (origin, alias.name))
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                self._collect(module, node.body, found)
                for handler in getattr(node, "handlers", []):
                    self._collect(module, handler.body, found)
                self._collect(module, getattr(node, "orelse", []), found)

    def _origin(self, module, node):
        if node.level == 0:
            return node.module
        parts = module.split(".")
        if not self.is_package(module):
            parts = parts[:-1]
        parts = parts[: len(parts) - (node.level - 1)]
        return ".".join(parts + ([node.module] if node.module else []))

    def resolve(self, module, name, depth=0):
        """Where a name of a module is defined: (module, node); None where that lies outside of the wheel."""
        if depth > 12 or module not in self.files:
            return None
        found = self.index(module).get(name)
        if isinstance(found, tuple):
            origin, original = found
            inner = f"{origin}.{original}"
            if inner in self.files:
                return (inner, None)
            return self.resolve(origin, original, depth + 1)
        return None if found is None else (module, found)


class Values:
    """Evaluates the plain data of a module: literals, and names and attributes of classes that stand for some."""

    UNKNOWN = object()

    def __init__(self, wheel):
        self.wheel = wheel

    def of(self, module, node, cls=None):
        """The value of an expression, `UNKNOWN` where it is computed by code."""
        unknown = Values.UNKNOWN
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = []
            for item in node.elts:
                value = self.of(module, item.value if isinstance(item, ast.Starred) else item, cls)
                if value is unknown:
                    return unknown
                items.extend(value) if isinstance(item, ast.Starred) else items.append(value)
            return items
        if isinstance(node, ast.Dict):
            return self._dict(module, node, cls)
        if isinstance(node, ast.Name):
            if cls is not None:
                own = self._assigned(cls[1], node.id)
                if own is not None:
                    return self.of(cls[0], own, cls)
            found = self.wheel.resolve(module, node.id)
            if found is None or found[1] is None or isinstance(found[1], (ast.ClassDef, ast.FunctionDef)):
                return unknown
            return self.of(found[0], found[1])
        if isinstance(node, ast.Attribute):
            return self._attribute(module, node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.Add)):
            left, right = self.of(module, node.left, cls), self.of(module, node.right, cls)
            if left is unknown or right is unknown:
                return unknown
            return merge(left, right)
        if isinstance(node, ast.Call):
            return self._call(module, node, cls)
        return unknown

    def _dict(self, module, node, cls):
        result = {}
        for key, value in zip(node.keys, node.values):
            made = self.of(module, value, cls)
            if key is None:
                if not isinstance(made, dict):
                    return Values.UNKNOWN
                result.update(made)
                continue
            name = self.of(module, key, cls)
            if name is Values.UNKNOWN or made is Values.UNKNOWN or isinstance(name, list):
                return Values.UNKNOWN
            result[name] = made
        return result

    def _call(self, module, node, cls):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
        if name in ("dict", "OrderedDict", "WeightsMapper", "LazyConfigDict", "ReplicatedWeightsMapper"):
            result = {}
            for arg in node.args:
                value = self.of(module, arg, cls)
                if isinstance(value, list) and all(isinstance(each, list) and len(each) == 2 for each in value):
                    value = dict(value)
                if not isinstance(value, dict):
                    return Values.UNKNOWN
                result.update(value)
            for keyword in node.keywords:
                value = self.of(module, keyword.value, cls)
                if value is Values.UNKNOWN:
                    # A part in code leaves the rest of a mapper as it is.
                    if name == "WeightsMapper":
                        continue
                    return Values.UNKNOWN
                if keyword.arg is None:
                    result.update(value)
                else:
                    result[keyword.arg] = value
            return result
        if name == "compile" and node.args:
            return self.of(module, node.args[0], cls)
        if name == "copy" and isinstance(node.func, ast.Attribute):
            return self.of(module, node.func.value, cls)
        return Values.UNKNOWN

    def _attribute(self, module, node):
        if not isinstance(node.value, ast.Name):
            return Values.UNKNOWN
        found = self.wheel.resolve(module, node.value.id)
        if found is None or not isinstance(found[1], ast.ClassDef):
            return Values.UNKNOWN
        return self.attribute(found[0], found[1], node.attr)

    def _assigned(self, cls, name):
        for node in cls.body:
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in node.targets
            ):
                return node.value
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", None) == name and node.value:
                return node.value
        return None

    def lineage(self, module, cls, seen=None):
        """A class and those it inherits from, as (module, class), the nearest first."""
        seen = set() if seen is None else seen
        if (module, cls.name) in seen:
            return
        seen.add((module, cls.name))
        yield module, cls
        for base in cls.bases:
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found = self.wheel.resolve(module, base.id)
                if found is not None and isinstance(found[1], ast.ClassDef):
                    yield from self.lineage(found[0], found[1], seen)

    def attribute(self, module, cls, name):
        """A class attribute, inherited ones included; None where no class of the line has it."""
        for where, owner in self.lineage(module, cls):
            node = self._assigned(owner, name)
            if node is not None:
                return self.of(where, node, (where, owner))
        return None

    def returned(self, module, cls, name):
        """What a method returns as plain data; None where there is none, `UNKNOWN` where it is in code."""
        for where, owner in self.lineage(module, cls):
            for node in owner.body:
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    returns = [each for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
                    values = [self._plain(where, each.value) for each in returns]
                    return values[0] if len(values) == 1 else Values.UNKNOWN
        return None

    def _plain(self, module, node):
        if isinstance(node, (ast.List, ast.Tuple)):
            return [item.attr if isinstance(item, ast.Attribute) else self.of(module, item) for item in node.elts]
        return self.of(module, node)


def merge(left, right):
    """`|` of two mappings whose members are mappings themselves, `+` of two lists."""
    if isinstance(left, list):
        return left + right
    result = dict(left)
    for key, value in right.items():
        result[key] = {**result[key], **value} if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result
