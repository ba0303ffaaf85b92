/** The packed file that tools/signatures makes, as bytes. */
declare module "*.data" {
  const data: Uint8Array;
  export default data;
}
