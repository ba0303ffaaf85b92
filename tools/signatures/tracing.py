"""Numbers that remember how they were computed, and tensors that remember the numbers of their shape.

A configuration is filled with such numbers, a model is built from it on the meta device, and each dimension of each
tensor then tells the arithmetic that led to it. Where a library's code leaves the numbers' arithmetic (sizes read back
from tensors, strings), nothing is remembered and formulas.py fits one to the values instead.
"""

import builtins
import contextlib
import math

import torch
from torch.overrides import TorchFunctionMode

from exprs import add, floordiv, mul, sub


class Num:
    """What both kinds of number share."""

    __slots__ = ()


def expr_of(x):
    if isinstance(x, Num):
        return x.expr
    if isinstance(x, bool):
        return int(x)
    if isinstance(x, (int, float)):
        return builtins.int(x) if isinstance(x, int) else builtins.float(x)
    return None


def make(value, expr):
    if isinstance(expr, (int, float)) and not isinstance(expr, tuple):
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return TInt(value, expr)
    if isinstance(value, float):
        return TFloat(value, expr)
    return value


def _binary(name, build, reflected=False):
    def method(self, other):
        base = int if isinstance(self, int) else float
        if isinstance(other, bool) or not isinstance(other, (int, float)):
            if not isinstance(other, bool):
                return NotImplemented
        plain_self = base(self) if base is float else builtins.int.__int__(self)
        plain_other = builtins.int.__int__(other) if isinstance(other, int) else builtins.float.__float__(other)
        value = getattr(plain_self, name)(plain_other)
        if value is NotImplemented:
            value = getattr(builtins.float(plain_self), name)(builtins.float(plain_other))
        a, b = expr_of(self), expr_of(other)
        if a is None or b is None:
            return value
        return make(value, build(b, a) if reflected else build(a, b))

    return method


_OPS = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "floordiv": floordiv,
    "truediv": lambda a, b: ("/", a, b),
    "mod": lambda a, b: ("%", a, b),
    "pow": lambda a, b: mul(a, a) if b == 2 else ("**", a, b),
}


def _equip(cls):
    for name, build in _OPS.items():
        setattr(cls, f"__{name}__", _binary(f"__{name}__", build))
        setattr(cls, f"__r{name}__", _binary(f"__r{name}__", build, True))
    cls.__neg__ = lambda self: make(-_plain(self), mul(self.expr, -1))
    cls.__pos__ = lambda self: self
    cls.__ceil__ = lambda self: make(math.ceil(_plain(self)), _whole("ceil", self))
    cls.__floor__ = lambda self: make(math.floor(_plain(self)), _whole("floor", self))
    cls.__trunc__ = lambda self: make(math.trunc(_plain(self)), _whole("int", self))
    cls.__round__ = lambda self, n=None: make(round(_plain(self)), _whole("round", self)) if n is None else round(_plain(self), n)
    cls.__deepcopy__ = lambda self, memo: self
    cls.__copy__ = lambda self: self
    return cls


def _plain(x):
    return builtins.int.__int__(x) if isinstance(x, int) else builtins.float.__float__(x)


def _whole(op, x):
    return x.expr if isinstance(x, int) else (op, x.expr)


@_equip
class TInt(int, Num):
    def __new__(cls, value, expr):
        self = int.__new__(cls, value)
        self.expr = expr
        return self

    def __reduce__(self):
        return (int, (_plain(self),))


@_equip
class TFloat(float, Num):
    def __new__(cls, value, expr):
        self = float.__new__(cls, value)
        self.expr = expr
        return self

    def __reduce__(self):
        return (float, (_plain(self),))


class TList(list):
    """A list of the configuration, whose length is a number that remembers."""

    path = None

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return (list, (list(self),))


def symbolic(value, path=""):
    """A configuration's value with every number remembering its key."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return TInt(value, ("k", path))
    if isinstance(value, float):
        return TFloat(value, ("k", path))
    if isinstance(value, (list, tuple)):
        numeric = all(not isinstance(x, (dict, list, tuple)) for x in value)
        out = TList(_element(x, path, i) if numeric else symbolic(x, f"{path}.{i}") for i, x in enumerate(value))
        out.path = path
        return out
    if isinstance(value, dict):
        return {k: symbolic(v, f"{path}.{k}" if path else str(k)) for k, v in value.items()}
    return value


def _element(x, path, i):
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return x
    return make(x, ("e", path, i))


class _IntMeta(type):
    def __instancecheck__(cls, x):
        return isinstance(x, builtins.int)

    def __subclasscheck__(cls, c):
        return issubclass(c, builtins.int)

    def __call__(cls, x=0, *rest):
        if isinstance(x, TInt):
            return x
        if isinstance(x, TFloat):
            return x.__trunc__()
        return builtins.int(x, *rest)

    def __eq__(cls, other):
        return other is builtins.int or other is cls

    def __hash__(cls):
        return hash(builtins.int)


class traced_int(metaclass=_IntMeta):
    """`int` for the libraries' modules: keeps what a number remembers."""


