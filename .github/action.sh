#!/usr/bin/env bash
# What the GitHub Action runs. Inputs come as environment variables and are only ever arguments: none of them is
# expanded by a shell or pasted into a command.
set -uo pipefail

read -ra unfold <<< "${UNFOLD:-npx --yes unfold-cli@${INPUT_VERSION}}"
args=(check "${INPUT_SOURCE:?source is needed}")
[[ -n "${INPUT_FAIL_ON:-}" ]] && args+=(--fail-on "$INPUT_FAIL_ON")
[[ -n "${INPUT_AGAINST:-}" ]] && args+=(--against "$INPUT_AGAINST")
[[ -n "${INPUT_CONFIG:-}" ]] && args+=(--config "$INPUT_CONFIG")
[[ -n "${INPUT_BASELINE:-}" ]] && args+=(--baseline "$INPUT_BASELINE")
[[ "${INPUT_VALUES:-false}" == true ]] && args+=(--values)
# One option a line, as it would be typed in separate words: `--expect-params=228.69B±0.1%`.
while IFS= read -r line; do
  [[ -n "$line" ]] && args+=("$line")
done <<< "${INPUT_OPTIONS:-}"

"${unfold[@]}" "${args[@]}" --format github
code=$?

# The same once more for people and for code scanning; headers come from the cache, the verdict stands already.
if [[ -n "${GITHUB_STEP_SUMMARY:-}" && $code -lt 2 ]]; then
  "${unfold[@]}" "${args[@]}" --format markdown --quiet >> "$GITHUB_STEP_SUMMARY" || true
fi
if [[ -n "${INPUT_SARIF:-}" && $code -lt 2 ]]; then
  "${unfold[@]}" "${args[@]}" --format sarif --quiet --output "$INPUT_SARIF" || true
fi
# A page to look at, which a later step uploads.
if [[ "${INPUT_REPORT:-false}" == true && $code -lt 4 ]]; then
  page="${RUNNER_TEMP:-.}/unfold-report.html"
  "${unfold[@]}" report "${INPUT_SOURCE}" --quiet --output "$page" || true
  if [[ -f "$page" && -n "${GITHUB_OUTPUT:-}" ]]; then
    echo "report=$page" >> "$GITHUB_OUTPUT"
  fi
fi
if [[ -n "${GITHUB_OUTPUT:-}" ]]; then
  echo "exit-code=$code" >> "$GITHUB_OUTPUT"
fi
exit $code
