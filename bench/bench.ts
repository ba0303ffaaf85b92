import { benchHub } from "./hub.ts";

await benchHub();
