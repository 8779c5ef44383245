/** A table or sequence that could not be counted: why it cannot be read is said by `integrity`. */
export class NotCounted extends Error {
  override readonly name = 'NotCounted';
  readonly object: string;
  readonly observed: string;
  constructor(object: string, observed: string) {
    super('a table could not be counted');
    this.object = object;
    this.observed = observed;
  }
}
