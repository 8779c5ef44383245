/**
 * A command as it runs where nothing of this machine can be written: same files, same network, own processes, an empty `/dev/shm` for what
 * it must write. What it starts ends with it. Needs bubblewrap.
 */
export function readOnlyCommand(program: readonly string[]): { readonly file: string; readonly args: readonly string[] } {
  const shape = [
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--unshare-pid',
    '--unshare-ipc',
    '--die-with-parent',
    '--new-session',
  ];
  // As root: what reads files of others, and nothing that changes the machine.
  const rights = process.getuid?.() === 0 ? ['--cap-drop', 'ALL', '--cap-add', 'CAP_DAC_READ_SEARCH'] : [];
  return { file: 'bwrap', args: [...shape, ...rights, '--setenv', 'TMPDIR', '/dev/shm', '--', ...program] };
}
