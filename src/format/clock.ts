/** Milliseconds since the process began, for spans of time. `performance` would load a part of Node just for that. */
export function nowMs(): number {
  return process.uptime() * 1000;
}
