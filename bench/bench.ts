import { benchHub } from "./hub.ts";

await benchHub(new URL("hub-server.js", import.meta.url));
