"""The samples of one class: what it stores for its small configuration, for each change of one key, for random ones."""

import contextlib
import inspect
import itertools
import sys
import time

import vary
from build import KINDS, NotAModel

SECONDS = 60  # of processor time for the samples of one class; what is not tried by then is not known
JOINT = 16
JOINT_OF_HEAD = 10
PAIRS = 24
PAIRS_OF_HEAD = 6
HIDDEN = 24  # of keys that alone change nothing, beside a switch
ALIKE = 16  # pairs of widths that are tried at one value


class TooSlow(Exception):
    pass


def slim(sample):
    return {k: sample[k] for k in ("full", "saved", "tensors", "ties", "change")}


def shapes_of(sample):
    return {name: tuple(row["shape"]) for name, row in sample["tensors"].items()}


def source_of(subject):
    parts = []
    # Blocks that models share compare some keys too.
    shared = ["attention_processor", "attention", "normalization", "embeddings"] if subject.library == "diffusers" else []
    for name in [subject.cls.__module__, subject.config_class.__module__, *(f"diffusers.models.{part}" for part in shared)]:
        module = sys.modules.get(name)
        try:
            parts.append(inspect.getsource(module))
        except (OSError, TypeError):
            pass
    return [line for line in "\n".join(parts).split("\n") if "'" in line or '"' in line]


def base_of(subject):
    """The small configuration, or the default one where the small one does not build."""
    errors = []
    tries = [subject.start]
    with contextlib.suppress(Exception):
        tries.append(subject.default)
    for values in [small for each in tries for small in (vary.shrink(each, vary.links_of(each)), each)]:
        try:
            start = time.time()
            sample = subject.build(values)
            return values, sample, time.time() - start
        except Exception as error:  # whatever a library's own code raises for a configuration
            errors.append(f"{type(error).__name__}: {str(error)[:160]}")
    raise NotAModel(errors[-1])


def keys_to_vary(subject, values, reads):
    """Paths that the build reads, and keys that it asks for and the configuration does not hold."""
    flat = vary.flatten(values)
    if subject.library == "diffusers":
        return {p: v for p, v in flat.items() if not vary.is_idle(p)}, []
    out = {}
    for path, value in flat.items():
        leaf = path.rpartition(".")[2]
        read = path in reads or any(path.startswith(f"{r}.") for r in ()) or (leaf == "id2label" and path.replace("id2label", "num_labels") in reads)
        if leaf.isdigit() or path.rpartition(".")[0].rpartition(".")[2].isdigit():
            read = True
        if read and not vary.is_idle(path):
            out[path] = value
    absent = []
    for path in sorted(reads):
        scope, _, leaf = path.rpartition(".")
        if path in flat or vary.is_idle(path) or leaf in ("num_labels", "use_return_dict", "name_or_path"):
            continue
        owner = subject.config_class
        try:
            for part in scope.split(".") if scope else []:
                owner = owner.sub_configs[part]
        except Exception:
            continue
        if hasattr(owner, leaf) or leaf.startswith("_") or leaf.endswith("_config") or leaf in ("decoder", "generator", "dtype", "architectures", "torch_dtype"):
            continue
        absent.append(path)
    return out, absent


def samples_of(subject, joint=None, seed=0, plan=None):
    """Samples of one class; with the plan of a class of the same configuration, only what is new or switches something."""
    return Experiment(subject, seed, plan).run(joint or (JOINT_OF_HEAD if plan else JOINT))


