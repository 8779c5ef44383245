import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ldif } from '../../../src/backup/ldif/tool.ts';
import { describeBackupTool, type GivenTool } from '../../conformance/backup-tool.ts';
import { directorySource, PASSWORD, SUFFIX } from '../../fixtures/directory-source.ts';

async function make(): Promise<GivenTool> {
  const source = await directorySource();
  const at = (name: string): string => join(source.folder, name);
  for (const name of ['healthy', 'empty']) await mkdir(at(name));
  await writeFile(at('healthy/doe-jane-2026-11-26T01:00:00Z.ldif'), source.data);
  await writeFile(at('healthy/doe-jane-2026-11-26T02:00:00Z.ldif.gz'), gzipSync(`# exported at night\n${source.data}`));
  await writeFile(at('healthy/config.ldif'), source.config);
  const put = async (folder: string, text: string): Promise<{ options: { from: string } }> => {
    await writeFile(join(folder, 'doe-jane.ldif'), text);
    await writeFile(join(folder, 'config.ldif'), source.config);
    return { options: { from: folder } };
  };
  return {
    healthy: { options: { from: at('healthy') } },
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    // In the middle of the entries: the end is as it should be.
    damaged: folder => put(folder, source.data.replace('\nsn: Doe\n', '\nsn Doe\n')),
    changing: async folder => ({ store: await put(folder, source.data), change: () => put(folder, source.data + source.data) }),
    place: { place: at('healthy') },
    byHand: {
      asked: `ldapwhoami -x -H ldap://127.0.0.1 -D uid=doe-jane-7,ou=people,${SUFFIX} -w '${PASSWORD}'`,
      answer: `dn:uid=doe-jane-7,ou=people,${SUFFIX}`,
    },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

describeBackupTool({ tool: ldif, make });
