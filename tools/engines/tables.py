"""Makes the tables of src/engines from released packages: one wheel, one JSON file. Nothing of a package is run."""

import ast
import json
import re

from wheel import Values, Wheel

PLAIN_DTYPES = ("bfloat16", "float16", "float32", "half")


def vllm(wheel, transformers):
    values = Values(wheel)
    registry = "vllm.model_executor.models.registry"
    index = wheel.index(registry)
    kinds = {
        "text_generation": "_TEXT_GENERATION_MODELS",
        "embedding": "_EMBEDDING_MODELS",
        "late_interaction": "_LATE_INTERACTION_MODELS",
        "reward": "_REWARD_MODELS",
        "token_classification": "_TOKEN_CLASSIFICATION_MODELS",
        "sequence_classification": "_SEQUENCE_CLASSIFICATION_MODELS",
        "multimodal": "_MULTIMODAL_MODELS",
        "speculative": "_SPECULATIVE_DECODING_MODELS",
        "transformers_supported": "_TRANSFORMERS_SUPPORTED_MODELS",
        "transformers_backend": "_TRANSFORMERS_BACKEND_MODELS",
    }
    classes = {}
    for kind, name in kinds.items():
        # What is repeated from another table by a comprehension is there already.
        named = ((key, value) for key, value in zip(index[name].keys, index[name].values) if key is not None)
        for key, value in named:
            architecture, (module, cls) = key.value, values.of(registry, value)
            dotted = module if module.startswith("vllm.") else f"vllm.model_executor.models.{module}"
            classes.setdefault(architecture, (kind, dotted, cls))
    rows, packed, renames = describe(wheel, values, classes)
    return {
        "transformers": newest(wheel.requires("transformers"), transformers),
        "architectures": rows,
        "removed": values.of(registry, index["_PREVIOUSLY_SUPPORTED_MODELS"]),
        "plugins": sorted(values.of(registry, index["_OOT_SUPPORTED_MODELS"])),
        "ownModelTypes": sorted(vllm_configs(wheel, values)),
        "packed": packed,
        "renames": renames,
        "methods": vllm_methods(wheel, values),
    }


def vllm_configs(wheel, values):
    module = "vllm.transformers_utils.config"
    found = set()
    for name in ("_CONFIG_REGISTRY", "_SPECULATIVE_DECODING_CONFIGS"):
        value = values.of(module, wheel.index(module).get(name, ast.Constant(value={})))
        if isinstance(value, dict):
            found.update(key for key in value if isinstance(key, str))
        elif isinstance(value, list):
            found.update(value)
    return found


def vllm_methods(wheel, values):
    package = "vllm.model_executor.layers.quantization"
    function = wheel.index(package)["get_quantization_config"]
    origins = {}
    for node in ast.walk(function):
        if isinstance(node, ast.ImportFrom):
            origin = wheel._origin(package, node)
            origins.update({alias.asname or alias.name: (origin, alias.name) for alias in node.names})
    methods = {}
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "method_to_config":
            for key, cls in zip(node.value.keys, node.value.values):
                methods[key.value] = method_row(wheel, values, origins.get(cls.id))
    deprecated = values.of(package, wheel.index(package)["DEPRECATED_QUANTIZATION_METHODS"])
    for name in deprecated:
        methods[name]["deprecated"] = True
    # An option of the command line, not a way in which a checkpoint is stored.
    methods.pop("online", None)
    return dict(sorted(methods.items()))


def method_row(wheel, values, origin):
    """Smallest compute capability (times ten) and activation dtypes of a method's class, as far as they are plain data."""
    row = {}
    found = None if origin is None else wheel.resolve(*origin)
    if found is None or not isinstance(found[1], ast.ClassDef):
        return row
    capability = smallest(values, found)
    if capability is not None:
        row["capability"] = capability
    dtypes = values.returned(*found, "get_supported_act_dtypes")
    if isinstance(dtypes, list):
        names = ["float16" if each == "half" else each for each in dtypes if each in PLAIN_DTYPES]
        row["dtypes"] = sorted(set(names))
    return row


