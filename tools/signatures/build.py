"""Classes of the libraries, and what one of them stores for one configuration."""

import contextlib
import copy
import functools
import importlib
import importlib.util
import inspect
import io
import json
import logging
import os
import re
import sys
import types
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "critical")
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import torch  # noqa: E402

import starts  # noqa: E402
import tracing as trace  # noqa: E402
import vary  # noqa: E402

trace.skip_initialisation()
torch.set_grad_enabled(False)


def _lend_torchvision():
    """Its operators may be compiled for another build of torch; to build models, their names are enough."""
    found = importlib.util.find_spec("torchvision")
    if found is None:
        return None
    with open(os.path.join(os.path.dirname(found.origin), "_meta_registrations.py"), encoding="utf-8") as f:
        names = re.findall(r"""(?:torchvision::|register_meta\(["'])(\w+)""", f.read())
    lent = torch.library.Library("torchvision", "FRAGMENT")
    for name in dict.fromkeys(names):
        with contextlib.suppress(RuntimeError):
            lent.define(f"{name}() -> ()")
    return lent


_torchvision = _lend_torchvision()


def _lend_packages():
    """Packages that serve the forward pass alone: models build without them."""
    import transformers.utils.import_utils as imports

    if "natten" in imports.BACKENDS_MAPPING:
        imports.BACKENDS_MAPPING["natten"] = (lambda: True, "")
    if importlib.util.find_spec("torchaudio") is None:
        sys.modules["torchaudio"] = types.ModuleType("torchaudio")


class Reads:
    """Which keys of a configuration a model reads while it is built: only those are worth changing."""

    names = None


def _reading(self, key):
    if not key.startswith("_"):
        own = object.__getattribute__(self, "__dict__")
        mapped = object.__getattribute__(self, "attribute_map").get(key, key)
        Reads.names.add(own.get("_unfold_path", "") + mapped)
    return _plain_read(self, key)


_plain_read = None


def _patch_config_reads():
    global _plain_read
    from transformers import PreTrainedConfig

    _plain_read = PreTrainedConfig.__getattribute__

    def labels(self):
        n = len(self.id2label) if self.id2label is not None else None
        return trace.TInt(n, ("L", f"{self.__dict__.get('_unfold_path', '')}id2label")) if n is not None else None

    PreTrainedConfig.num_labels = property(labels, PreTrainedConfig.num_labels.fset)


# --- transformers -----------------------------------------------------------------------------------------------------


def transformers_classes():
    """Every model class that the library's model modules export: (model folder, class name)."""
    import transformers.models as models

    out = []
    root = os.path.dirname(models.__file__)
    for folder in sorted(os.listdir(root)):
        path = os.path.join(root, folder)
        if not os.path.isdir(path) or folder == "auto":
            continue
        for file in sorted(os.listdir(path)):
            if not (file.startswith("modeling_") and file.endswith(".py")):
                continue
            with open(os.path.join(path, file), encoding="utf-8") as f:
                text = f.read()
            start = text.find("__all__ = [")
            if start < 0:
                continue
            names = text[start + len("__all__ = [") : text.find("]", start)]
            for name in names.split(","):
                name = name.strip().strip("\"'")
                if name and not name.endswith("PreTrainedModel") and f"\nclass {name}(" in text:
                    out.append((folder, file[:-3], name))
    return out


_shimmed = {"modules": 0}


def shim_all(package):
    """Gives every module of a library that is loaded by now the built-in functions that remember."""
    if _shimmed["modules"] == len(sys.modules):
        return
    for name, module in list(sys.modules.items()):
        if module is not None and name.startswith(package) and name not in _shimmed:
            _shimmed[name] = True
            if "modeling_" in name or "configuration_" in name or package.startswith("diffusers"):
                trace.shim(module)
    _shimmed["modules"] = len(sys.modules)


