import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { format } from '../../src/probe/format/format.ts';
import { FORMATS, parses, type Format } from '../../src/probe/format/parse.ts';
import type { Facts } from '../../src/probe/probe.ts';
import { bad, restoredTree, type RestoredTree } from './restored-tree.ts';

const run = promisify(execFile);
let tree: RestoredTree;
const good = new Map<Format, Buffer>();

const BUNDLE = { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient', id: '1' } }] };
const HL7 = 'MSH|^~\\&|LAB|LAKESIDE|EHR|LAKESIDE|20261127||ORU^R01|1|P|2.5\rPID|1||4711\rOBX|1|NM|GLU||5.4\r';
const XML = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "x>y">]><!-- <b> --><a x="1>2"><b/><c y='"'>t<![CDATA[</a>]]></c ></a>`;
const DUMP = `
(0008,0016) UI =CTImageStorage
(0008,0018) UI [1.2.3.4]
(0010,0010) PN [Doe^Jane]
(0008,1140) SQ
(fffe,e000) na
(0008,1155) UI [1.2.3]
(fffe,e00d) na
(fffe,e0dd) na
(0028,0010) US 4
(0028,0011) US 4
(7fe0,0010) OW 0001\\0002\\0003\\0004\\0005\\0006\\0007\\0008
`;

beforeAll(async () => {
  tree = await restoredTree();
  const at = (name: string): string => join(tree.root, name);
  await writeFile(at('dump.txt'), DUMP);
  await run('dump2dcm', [at('dump.txt'), at('one.dcm')]);
  await run('zip', ['-q', '-j', at('one.zip'), at('dump.txt'), at('one.dcm')]);
  const pdf = '%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\n';
  const text: Readonly<Record<string, string>> = {
    ...{ json: '{"a": [1, "ü"]}\n', ndjson: '{"a": 1}\n\n{"b": "ü"}', fhir: JSON.stringify(BUNDLE), hl7: HL7, text: 'Größe\n', xml: XML },
    pdf: `${pdf}xref\n0 1\n0000000000 65535 f \ntrailer <</Size 1>>\nstartxref\n${pdf.length}\n%%EOF\n`,
  };
  for (const [name, content] of Object.entries(text)) good.set(name as Format, Buffer.from(content));
  good.set('gzip', gzipSync('rows'.repeat(100)));
  good.set('dicom', await readFile(at('one.dcm')));
  good.set('zip', await readFile(at('one.zip')));
  good.set('png', png());
  good.set('jpeg', Buffer.from('ffd8ffe000104a46494600010100000100010000ffda0008010100003f00d2cf20ffd9', 'hex'));
});
afterAll(() => tree[Symbol.asyncDispose]());

function png(): Buffer {
  const part = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.from('00000001000000010800000000', 'hex');
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[part('IHDR', head), part('IDAT', deflateSync(Buffer.from([0, 7]))), part('IEND', Buffer.alloc(0))],
  ]);
}

/** By its definition, so that the parser is not checked with itself. */
function crc(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

describe.each(FORMATS)('%s', name => {
  test('a whole file parses', async () => {
    expect(await parses(good.get(name) ?? Buffer.alloc(0), name)).toBe(true);
  });

  test('an empty one, one of noise and one of another format do not', async () => {
    const other = good.get(name === 'gzip' ? 'zip' : 'gzip') ?? Buffer.alloc(0);

    expect(await Promise.all([Buffer.alloc(0), randomBytes(4_096), other].map(bytes => parses(bytes, name)))).toEqual([
      false,
      false,
      false,
    ]);
  });
});

/** The others are as whole after any of their lines. */
test.each(FORMATS.filter(name => !['hl7', 'text', 'ndjson'].includes(name)))('a %s that is cut does not parse', async name => {
  const bytes = good.get(name) ?? Buffer.alloc(0);

  for (const share of [0.3, 0.6, 0.9])
    expect(await parses(bytes.subarray(0, Math.floor(bytes.length * share)), name), String(share)).toBe(false);
});

test.each<readonly [Format, string | Buffer]>([
  ['ndjson', '{"a": 1}\n{"b": '],
  ['fhir', '{"id": 1}'],
  ['fhir', '{"resourceType": "Bundle", "entry": [{"resource": {"id": 1}}]}'],
  ['hl7', 'PID|1\rMSH|^~\\&|'],
  ['hl7', 'MSH|^~\\&|A\rnonsense here\r'],
  ['text', Buffer.from('4dfc6c', 'hex')],
  ['xml', '<a><b></a></b>'],
  ['xml', '<a/><b/>'],
  ['xml', '<a x=1/>'],
  ['json', '{"a": 1} {"b": 2}'],
])('what is no %s does not pass for it: %s', async (name, content) => {
  expect(await parses(Buffer.from(content), name)).toBe(false);
});

test.each<readonly [Format, string]>([
  ['fhir', '{"resourceType": "Patient"}\n{"resourceType": "Observation"}\n'],
  ['hl7', `\v${HL7}\x1c\r`],
  ['hl7', `FHS|^~\\&|A\rBHS|^~\\&|A\r${HL7}BTS|1\rFTS|1\r`],
  ['json', '[]'],
])('what is also %s passes for it: %s', async (name, content) => {
  expect(await parses(Buffer.from(content), name)).toBe(true);
});

describe('the share that parses', () => {
  const asked = { pattern: '**/*.json', as: 'json', sample: 'all' };
  const many = (
    bad_: number,
  ): string => `mkdir -p d; for n in {1..50}; do echo "{\\"n\\": $n, \\"note\\": \\"came in with a cough\\"}" > d/$n.json; done
    for n in {0..${bad_}}; do [ $n = 0 ] || echo '{"half' > d/$n.json; done`;
  const factsOf = async (script: string): Promise<Facts> => {
    await using one = await restoredTree(script);
    return { ...(await one.ask(format, { value: asked })).facts };
  };

  test.each([
    ['all of them parse', 0, {}, []],
    ['a few do not, and nothing says how many should', 3, {}, ['format.broken 47 of 50 (note)']],
    ['most do not', 30, {}, ['format.broken 20 of 50']],
    ['the plan wants more', 3, { atLeast: '95%' }, ['format.broken 47 of 50']],
    ['the plan wants no more', 3, { atLeast: '94%' }, ['format.broken 47 of 50 (note)']],
  ])('decides when %s', async (_what, broken, more, told) => {
    await using one = await restoredTree(many(broken));

    expect(bad(await one.ask(format, { value: { ...asked, ...more } }))).toEqual(told);
  });

  test('is compared with that of the last accepted drill (F16), and not with a better one', async () => {
    const [before, worse] = [await factsOf(many(0)), await factsOf(many(3))];
    await using one = await restoredTree(many(3));

    expect(bad(await one.ask(format, { value: asked, baseline: before }))).toEqual(['format.broken 47 of 50']);
    expect(bad(await one.ask(format, { value: asked, baseline: worse }))).toEqual(['format.broken 47 of 50 (note)']);
  });

  test('falls to nothing when files are encrypted, and their bytes say so (F09)', async () => {
    const baseline = await factsOf(many(0));
    await using one = await restoredTree(many(0));
    await one.each(file => writeFile(file, randomBytes(4_096)));

    expect(bad(await one.ask(format, { value: asked, baseline }))).toEqual([
      'format.broken 0 of 50',
      expect.stringMatching(/^format.look-encrypted 7\.9\d? of 4/),
    ]);
  });

  test('is none without a file', async () => {
    await using one = await restoredTree(many(0));

    expect(bad(await one.ask(format, { value: { ...asked, pattern: '*.dcm' } }))).toEqual(['format.no-files 0 of 1']);
  });

  test('is told of a sample with its size', async () => {
    await using one = await restoredTree(many(0));

    const answer = await one.ask(format, { value: { ...asked, sample: 10 } });

    expect(answer.findings).toMatchObject([{ code: 'format.ok', observed: 10, expected: 10, unit: 'json files' }]);
    expect(answer.limitations).toHaveLength(1);
  });
});
