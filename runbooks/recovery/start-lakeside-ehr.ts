import type { Runbook } from '../../src/runbook.ts';

/** The EHR application of the sample clinic: it lies among the documents, and needs the database and them. */
export default {
  before: [
    {
      name: 'See that the application came back with the documents',
      within: '1m',
      byHand: 'perl -c "$RECOVERED/documents/application/server.pl"',
      run: async ({ $, needs }) => {
        await $`perl -c ${needs['documents']?.files ?? ''}/application/server.pl`;
      },
    },
    {
      name: 'Make sure that the database lets the application in',
      within: '1m',
      byHand: `test "$(psql -XAtc 'select count(*) from clinic.staff where active')" -gt 0`,
      run: async ({ $, needs }) => {
        const { socket = '', port = '', user = '', database = '' } = needs['database'] ?? {};
        const staff =
          await $`psql -XAt -h ${socket} -p ${port} -U ${user} -d ${database} -c ${'select count(*) from clinic.staff where active'}`;
        if (!(Number(staff.stdout) > 0)) throw new Error('nobody of the staff could sign in');
      },
    },
  ],
  start: ({ needs, with: { port } }) => {
    const { socket = '', port: serverPort = '', user = '', database = '' } = needs['database'] ?? {};
    const documents = needs['documents']?.files ?? '';
    return {
      start: ['/usr/bin/perl', `${documents}/application/server.pl`, String(port), `${documents}/documents`],
      environment: { PGHOST: socket, PGPORT: serverPort, PGUSER: user, PGDATABASE: database },
      port: Number(port),
      ready: { get: '/healthz', within: '2m' },
    };
  },
} satisfies Runbook;