class Transformers:
    """A model class of transformers."""

    library = "transformers"
    keep_saved = False

    def __init__(self, folder, file, name):
        _base_model()
        self.module = importlib.import_module(f"transformers.models.{folder}.{file}")
        self.cls = getattr(self.module, name)
        if not issubclass(self.cls, _base_model()):
            raise NotAModel(name)
        self.name = name
        self.folder = folder
        self.config_class = self.cls.config_class
        if self.config_class is None:
            raise NotAModel(f"{name} has no configuration")

    @functools.cached_property
    def default(self):
        return self.full(self.config_class())

    @functools.cached_property
    def start(self):
        """Where experiments begin: the default configuration, or with what it lacks to build."""
        names = (self.config_class.__name__, self.name)
        try:
            values = vary.without_stages(self.default)
        except Exception:
            values = {}
        if not any(name in starts.STARTS for name in names):
            return values
        values = starts.with_start(values, *names)
        return {**vary.without_stages(self.full(self.configure(values))), **{k: values[k] for k in starts.STARTS.get(self.name, {}) if "." not in k}}

    def full(self, config):
        """All keys of a configuration, as JSON has them."""
        text = json.dumps(config.to_dict(), default=str)
        return _clean(json.loads(text))

    def saved(self, config):
        """What `save_pretrained` writes to config.json."""
        config = copy.deepcopy(config)
        config.architectures = [self.name]
        return json.loads(json.dumps(config.to_diff_dict(), default=str))

    def configure(self, values):
        return self.config_class(**copy.deepcopy(values))

    def configure_traced(self, values):
        values = trace.symbolic(values)
        _plain_dicts(values)
        config = self.config_class(**values)
        _name_paths(config, "")
        return config

    def build(self, values, published=True):
        """One sample: {"config": all keys, "saved": config.json, "reads": keys, "tensors": {name: …}}"""
        from transformers import PreTrainedConfig
        from transformers.initialization import no_init_weights

        shim_all("transformers.models.")
        try:
            with quiet(), no_init_weights(), trace.remembering():
                config = self.configure_traced(values)
                full = self.full(config)
                saved = self.saved(self.configure(values)) if self.keep_saved else None
                Reads.names = set()
                PreTrainedConfig.__getattribute__ = _reading
                model = self.cls(config)
                model.tie_weights()
        finally:
            reads, Reads.names = Reads.names, None
            PreTrainedConfig.__getattribute__ = _plain_read
        shim_all("transformers.models.")
        tensors = describe(model)
        runtime, ties = without_ties(model, tensors)
        sample = {"full": full, "saved": saved, "reads": reads, "runtime": runtime, "ties": ties, "model": model}
        sample["tensors"] = self.published(model, runtime) if published else runtime
        return sample

    def published(self, model, runtime):
        """What `save_pretrained` writes: its conversions undone, names and shapes."""
        from transformers.core_model_loading import revert_weight_conversion

        ignored = set(model._keys_to_ignore_on_save or ())
        state = {name: torch.empty([int(d) for d in row["shape"]], device="meta") for name, row in runtime.items() if name not in ignored}
        for name, tensor in state.items():
            tensor._sym = runtime[name]["sym"]
        with trace.Follow():
            saved = revert_weight_conversion(model, dict(state))
        names = {id(tensor): name for name, tensor in state.items()}
        out = {}
        for name, tensor in saved.items():
            shape = tuple(tensor.shape)
            source = runtime.get(name)
            if source is None or tuple(int(d) for d in source["shape"]) != shape:
                source = runtime.get(names.get(id(tensor)))
            if source is None:
                sym = getattr(tensor, "_sym", None)
                sym = sym if sym is not None and len(sym) == len(shape) else (None,) * len(shape)
                out[name] = {"shape": shape, "sym": tuple(sym), "kind": "parameter", "module": "", "converted": True}
            else:
                out[name] = source
        return out

    def ignorable(self, model):
        return {
            "missing": sorted(model._keys_to_ignore_on_load_missing or ()),
            "unexpected": sorted(model._keys_to_ignore_on_load_unexpected or ()),
        }


class NotAModel(Exception):
    pass


@functools.cache
def _base_model():
    from transformers import PreTrainedModel

    _lend_packages()
    _patch_config_reads()
    return PreTrainedModel


# Of no meaning for what is stored, or made anew by each save.
_NOT_STORED = {"transformers_version", "_name_or_path", "architectures", "dtype", "torch_dtype", "return_dict", "output_hidden_states", "label2id", "_diffusers_version", "problem_type", "finetuning_task", "task_specific_params", "chunk_size_feed_forward", "is_encoder_decoder_", "tokenizer_class", "prefix", "auto_map"}


def _clean(values):
    return {k: _clean(v) if isinstance(v, dict) else v for k, v in values.items() if k not in _NOT_STORED}


def _plain_dicts(values):
    """Label maps stay plain: their keys are numbers, and their length is what counts."""
    for key, value in list(values.items()):
        if key in ("id2label", "label2id") and isinstance(value, dict):
            values[key] = {k: str(v) for k, v in value.items()}
        elif isinstance(value, dict):
            _plain_dicts(value)


def _name_paths(config, path):
    """Tells each nested configuration where it lies."""
    from transformers import PreTrainedConfig

    config.__dict__["_unfold_path"] = path
    for key, value in list(config.__dict__.items()):
        if isinstance(value, PreTrainedConfig) and "_unfold_path" not in value.__dict__:
            _name_paths(value, f"{path}{key}.")