def _extreme(op, plain):
    def function(*args, **kwargs):
        value = plain(*args, **kwargs)
        items = args if len(args) > 1 else tuple(args[0]) if isinstance(args[0], (list, tuple)) else ()
        if kwargs or not any(isinstance(x, Num) for x in items) or isinstance(value, bool):
            return value
        parts = [expr_of(x) for x in items]
        if any(p is None for p in parts):
            return value
        # In the order given: of sorted parts, an integer's place would be lost.
        return make(_plain(value), (op, *parts)) if isinstance(value, (int, float)) else value

    return function


def traced_len(x):
    n = builtins.len(x)
    path = getattr(x, "path", None) if isinstance(x, TList) else None
    return TInt(n, ("L", path)) if path else n


SHIMS = {"int": traced_int, "max": _extreme("max", builtins.max), "min": _extreme("min", builtins.min), "len": traced_len}


def shim(module):
    """Puts the remembering versions of built-in functions into a library's module."""
    for name, value in SHIMS.items():
        if name not in module.__dict__:
            module.__dict__[name] = value


_FACTORIES = {torch.empty, torch.zeros, torch.ones, torch.randn, torch.rand, torch.full, torch.normal, torch.empty_strided, torch.tensor, torch.arange, torch.linspace, torch.eye}
_SAME = {"clone", "detach", "contiguous", "to", "float", "half", "type", "requires_grad_", "bfloat16", "neg", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "reciprocal"}
_SAME |= {f"{mark}{side}{op}{mark}" for op in ("mul", "add", "sub", "div", "truediv", "pow") for side in ("", "r") for mark in ("", "__")}
_VIEWS = {"view", "reshape", "expand"}
_JOINS = {"cat", "concatenate", "stack"}


class Remember(TorchFunctionMode):
    """Keeps, beside each tensor, the expressions of its shape."""

    from_numbers = True  # whether the numbers that a view is given remember; else they were read back from tensors

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if isinstance(out, (tuple, list)):
            _remember_parts(getattr(func, "__name__", ""), args, kwargs, out)
            return out
        if not isinstance(out, torch.Tensor):
            return out
        sizes = None
        if func in _FACTORIES:
            sizes = _factory_sizes(func, args, kwargs, out)
        else:
            name = getattr(func, "__name__", "")
            first = args[0] if args else None
            if name in _VIEWS:
                sizes = _sizes(args[1:]) if self.from_numbers else _merged_sizes(first, out)
            elif name in _SAME:
                sizes = next((x._sym for x in args if isinstance(x, torch.Tensor) and x.shape == out.shape and hasattr(x, "_sym")), None)
            elif name == "unsqueeze" and hasattr(first, "_sym"):
                at = args[1] if len(args) > 1 else kwargs["dim"]
                sizes = list(first._sym)
                sizes.insert(at if at >= 0 else len(sizes) + 1 + at, 1)
            elif name in ("transpose", "t", "permute") and hasattr(first, "_sym"):
                order = torch.empty([i + 2 for i in range(first.dim())], device="cpu")
                order = [s - 2 for s in getattr(order, name)(*args[1:], **kwargs).shape] if first.dim() < 6 else None
                sizes = [first._sym[i] for i in order] if order else None
            elif name in _JOINS:
                sizes = _joined_sizes(name, args, kwargs)
            elif name == "squeeze" and hasattr(first, "_sym") and out.dim() == first.dim() - 1:
                at = args[1] if len(args) > 1 else kwargs.get("dim", first.shape.index(1))
                sizes = [s for i, s in enumerate(first._sym) if i != at % first.dim()]
        if sizes is not None and len(sizes) == out.dim():
            try:
                out._sym = tuple(s if (s is not None) else int(d) if func in _FACTORIES else None for s, d in zip(sizes, out.shape))
            except (AttributeError, RuntimeError):
                pass
        return out


def _dim_of(args, kwargs, place):
    return args[place] if len(args) > place else kwargs.get("dim", 0)


