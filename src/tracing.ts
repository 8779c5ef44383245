import { SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';

/**
 * Does the work inside a span, and gives what it gives. Where no exporter was configured (by an OpenTelemetry SDK that was loaded before,
 * `node --import`) nothing is recorded. Attributes are names and figures, as in evidence: no patient data, no secrets. Of an error the span
 * says its kind and code, never its message.
 */
export function spanned<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('resurgam').startActiveSpan(name, { attributes }, async span => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute('error.type', errorType(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? `${error.name}.${error.code}` : error.name;
}
