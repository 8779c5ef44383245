import { context, trace, type Attributes, type Span, type Tracer } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { spanned } from '../src/tracing.ts';

interface Seen {
  readonly name: string;
  readonly attributes: Attributes;
  status: number | undefined;
  ended: number;
}

afterEach(() => trace.disable());

/** As an SDK with an exporter would be: notes what spans are told. */
function watching(): readonly Seen[] {
  const seen: Seen[] = [];
  const begin = (name: string, attributes: Attributes): Span => {
    const one: Seen = { name, attributes: { ...attributes }, status: undefined, ended: 0 };
    seen.push(one);
    const span: Partial<Span> = {
      setStatus: ({ code }) => ((one.status = code), span as Span),
      setAttribute: (key, value) => ((one.attributes[key] = value), span as Span),
      end: () => void (one.ended += 1),
    };
    return span as Span;
  };
  const tracer: Pick<Tracer, 'startActiveSpan'> = {
    startActiveSpan: (...args: readonly unknown[]): never => {
      const work = args.at(-1) as (span: Span) => never;
      const { attributes = {} } = args[1] as { attributes?: Attributes };
      return context.with(context.active(), () => work(begin(String(args[0]), attributes)));
    },
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer as Tracer });
  return seen;
}

test('without an exporter the work is done and nothing else', async () => {
  const result = await spanned('restore', { plan: 'ehr' }, () => Promise.resolve(42));

  expect(result).toBe(42);
});

test('the work is done in a span of its name, which ends once', async () => {
  const seen = watching();

  const result = await spanned('restore', { 'resurgam.plan': 'ehr' }, () => Promise.resolve(42));

  expect(result).toBe(42);
  expect(seen).toEqual([{ name: 'restore', attributes: { 'resurgam.plan': 'ehr' }, status: undefined, ended: 1 }]);
});

test('of an error the span says kind and code, never its words; and it is thrown on', async () => {
  const seen = watching();
  const error = Object.assign(new Error('Key (ssn)=(123-45-6789) already exists'), { code: '23505' });

  const done = spanned('keep', {}, () => Promise.reject(error));

  await expect(done).rejects.toBe(error);
  expect(seen).toEqual([{ name: 'keep', attributes: { 'error.type': 'Error.23505' }, status: 2, ended: 1 }]);
});