def smallest(values, found):
    """The smallest number that `get_min_capability` returns on any platform; predicates know the rest."""
    for _, owner in values.lineage(*found):
        for node in owner.body:
            if isinstance(node, ast.FunctionDef) and node.name == "get_min_capability":
                returns = [each for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
                numbers_ = [
                    part.value
                    for each in returns
                    for part in ast.walk(each)
                    if isinstance(part, ast.Constant) and type(part.value) is int and part.value >= 50
                ]
                return min(numbers_) if numbers_ else None
    return None


def sglang(wheel, transformers):
    values = Values(wheel)
    classes = {}
    for module in sorted(wheel.files):
        if not module.startswith("sglang.srt.models."):
            continue
        entry = wheel.index(module).get("EntryClass")
        if entry is None or isinstance(entry, tuple):
            continue
        names = entry.elts if isinstance(entry, (ast.List, ast.Tuple)) else [entry]
        for name in names:
            if isinstance(name, ast.Name):
                classes[name.id] = (kind_of(name.id), module, name.id)
    rows, packed, renames = describe(wheel, values, classes)
    return {
        "transformers": newest(wheel.requires("transformers"), transformers),
        "architectures": rows,
        "removed": {},
        "plugins": [],
        "ownModelTypes": sorted(sglang_configs(wheel, values)),
        "packed": packed,
        "renames": renames,
        "methods": sglang_methods(wheel, values),
    }


def kind_of(name):
    for ending, kind in (
        ("ForSequenceClassification", "sequence_classification"),
        ("RewardModel", "reward"),
        ("ForRewardModel", "reward"),
        ("NextN", "speculative"),
        ("MTP", "speculative"),
        ("ForConditionalGeneration", "multimodal"),
        ("Model", "embedding"),
    ):
        if name.endswith(ending):
            return kind
    if name.startswith("Transformers"):
        return "transformers_backend"
    return "speculative" if "Eagle" in name or "Draft" in name else "text_generation"


def sglang_configs(wheel, values):
    """`model_type` of every configuration class of the package."""
    found = set()
    for module in wheel.files:
        if not module.startswith(("sglang.srt.configs.", "sglang.srt.utils.hf_transformers")):
            continue
        for node in ast.walk(wheel.tree(module)):
            if isinstance(node, ast.ClassDef):
                for part in node.body:
                    if (
                        isinstance(part, ast.Assign)
                        and getattr(part.targets[0], "id", "") == "model_type"
                        and isinstance(part.value, ast.Constant)
                    ):
                        found.add(part.value.value)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                target = node.targets[0]
                if getattr(target.value, "id", "") == "_CONFIG_REGISTRY" and isinstance(target.slice, ast.Constant):
                    found.add(target.slice.value)
    return {each for each in found if isinstance(each, str) and each}


def sglang_methods(wheel, values):
    package = "sglang.srt.layers.quantization"
    methods = {}

    def take(node, only):
        for key, cls in zip(node.keys, node.values):
            if not isinstance(key, ast.Constant) or key.value in methods:
                continue
            origin = wheel.index(package).get(cls.id)
            row = method_row(wheel, values, origin if isinstance(origin, tuple) else (package, cls.id))
            methods[key.value] = {**row, **({"only": only} if only else {})}

    take(wheel.index(package)["BASE_QUANTIZATION_METHODS"], None)
    for node in wheel.tree(package).body:
        if not isinstance(node, ast.If):
            continue
        condition = ast.unparse(node.test)
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "BASE_QUANTIZATION_METHODS.update":
                take(call.args[0], None if "is_cuda()" in condition else condition)
    return dict(sorted(methods.items()))


def describe(wheel, values, classes):
    """Rows [kind, flags, fused modules, renaming] of architectures; the last two as positions in their tables."""
    packed, renames, rows = [], [], {}
    for architecture in sorted(classes):
        kind, module, name = classes[architecture]
        found = wheel.resolve(module, name)
        if found is None or not isinstance(found[1], ast.ClassDef):
            rows[architecture] = [kind, None, None, None]
            continue
        bases = {owner.name for _, owner in values.lineage(*found)}
        flags = "".join(
            letter
            for letter, base in (("P", "SupportsPP"), ("H", "IsHybrid"), ("A", "IsAttentionFree"), ("M", "SupportsMultiModal"))
            if base in bases
        )
        fused = values.attribute(*found, "packed_modules_mapping")
        rename = next(
            (
                made
                for each in ("hf_to_vllm_mapper", "hf_to_sglang_mapper")
                if (made := values.attribute(*found, each)) is not None
            ),
            None,
        )
        fused = fusing(fused) if isinstance(fused, dict) else None
        rename = renaming(rename) if isinstance(rename, dict) else None
        rows[architecture] = [kind, flags, position(packed, fused or None), position(renames, rename or None)]
    return rows, packed, renames


def fusing(modules):
    """Fused modules with their parts; one that is stored fused already has itself for a part, and says nothing."""
    parts = {name: [each[0] if isinstance(each, list) else each for each in own] for name, own in modules.items()}
    return {name: own for name, own in parts.items() if own != [name]}


def renaming(mapper):
    """What a weights mapper renames; the fusing of parts is no renaming, and dropped names (null) rename nothing."""
    result = {}
    for key, ours in (
        ("orig_to_new_regex", "regex"),
        ("orig_to_new_substr", "substr"),
        ("orig_to_new_prefix", "prefix"),
        ("orig_to_new_suffix", "suffix"),
    ):
        rules = {old: new for old, new in mapper.get(key, {}).items() if isinstance(old, str) and isinstance(new, str)}
        if rules:
            result[ours] = rules
    return result


def position(table, value):
    if value is None:
        return None
    if value not in table:
        table.append(value)
    return table.index(value)


# `PreTrainedModel._can_set_attn_implementation`: by the source of a module, as the library itself guesses it.
ATTENTION_CLASS = re.compile(r"^class \w*Attention\w*\(nn\.Module\):", re.MULTILINE)
ATTENTION_CALL = "ALL_ATTENTION_FUNCTIONS.get_interface("


def settable_folders(wheel):
    """Folders without the flag of a backend, whose classes let their attention be set all the same."""
    for module in wheel.files:
        found = re.fullmatch(r"transformers\.models\.(\w+)\.modeling_\w+", module)
        if not found:
            continue
        code = wheel.text(module)
        if re.search(r"_supports_attention_backend\s*=\s*True", code):
            continue
        if not ATTENTION_CLASS.search(code) or ATTENTION_CALL in code:
            yield found.group(1)


def transformers_table(wheel):
    return {
        "modelTypes": sorted(model_types(wheel)),
        "architectures": sorted(classes_of(wheel)),
        "backendFolders": sorted(
            {
                module.split(".")[2]
                for module in wheel.files
                if module.startswith("transformers.models.")
                and re.search(r"_supports_attention_backend\s*=\s*True", wheel.text(module))
            }
        ),
        "settableFolders": sorted(set(settable_folders(wheel))),
        "folders": folders(wheel),
        "methods": sorted(
            key.value
            for key in wheel.index("transformers.quantizers.auto")["AUTO_QUANTIZER_MAPPING"].keys
        ),
    }


def model_types(wheel):
    """Every `model_type` that the library has a configuration class for."""
    module = "transformers.models.auto.configuration_auto"
    found = set(strings_of(wheel, module))
    mappings = "transformers.models.auto.auto_mappings"
    if mappings in wheel.files:
        found |= set(strings_of(wheel, mappings))
    return found


def strings_of(wheel, module):
    """Keys of CONFIG_MAPPING_NAMES, however the module puts it together."""
    for node in ast.walk(wheel.tree(module)):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "CONFIG_MAPPING_NAMES" for t in node.targets):
            yield from pairs(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "CONFIG_MAPPING_NAMES.update":
            yield from pairs(node)


def pairs(node):
    for each in ast.walk(node):
        if isinstance(each, ast.Tuple) and len(each.elts) == 2 and all(isinstance(x, ast.Constant) for x in each.elts):
            if isinstance(each.elts[1].value, str) and each.elts[1].value.endswith("Config"):
                yield each.elts[0].value
        if isinstance(each, ast.Dict):
            for key, value in zip(each.keys, each.values):
                if isinstance(key, ast.Constant) and str(getattr(value, "value", "")).endswith("Config"):
                    yield key.value


def classes_of(wheel):
    """Every model class that an automatic class of the library loads."""
    module = "transformers.models.auto.modeling_auto"
    found = set()
    for node in ast.walk(wheel.tree(module)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("_MAPPING_NAMES"):
            for each in ast.walk(node.value):
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value[:1].isupper():
                    found.add(each.value)
    return found


def folders(wheel):
    """Model types whose folder has another name than the type itself."""
    module = "transformers.models.auto.auto_mappings"
    if module not in wheel.files:
        module = "transformers.models.auto.configuration_auto"
    made = wheel.index(module).get("SPECIAL_MODEL_TYPE_TO_MODULE_NAME")
    if made is None or isinstance(made, tuple):
        return {}
    value = Values(wheel).of(module, made)
    return dict(sorted(value.items())) if isinstance(value, dict) else {}


def mlx(wheel):
    values = Values(wheel)
    types = []
    for module in wheel.files:
        if re.fullmatch(r"mlx_lm\.models\.[\w-]+", module):
            names = wheel.index(module)
            if "Model" in names and "ModelArgs" in names:
                types.append(module.rsplit(".", 1)[1])
    utils = "mlx_lm.utils"
    by_architecture = wheel.index(utils)["MODEL_ARCHITECTURE_REMAPPING"]
    return {
        "modelTypes": sorted(types),
        "reads": {
            suffix: sorted(name for name in types if any(suffix in text for text in texts(wheel, name)))
            for suffix in FOREIGN
        },
        "withoutTowers": sorted(name for name in types if TOWER.search(wheel.text(f"mlx_lm.models.{name}"))),
        "remap": dict(sorted(values.of(utils, wheel.index(utils)["MODEL_REMAPPING"]).items())),
        "remapArchitecture": [
            [*values.of(utils, key), value.value] for key, value in zip(by_architecture.keys, by_architecture.values)
        ],
    }


# Tensors of other packings than MLX's own, which a model's own code takes apart or not.
FOREIGN = ("weight_scale_inv", "weight_packed", "weight_scale_2")
# What a model's own code takes out of the weights before they are loaded.
TOWER = re.compile(r"vision_tower|visual|vision_model|vision_encoder|multi_modal_projector")


def texts(wheel, name):
    """A model's own source, and that of the models whose parts it wraps."""
    own = wheel.text(f"mlx_lm.models.{name}")
    yield own
    for one, several in re.findall(r"from \.(\w+) import|from \. import ([\w, ]+)", own):
        for part in (one, *several.split(",")):
            module = f"mlx_lm.models.{part.strip()}"
            if module in wheel.files and part.strip() != "base":
                yield wheel.text(module)


def newest(requirement, transformers):
    """The newest release that a requirement allows, of those given."""
    bounds = [(op, numbers(version)) for op, version in re.findall(r"(==|<=|>=|<|>|!=)\s*([\d.]+)", requirement)]
    hold = {
        "==": lambda a, b: a == b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "!=": lambda a, b: a != b,
    }
    allowed = [each for each in transformers if all(hold[op](numbers(each), bound) for op, bound in bounds)]
    return max(allowed, key=numbers)


def numbers(version):
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def version_of(path):
    return path.replace("\\", "/").rsplit("/", 1)[1].split("-")[1]


def make(paths):
    """{engine: table} for wheels given by path; those of transformers tell what each pin knows."""
    wheels = {}
    for path in paths:
        name = path.replace("\\", "/").rsplit("/", 1)[1].split("-")[0]
        wheels.setdefault(name, {})[version_of(path)] = Wheel(path)
    libraries = wheels["transformers"]
    library = max(libraries, key=numbers)
    tables = {"transformers": {"version": library, **transformers_table(libraries[library])}}
    for name, read in (("vllm", vllm), ("sglang", sglang)):
        for version, wheel in wheels.get(name, {}).items():
            table = read(wheel, list(libraries))
            known = model_types(libraries[table["transformers"]]) | set(table["ownModelTypes"])
            table["newModelTypes"] = sorted(model_types(libraries[library]) - known)
            tables[name] = {"version": version, **table}
    for version, wheel in wheels.get("mlx_lm", {}).items():
        tables["mlx"] = {"version": version, **mlx(wheel)}
    return tables


def text(table):
    """JSON with a line for each name, so that a new release is read as a diff."""
    lines = []
    for key, value in table.items():
        lines.append(f" {json.dumps(key)}: {members(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def members(value):
    if isinstance(value, dict) and value:
        rows = (f"  {json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}" for key, each in value.items())
        return "{\n" + ",\n".join(rows) + "\n }"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in value) + "\n ]"
    return json.dumps(value)