def _joined_sizes(name, args, kwargs):
    """Sizes of tensors behind each other (cat) or on each other (stack); None of what one of them does not remember."""
    parts = [(x, getattr(x, "_sym", None) or (None,) * x.dim()) for x in args[0]]
    first, sizes = parts[0]
    sizes = [next((sym[i] for _, sym in parts if sym[i] is not None), None) for i in range(len(sizes))]
    if name == "stack":
        sizes.insert(_dim_of(args, kwargs, 1) % (first.dim() + 1), None)
        return sizes
    at = _dim_of(args, kwargs, 1) % first.dim()
    sizes[at] = None
    if all(sym[at] is not None for _, sym in parts):
        sizes[at] = _sum([sym[at] for _, sym in parts])
    return sizes


def _merged_sizes(whole, out):
    """Sizes of a view that keeps dimensions or merges neighbours; None where it divides one."""
    sym = getattr(whole, "_sym", None)
    if sym is None:
        return None
    sizes, at = [], 0
    for d in out.shape:
        size, n = 1, 1
        while at < len(sym) and (n < d or whole.shape[at] == 1):
            n *= whole.shape[at]
            size = None if size is None or sym[at] is None else mul(size, sym[at])
            at += 1
        if n != d:
            return None
        sizes.append(size)
    return sizes


def _sum(parts):
    """A sum, as a multiple where all parts are alike."""
    if len(set(parts)) == 1:
        return mul(parts[0], len(parts))
    out = parts[0]
    for part in parts[1:]:
        out = add(out, part)
    return out


def _remember_parts(name, args, kwargs, out):
    """The sizes of a tensor's parts: of equal ones, and of members."""
    whole = args[0] if args else None
    sym = getattr(whole, "_sym", None)
    if sym is None or name not in ("chunk", "unbind", "split"):
        return
    at = _dim_of(args, kwargs, 1 if name == "unbind" else 2) % whole.dim()
    for part in out:
        sizes = list(sym)
        if name == "unbind":
            del sizes[at]
        else:
            alike = name == "chunk" and whole.shape[at] % len(out) == 0
            sizes[at] = 1 if alike and part.shape[at] == 1 else floordiv(sym[at], len(out)) if alike and sym[at] is not None else None
        if len(sizes) == part.dim():
            part._sym = tuple(sizes)


def _sizes(args):
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        args = args[0]
    return [None if isinstance(x, int) and x == -1 else expr_of(x) for x in args if isinstance(x, int)]


def _factory_sizes(func, args, kwargs, out):
    if func is torch.arange:
        numbers = [x for x in args if isinstance(x, (int, float))]
        exprs = [expr_of(x) for x in numbers]
        if len(numbers) == 1:
            return [exprs[0]]
        if len(numbers) == 2:
            return [sub(exprs[1], exprs[0])]
        if len(numbers) == 3:
            return [("//", add(sub(exprs[1], exprs[0]), add(exprs[2], -1) if not isinstance(exprs[2], int) else exprs[2] - 1), exprs[2])]
        return None
    if func is torch.linspace:
        return [expr_of(args[2] if len(args) > 2 else kwargs.get("steps"))]
    if func is torch.eye:
        return [expr_of(args[0])] * 2
    if func is torch.tensor:
        return [len(args[0])] if isinstance(args[0], (list, tuple)) and out.dim() == 1 and not isinstance(args[0], TList) else None
    size = kwargs.get("size", kwargs.get("shape"))
    return _sizes([size] if size is not None else [a for a in args if isinstance(a, (int, list, tuple))][: 1 if func is torch.full or isinstance(args[0], (list, tuple)) else None])


_parameter_new = torch.nn.Parameter.__new__


def _new_parameter(cls, data=None, requires_grad=True, **kwargs):
    out = _parameter_new(cls, data, requires_grad, **kwargs)
    sym = getattr(data, "_sym", None)
    if sym is not None:
        out._sym = sym
    return out


_KEEP_PARAMETER = staticmethod(_new_parameter)


def _nothing(self, *args, **kwargs):
    return None


class Follow(Remember):
    """The same, of what is made of tensors that remember by code whose own numbers do not."""

    from_numbers = False


@contextlib.contextmanager
def remembering():
    """Builds inside this context are on the meta device, start no weights and remember shapes."""
    torch.nn.Parameter.__new__ = _KEEP_PARAMETER
    try:
        with torch.device("meta"), Remember():
            yield
    finally:
        torch.nn.Parameter.__new__ = staticmethod(_parameter_new)


def skip_initialisation():
    """No weight is ever filled: on the meta device there is nothing to fill, and it takes most of the time."""
    for name in ("Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Embedding", "LayerNorm", "GroupNorm", "Bilinear", "RMSNorm"):
        getattr(torch.nn, name).reset_parameters = _nothing
    for name in ("normal_", "uniform_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "zeros_", "ones_", "constant_", "trunc_normal_", "orthogonal_"):
        setattr(torch.nn.init, name, lambda tensor, *args, **kwargs: tensor)
