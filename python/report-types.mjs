/** Python types of the documents that `unfold` prints, one class an object, made from the schema of reports. */

/** Parts of every report, by the name that Python has for each; the rest are the schema's own definitions. */
const PARTS = ["source", "checkpoint", "problems", "notes"];

/** The text of `unfold_cli/reports.py`. Throws where the schema says something that there is no rule for here. */
export function renderReportTypes(schema) {
  const classes = [];
  const named = (pointer) => {
    const [, section, name] = /^#\/(properties|\$defs)\/(\w+)$/.exec(pointer) ?? [];
    if (name === undefined) throw new Error(`a reference that is not understood: ${pointer}`);
    return className(section === "properties" ? singular(name) : name);
  };
  const parts = PARTS.map((name) => [
    singular(name),
    schema.properties[name].items ?? schema.properties[name],
  ]);
  const all = [...parts, ...Object.entries(schema.$defs)];
  const classOf = (name, part) => (isNullable(part) ? `${className(name)}Object` : className(name));
  const baseOf = (pointer) => {
    const name = pointer.replace("#/$defs/", "");
    return classOf(name, schema.$defs[name]);
  };
  const render = makeRenderer(classes, named, baseOf);
  const aliases = all.flatMap(([name, part]) => {
    const type = render(part, classOf(name, part));
    return type === quoted(className(name)) ? [] : [`${className(name)} = ${type}`];
  });
  const names = classes.flatMap((text) => text.match(/^(?:class )?\w+(?=[(]| = )/gm));
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw new Error(`two types are called ${twice}`);
  return `${HEAD}\n${aliases.join("\n")}\n\n\n${classes.join("\n\n\n")}\n`;
}

const HEAD = `"""Made from report.schema.json by \`npm run build:python\`. Fields may be added in any version; none is renamed."""

import typing as t
`;

/** An object or nothing: the class is called apart from the two together. */
function isNullable({ type, properties }) {
  return Array.isArray(type) && properties !== undefined;
}

function makeRenderer(classes, named, baseOf) {
  const render = (part, name) => {
    if (part.$ref !== undefined) return quoted(named(part.$ref));
    if (part.const !== undefined) return literal([part.const]);
    if (part.enum !== undefined) return literal(part.enum);
    if (part.anyOf !== undefined) {
      const [first, ...more] = part.anyOf.filter(({ type }) => type !== "null");
      const others = more.map((each, k) => render(each, `${name}${k + 2}`));
      return union([
        render(first, name),
        ...others,
        ...(part.anyOf.length > others.length + 1 ? ["None"] : []),
      ]);
    }
    if (part.allOf !== undefined) return renderAll(part, name);
    if (Array.isArray(part.type)) return union(part.type.map((type) => render({ ...part, type }, name)));
    return renderTyped(part, name);
  };
  const renderTyped = (part, name) => {
    if (SIMPLE[part.type] !== undefined) return SIMPLE[part.type];
    if (part.type === "array")
      return `t.List[${part.items === undefined ? "t.Any" : render(part.items, `${name}Item`)}]`;
    if (part.type !== "object" && part.properties === undefined)
      throw new Error(`a type that is not understood: ${JSON.stringify(part)} of ${name}`);
    if (part.properties === undefined) {
      const { additionalProperties: values } = part;
      return `t.Dict[str, ${typeof values === "object" ? render(values, `${name}Value`) : "t.Any"}]`;
    }
    classes.push(renderClass(part, name, "t.TypedDict"));
    return quoted(name);
  };
  /** Fields of a definition and some more. */
  const renderAll = (part, name) => {
    const bases = part.allOf.flatMap(({ $ref }) => ($ref === undefined ? [] : [baseOf($ref)]));
    const own = [...part.allOf, part].filter(({ properties }) => properties !== undefined);
    const merged = {
      required: own.flatMap(({ required = [] }) => required),
      properties: Object.assign({}, ...own.map(({ properties }) => properties)),
    };
    classes.push(renderClass(merged, name, bases.join(", ") || "t.TypedDict"));
    return quoted(name);
  };
  const renderClass = ({ properties, required = [] }, name, base) => {
    const fields = (isRequired) =>
      Object.entries(properties)
        .filter(([key]) => required.includes(key) === isRequired)
        .map(([key, part]) => [key, render(part, `${name}${className(key)}`)]);
    const [needed, others] = [fields(true), fields(false)];
    if (others.length === 0) return classText(name, base, needed, "");
    // Before Python 3.11 a class is total or not: the fields that may be absent are a class on top.
    return `${classText(`_${name}`, base, needed, "")}\n\n\n${classText(name, `_${name}`, others, ", total=False")}`;
  };
  return render;
}

/** A class, or its other notation where a field has a name that Python keeps for itself. */
function classText(name, base, fields, totality) {
  const isPlain = fields.every(([key]) => /^[A-Za-z_]\w*$/.test(key) && !KEYWORDS.has(key));
  if (isPlain) {
    const lines = fields.map(([key, type]) => `    ${key}: ${type}`);
    return `class ${name}(${base}${totality}):\n${lines.length === 0 ? "    pass" : lines.join("\n")}`;
  }
  if (base !== "t.TypedDict") throw new Error(`a field of ${name} has a name that Python keeps for itself`);
  const rows = fields.map(([key, type]) => `    ${JSON.stringify(key)}: ${type},`);
  return `${name} = t.TypedDict("${name}", {\n${rows.join("\n")}\n}${totality})`;
}

const KEYWORDS = new Set([
  "in",
  "from",
  "is",
  "class",
  "global",
  "import",
  "with",
  "not",
  "and",
  "or",
  "if",
  "for",
  "def",
]);

const SIMPLE = {
  string: "str",
  integer: "int",
  number: "float",
  boolean: "bool",
  null: "None",
};

/** `heldAgainst` → `HeldAgainst`. */
function className(name) {
  return name.replace(/(?:^|[^A-Za-z0-9]+)(\w)/g, (_, first) => first.toUpperCase());
}

function singular(name) {
  return name === "problems" || name === "notes" ? name.slice(0, -1) : name;
}

function quoted(name) {
  return `"${name}"`;
}

function literal(values) {
  const words = values.map((value) => (value === null ? "None" : JSON.stringify(value)));
  return `t.Literal[${words.join(", ")}]`;
}

function union(types) {
  const distinct = [...new Set(types)];
  return distinct.length === 1 ? distinct[0] : `t.Union[${distinct.join(", ")}]`;
}
