import { createHash, createHmac } from 'node:crypto';

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface GetRequest {
  readonly host: string;
  /** Already URL-encoded, as it stands in the request line. */
  readonly path: string;
  readonly region: string;
}

/** Headers that sign a GET without a query by AWS Signature Version 4; without keys none but the date. */
export function signedHeaders(request: GetRequest, keys: SigningKeys | null, now: Date): Readonly<Record<string, string>> {
  if (keys === null) return {};
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const token: Record<string, string> = keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken };
  const amz: Record<string, string> = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': stamp, ...token };
  const headers = Object.entries({ host: request.host, ...amz }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = headers.map(([name]) => name).join(';');
  const canonical = ['GET', request.path, '', ...headers.map(([name, value]) => `${name}:${value}`), '', names, 'UNSIGNED-PAYLOAD'].join(
    '\n',
  );
  const scope = `${stamp.slice(0, 8)}/${request.region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...amz,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Each byte but the unreserved ones and the slash as `%XX`, once. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .map(part => encodeURIComponent(part).replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`))
    .join('/');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
