/** What to paste, on top of each command's help: a row for each command that takes something. */
const EXAMPLES: Readonly<Record<string, string>> = {
  overview: `
  unfold ./export
  unfold owner/name@main
  unfold ./export --format line                  one line, for catalogues`,
  tree: `
  unfold tree ./export --depth 3
  unfold tree ./export --expand model.layers.0.mlp.experts.0
  unfold tree ./export --filter '*.self_attn.*' --tensors`,
  precision: `
  unfold precision ./export
  unfold precision ./export --layer 3 --verbose
  unfold precision ./export --module '*.experts.*' --json`,
  params: `
  unfold params ./export
  unfold params ./export --by role --markdown
  unfold params ./export --json | jq .result.parameters.total
  unfold params ./export --include '*.experts.*'`,
  arch: `
  unfold arch ./export
  unfold arch ./export --context 128K --kv-dtype fp8
  unfold arch ./export --diagram
  unfold arch ./export --format mermaid -o layer.mmd`,
  ls: `
  unfold ls ./export --filter '*.experts.0.w1.*'
  unfold ls ./export --where 'dtype=F32' --where 'bytes>=1MB' --sort size
  unfold ls ./export --format ndjson | jq -r .name`,
  check: `
  unfold check ./export                                    is it sound; exit code 1 where it is not
  unfold check ./export --against owner/original           is everything of the original still there
  unfold check owner/name --fail-on warning --format github
  unfold check ./a ./b owner/name                          several: a line each, details below
  unfold check --from models.txt -o models.ndjson          many sources, a line each
  ls -d runs/*/ | unfold check --from - --format text      a list from another program
  unfold check ./export --engine vllm --tp 8 --gpu "H100 80"`,
  explain: `
  unfold explain scale-missing
  unfold explain SHARD_MISSING
  unfold explain scale-missing | glow -          Markdown in a pipe`,
  fit: `
  unfold fit owner/name                          which GPUs, how many, how much context
  unfold fit ./export --gpu 'H100 80' --gpus 8 --context 32k,max --batch 16
  unfold fit ./export --kv fp8 --gpu all
  unfold fit ./export --engine mlx               unified memory of Macs`,
  declare: `
  unfold declare ./export                        the quantization_config that describes what is stored
  unfold declare ./export --for sglang
  unfold declare ./export --index > model.safetensors.index.json`,
  diff: `
  unfold diff owner/original ./export            what a quantization changed
  unfold diff ./before ./after --exit-code       exit code 1 where they differ
  unfold diff ./before ./after -o diff.html`,
  report: `
  unfold report ./export -o report.html
  unfold report owner/name > report.html
  unfold report ./export --json | jq '.result.components[0].tensors.rows | length'`,
  snapshot: `
  unfold snapshot ./export -o export.unfold.json.gz
  unfold tree export.unfold.json.gz
  unfold snapshot owner/name -o - | wc -c`,
  cache: `
  unfold cache show
  unfold cache show --json
  unfold cache clear`,
  skill: `
  unfold skill -o SKILL.md                       into the folder where the assistant looks for skills
  unfold skill | head                            what it says`,
};

/** The examples of a command as its help begins, undefined where it has none. */
export function examplesOf(command: string): string | undefined {
  const lines = EXAMPLES[command];
  return lines === undefined ? undefined : `Examples:${lines}\n`;
}