@contextlib.contextmanager
def quiet():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def describe(model):
    """Names, shapes, expressions, kinds and module classes of all that a model keeps."""
    persistent = model.state_dict(keep_vars=True)
    owners = {}
    for name, module in model.named_modules():
        owners[name] = module
    out = {}
    for name, tensor in persistent.items():
        if not isinstance(tensor, torch.Tensor):
            continue
        owner = owners.get(name.rpartition(".")[0])
        shape = tuple(tensor.shape)
        sym = getattr(tensor, "_sym", None)
        if sym is None or len(sym) != len(shape):
            sym = _of_module(owner, name.rpartition(".")[2], len(shape)) or (None,) * len(shape)
        out[name] = {
            "shape": shape,
            "sym": tuple(sym),
            "kind": "parameter" if isinstance(tensor, torch.nn.Parameter) else "buffer",
            "module": type(owner).__name__ if owner is not None else "",
            "id": id(tensor),
        }
    return out


def _of_module(module, leaf, rank):
    """Shapes of modules whose own code leaves the numbers' arithmetic."""
    return None


def without_ties(model, tensors):
    """Of names that share one tensor, the one that is saved; and the pairs (left out, saved)."""
    groups = {}
    for name, row in tensors.items():
        groups.setdefault(row["id"], []).append(name)
    shared = [names for names in groups.values() if len(names) > 1]
    if not shared:
        return dict(tensors), []
    keep = dict(tensors)
    ties = []
    tied_keys = _tied_keys(model)

    for names in shared:
        found, dropped = 0, []
        for name in sorted(names):
            if any(re.search(pattern, name) for pattern in tied_keys):
                found += 1
                if found < len(names):
                    dropped.append(name)
        left = [n for n in names if n not in dropped]
        dropped += left[1:] if len(left) > 1 else []
        left = [n for n in names if n not in dropped]
        for name in dropped:
            ties.append((name, left[0]))
            del keep[name]
    return keep, ties


def _tied_keys(model):
    try:
        from transformers.modeling_utils import _get_tied_weight_keys

        return set(_get_tied_weight_keys(model))
    except Exception:
        return set()


# --- diffusers --------------------------------------------------------------------------------------------------------


def diffusers_classes():
    """Every model class that the library exports."""
    import diffusers

    out = []
    for name in sorted(dir(diffusers)):
        try:
            value = getattr(diffusers, name)
        except Exception:
            continue
        if inspect.isclass(value) and issubclass(value, diffusers.ModelMixin) and value is not diffusers.ModelMixin:
            out.append(("", "", name))
    return out


class Diffusers:
    """A model class of diffusers."""

    library = "diffusers"

    def __init__(self, folder, file, name):
        import diffusers

        self.cls = getattr(diffusers, name)
        self.name = name
        self.folder = name
        self.module = sys.modules[self.cls.__module__]
        self.config_class = self.cls

    @property
    def parameters(self):
        return [p for p in list(inspect.signature(self.cls.__init__).parameters.values())[1:] if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]

    @functools.cached_property
    def default(self):
        return json.loads(json.dumps({p.name: p.default for p in self.parameters if p.default is not p.empty}, default=str))

    @functools.cached_property
    def start(self):
        known = starts.STARTS.get(self.name, {})
        values = {p.name: self.default[p.name] if p.name in self.default else known[p.name] if p.name in known else _required_value(p) for p in self.parameters}
        return starts.with_start(values, self.name)

    def saved(self, values):
        return {"_class_name": self.name, **values}

    def build(self, values, published=True):
        shim_all("diffusers.models")
        with quiet(), trace.remembering():
            model = self.cls(**trace.symbolic(_listed(values)))
        shim_all("diffusers.models")
        config = {k: v for k, v in json.loads(json.dumps(dict(model.config), default=str)).items() if not k.startswith("_")}
        tensors = describe(model)
        runtime, ties = without_ties(model, tensors)
        ignored = set(getattr(model, "_keys_to_ignore_on_load_unexpected", None) or ())
        return {"full": _clean(config), "saved": self.saved(config), "reads": set(values), "runtime": runtime, "tensors": runtime, "ties": ties, "model": model, "ignored": ignored}

    def ignorable(self, model):
        return {"missing": [], "unexpected": sorted(getattr(model, "_keys_to_ignore_on_load_unexpected", None) or ())}


def _required_value(parameter):
    text = str(parameter.annotation)
    if "int" in text:
        return 8
    raise NotAModel(f"needs a value for {parameter.name}")


def _listed(values):
    return copy.deepcopy(values)


KINDS = {"transformers": (Transformers, transformers_classes), "diffusers": (Diffusers, diffusers_classes)}
