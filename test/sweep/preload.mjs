// Loaded into every worker of the sweep before anything else (`node --import …?shift=MS`): sets its clock back, and says on file descriptor
// 3 which spans begin and end, as an OpenTelemetry exporter would. So it is known afterwards what it died at.
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { phaseOf } from './tally.mjs';

const given = new URL(import.meta.url).searchParams;
const shift = Number(given.get('shift'));
/** It kills itself, with SIGKILL like anybody else would, so long after it first came to this: from outside a short step is hardly hit. */
let aim = given.get('aim');
const afterMs = Number(given.get('after'));
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shift);
    else super(...parts);
  }
  static now() {
    return RealDate.now() + shift;
  }
};

const kept = new AsyncLocalStorage();
context.setGlobalContextManager({
  active: () => kept.getStore() ?? ROOT_CONTEXT,
  with: (one, work, that, ...args) => kept.run(one, () => work.apply(that, args)),
  bind: (one, work) => (typeof work === 'function' ? (...args) => kept.run(one, () => work(...args)) : work),
  enable: () => undefined,
  disable: () => undefined,
});

let last = 0;
const say = told => {
  try {
    writeSync(3, `${JSON.stringify(told)}\n`);
  } catch {
    // Whoever listened has gone.
  }
};

function begin(name, attributes) {
  const id = ++last;
  // Steps of a drill do not say whose they are: the span around them does.
  const around = trace.getSpan(context.active())?.of;
  const of = attributes['resurgam.plan'] === undefined ? around : `${attributes['resurgam.client']}/${attributes['resurgam.plan']}`;
  say({ begins: id, name: name.replace(/^resurgam\.(drill\.)?/, ''), of, at: new Date().toISOString() });
  if (phaseOf(name.replace(/^resurgam\.(drill\.)?/, '')) === aim) die();
  const span = {
    of,
    spanContext: () => ({ traceId: '0'.repeat(31) + '1', spanId: String(id).padStart(16, '0'), traceFlags: 1 }),
    isRecording: () => true,
    recordException: () => undefined,
    end: () => say({ ends: id }),
  };
  for (const verb of ['setAttribute', 'setAttributes', 'addEvent', 'addLink', 'addLinks', 'setStatus', 'updateName'])
    span[verb] = () => span;
  return span;
}

function die() {
  aim = null;
  const now = () => process.kill(process.pid, 'SIGKILL');
  if (afterMs < 2) now();
  else setTimeout(now, afterMs);
}

const tracer = {
  startSpan: (name, { attributes = {} } = {}) => begin(name, attributes),
  startActiveSpan: (name, ...rest) => {
    const work = rest.pop();
    const span = begin(name, rest[0]?.attributes ?? {});
    return context.with(trace.setSpan(context.active(), span), () => work(span));
  },
};
trace.setGlobalTracerProvider({ getTracer: () => tracer });
say({ ready: true });
