// Opens the state in a process of its own: node opening.mjs <dist> <home> <client>. Writes a row and prints how many it sees, whose transaction
// it was and who serves it.
const [, , dist, path, client] = process.argv;
const { openState } = await import(`${dist}/store/state/open.js`);

const state = await openState({ home: { path } });
const rows = await state.of(client, async tx => {
  await tx.query('insert into follow_cursor (client, seq) values ($1, 1) on conflict (client) do update set seq = follow_cursor.seq + 1', [
    client,
  ]);
  return tx.query('select seq, pg_postmaster_start_time() as server, current_user as role from follow_cursor');
});
process.stdout.write(`${JSON.stringify(rows)}\n`);
await state.close();
