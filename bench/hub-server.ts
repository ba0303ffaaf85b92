import { buildCheckpoint } from "../fixtures/checkpoint-spec.ts";
import { deepseekV3Like } from "../fixtures/deepseek-v3-like.ts";
import { minimaxM2 } from "../fixtures/minimax-m2.ts";
import { toVirtual } from "../test/support/shards.ts";
import { TestHub } from "../test/support/test-hub.ts";

// A process of its own, so that the server's work is on nobody's clock. Says where it is, then counts on request.
const hub = await TestHub.start({ latencyMs: Number(process.argv[2] ?? 100) });
const models = [
  { id: "bench/minimax-m2", files: toVirtual(buildCheckpoint(minimaxM2)) },
  { id: "bench/deepseek-v3", files: toVirtual(buildCheckpoint(deepseekV3Like)) },
];
for (const { id, files } of models) hub.repos.set(id, { files });
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
