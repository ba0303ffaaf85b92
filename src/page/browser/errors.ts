/**
 * Stands for `src/errors.ts` in the bundle of the page: of its table of messages only those of wrong usage are met there,
 * and these are handed in whole.
 */
export class UnfoldError extends Error {
  readonly code: string;

  constructor(code: string, { message }: { readonly message: string }) {
    super(message);
    this.code = code;
  }
}
