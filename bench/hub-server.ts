import { deepseekTensors, makeSharded, makeText, minimaxTensors } from "../test/support/shards.ts";
import { TestHub } from "../test/support/test-hub.ts";

// A process of its own, so that the server's work is on nobody's clock. Says where it is, then counts on request.
const hub = await TestHub.start({ latencyMs: Number(process.argv[2] ?? 100) });
const models = [
  { id: "bench/minimax-m2", files: makeSharded(minimaxTensors(), 125) },
  { id: "bench/deepseek-v3", files: makeSharded(deepseekTensors(), 163) },
];
for (const { id, files } of models) {
  files.set("config.json", makeText("{}"));
  hub.repos.set(id, { files });
}
const headerBytes = models.map(({ files }) =>
  [...files.values()].reduce((sum, file) => sum + file.bytes.length, 0),
);

process.on("message", () => {
  const { rangedReads, bytesSent, seen } = hub;
  process.send?.({ answers: seen.length, rangedReads, bytesSent });
  hub.forget();
});
process.on("disconnect", () => process.exit());
process.send?.({ endpoint: hub.endpoint, headerBytes });
