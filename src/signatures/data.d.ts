/** The packed file that tools/signatures makes: its bytes are read when they are asked for. */
declare module "*.data" {
  const read: () => Uint8Array;
  export default read;
}