class Experiment:
    def __init__(self, subject, seed, plan):
        self.start = time.process_time()
        self.subject = subject
        self.seed = seed
        self.plan = plan
        self.links = vary.links_of(subject.start)
        self.values, base, self.cost = base_of(subject)
        base["change"] = None
        self.base = base
        self.ignorable = subject.ignorable(base["model"])
        self.prefix = getattr(subject.cls, "base_model_prefix", "")
        self.samples = [base]
        self.source = source_of(subject)
        self.singles = {}
        self.switches = []  # (path, value) whose change alone changes names
        self.silent = []  # (path, value) whose change alone changes nothing
        self.reads = set(base["reads"])
        self.groups = []  # lists that change their length together, and the lengths that built
        self.late = {}  # keys that are read only after a switch: path → the values they are read with

    def spent(self):
        return (time.process_time() - self.start) / SECONDS

    def build(self, values, change):
        try:
            sample = self.subject.build(values)
        except Exception:  # whatever a library's own code raises for a configuration: it is no valid one
            return None
        sample["change"] = change
        sample["model"] = None
        self.samples.append(sample)
        return sample

    def run(self, joint):
        paths, absent = keys_to_vary(self.subject, self.base["full"], self.reads)
        paths.update(dict.fromkeys(absent))
        self.paths = sorted(paths)
        if self.plan:
            self.singles.update(self.plan["singles"])
            self.switches = list(self.plan["switches"])
            for path, value in self.switches:
                self.build(vary.put(self.values, path, value, self.links), path)
            paths = {p: v for p, v in paths.items() if p not in self.plan["singles"] or p in ("tie_word_embeddings", "id2label")}
        for path, value in paths.items():
            self.vary(path, value, self.values, path)
        for path, (values, value) in list(self.late.items()):
            self.vary(path, value, values, "joint")
            # The same change where nothing reads it: it changes nothing there.
            if path in self.singles and self.spent() < 0.6:
                with contextlib.suppress(KeyError, TypeError, IndexError):
                    self.build(vary.put(self.values, path, self.singles[path][0], self.links), "joint")
        self.couple()
        self.stages()
        self.pairs()
        self.hidden()
        self.alike()
        self.random(joint)
        return self

    def couple(self):
        """Numbers that no change alone can move, for a product of two must stay: both at once."""
        self.coupled = list(self.plan["coupled"]) if self.plan else []
        if self.plan:
            return
        flat = {p: v for p, v in vary.flatten(self.values).items() if p in self.paths and type(v) is int and v > 1}
        # Zero alone is no other size.
        stuck = [p for p in flat if not any(type(x) is int and x for x in self.singles.get(p, ()))][:8]
        for a in stuck:
            found = 0
            for b in [*stuck, *(p for p in flat if p not in stuck)][:24]:
                if a == b or self.spent() > 0.6 or found == 2:
                    continue
                for x, y in ((flat[a] * 2, flat[b] * 2), (flat[a] * 2, flat[b] // 2)):
                    changed = vary.put(vary.put(self.values, a, x, self.links), b, y, self.links)
                    if self.build(changed, f"{a}|{b}"):
                        self.coupled.append(((a, x), (b, y)))
                        found += 1
                        break

    def stages(self):
        """Lists of one length are lengthened and shortened together: numbers of stages."""
        if self.plan:
            self.groups = [(tuple(paths), sizes) for paths, sizes in self.plan["groups"]]
            return
        found = {}
        linked = {f"{c.rpartition('.')[0]}.{leaf}".lstrip(".") for c, lists in self.links.items() for leaf, _ in lists}
        for path, items in vary.flatten(self.values).items():
            if path in self.paths and path not in linked and not path.endswith("id2label") and not path.rpartition(".")[2].isdigit() and isinstance(items, list) and items and not any(isinstance(x, (dict, list)) for x in items):
                found.setdefault((path.rpartition(".")[0], len(items)), []).append(path)
        for (_, length), paths in found.items():
            tries = [tuple(paths)] + [tuple(p for p in paths if p != left) for left in paths if len(paths) > 1]
            tries += [(p,) for p in paths] if len(paths) > 2 else []
            for group in tries[:12]:
                sizes, grows = [], False
                for n in (length + 1, length + 2, length + 3, length - 1):
                    # Shorter only where more of them made more: of sides, two are read and others passed over.
                    if n > 0 and self.spent() < 0.7 and (n > length or grows) and self.resized(group, n):
                        sizes.append(n)
                        grows = grows or set(self.samples[-1]["tensors"]) != set(self.base["tensors"])
                if sizes:
                    self.groups.append((group, sizes))
                    break

    def vary(self, path, value, values, change):
        for group in vary.candidates(self.subject, path, value, self.source, {}):
            if self.spent() > 0.6:
                return
            for candidate in group:
                try:
                    changed = vary.put(values, path, candidate, self.links)
                except (KeyError, TypeError, IndexError):
                    continue
                sample = self.build(changed, change)
                if sample is None:
                    continue
                self.singles.setdefault(path, []).append(candidate)
                if change == path and set(sample["tensors"]) != set(self.base["tensors"]):
                    if not isinstance(candidate, int) or isinstance(candidate, bool) or value is None or candidate == 0:
                        self.switches.append((path, candidate))
                if change == path and not isinstance(candidate, float) and shapes_of(sample) == shapes_of(self.base):
                    self.silent.append((path, candidate))
                self.note_late(sample, changed)
                break

    def note_late(self, sample, changed):
        new = set(sample["reads"]) - self.reads
        if not new or self.subject.library == "diffusers":
            return
        self.reads |= new
        found, absent = keys_to_vary(self.subject, changed, new)
        for path, value in found.items():
            if path not in self.singles:
                self.late[path] = (changed, value)
        for path in absent:
            self.late[path] = (changed, None)

    def resized(self, group, size):
        """Whether the class builds with so many stages; a list that sets the rank of a tensor is no list of stages."""
        sample = self.build(vary.resize(self.values, group, size), "|".join(group))
        if sample is None:
            return False
        base = self.base["tensors"]
        if any(n in base and len(base[n]["shape"]) != len(r["shape"]) for n, r in sample["tensors"].items()):
            self.samples.pop()
            return False
        return True

    def pairs(self):
        """Two switches at once: what one of them hides, the other may change."""
        made = 0
        for (a, x), (b, y) in itertools.combinations(self.switches, 2):
            if a == b or made >= (PAIRS_OF_HEAD if self.plan else PAIRS) or self.spent() > 0.75:
                continue
            try:
                changed = vary.put(vary.put(self.values, a, x, self.links), b, y, self.links)
            except (KeyError, TypeError, IndexError):
                continue
            sample = self.build(changed, "joint")
            if sample:
                made += 1
                self.note_late(sample, changed)

    def hidden(self):
        """What changes nothing alone, beside each switch: where the library does not tell what it reads, it may read it then."""
        if self.plan or self.subject.library != "diffusers":
            return
        made = 0
        flat = vary.flatten(self.values)
        # What is left out first: it is most often a size that one switch asks for.
        silent = sorted(self.silent, key=lambda change: flat.get(change[0]) is not None)
        for (path, value), (switch, on) in itertools.product(silent, self.switches):
            if path == switch or on in (None, False, 0) or made >= HIDDEN or self.spent() > 0.75:
                continue
            with contextlib.suppress(KeyError, TypeError, IndexError):
                changed = vary.put(vary.put(self.values, switch, on, self.links), path, value, self.links)
                made += self.build(changed, "joint") is not None

    def alike(self):
        """Widths that are otherwise apart, at one value: code compares the two where a layer between them may be left out."""
        if self.plan:
            return
        flat = vary.flatten(self.values)
        widths = [p for p in self.singles if type(flat.get(p)) is int and flat[p] >= 8 and vary.WIDTHS.search(p)]
        lists = [p for p in self.singles if isinstance(flat.get(p), list) and len(flat[p]) > 1 and all(type(x) is int and x >= 8 for x in flat[p])]
        made = 0
        for path in lists:
            for other in widths:
                if path.rpartition(".")[0] != other.rpartition(".")[0] or made >= ALIKE or self.spent() > 0.75:
                    continue
                for place in (0, -1):
                    items = list(flat[path])
                    items[place] = flat[other]
                    if items != flat[path] and self.build(vary.put(self.values, path, items, self.links), "joint"):
                        made += 1
        for path, other in itertools.combinations(widths, 2):
            if path.rpartition(".")[0] == other.rpartition(".")[0] and flat[path] != flat[other] and made < ALIKE and self.spent() < 0.75:
                made += self.build(vary.put(self.values, path, flat[other], self.links), "joint") is not None

    def random(self, wanted):
        rng = vary.seeded(self.subject.name, self.seed)
        failed = made = 0
        while made < wanted and failed < wanted * 5 and self.spent() < 1:
            share = rng.choice([0.15, 0.3, 0.5, 0.7])
            if failed > wanted:
                share /= 3
            try:
                values = vary.joint(self.values, self.singles, rng, share, self.links, self.groups, self.coupled)
            except (KeyError, TypeError, IndexError):
                failed += 1
                continue
            if self.build(values, "joint"):
                made += 1
            else:
                failed += 1


def open_class(library, folder, file, name):
    return KINDS[library][0](folder, file, name)
