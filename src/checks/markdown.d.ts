/** Pages of checks: the bundler, and the test runner likewise, hand them over as text. */
declare module "*.md" {
  const text: string;
  export default text;
}
