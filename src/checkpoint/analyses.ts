/**
 * What was derived from one component, each thing once and as long as the component lives. A derivation takes the
 * component alone: what depends on anything else (an original, options) has no place here, so that no answer can be one
 * that was given to another question.
 */
export class Analyses<Subject> {
  private readonly subject: Subject;
  private readonly made = new Map<unknown, unknown>();

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** The result of a derivation; `derive` has to be one function, named once, and not made anew at each call. */
  get<Result>(derive: (subject: Subject) => Result): Result {
    if (this.made.has(derive)) return this.made.get(derive) as Result;
    const result = derive(this.subject);
    this.made.set(derive, result);
    return result;
  }

  /** Lets go of all that was derived: asked again, it is made again. */
  release(): void {
    this.made.clear();
  }
}
