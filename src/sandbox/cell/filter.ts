/** Classic BPF, as `bwrap --seccomp` reads it: `struct sock_filter` after one another. */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const NOT_PERMITTED = 0x0005_0000 | 1;
/** `clone3` hides its flags behind a pointer: told that there is none, libraries fall back to `clone`, whose flags can be read. */
const NOT_IMPLEMENTED = 0x0005_0000 | 38;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e02_0000;
const CLONE3 = 435;

/**
 * System calls that no restore needs, and through which kernels were broken into or mount namespaces left. Numbers since 424 are the same
 * everywhere: open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_getfd, mount_setattr, quotactl_fd, io_uring_*, open_tree_attr.
 */
const DENIED_EVERYWHERE = [425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443, 467];

interface Processor {
  readonly audit: number;
  readonly clone: number;
  readonly denied: Readonly<Record<string, number>>;
  /** Numbers from here on belong to another calling convention (x32). */
  readonly foreignFrom: number | undefined;
}

// From the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
const processors: Readonly<Record<string, Processor>> = {
  x64: {
    audit: 0xc000_003e,
    clone: 56,
    foreignFrom: 0x4000_0000,
    denied: {
      ...{ ptrace: 101, process_vm_readv: 310, process_vm_writev: 311, kcmp: 312, perf_event_open: 298, userfaultfd: 323, bpf: 321 },
      ...{ mount: 165, umount2: 166, pivot_root: 155, chroot: 161, unshare: 272, setns: 308, open_by_handle_at: 304 },
      ...{ add_key: 248, request_key: 249, keyctl: 250, fanotify_init: 300, lookup_dcookie: 212, nfsservctl: 180, quotactl: 179 },
      ...{ init_module: 175, delete_module: 176, finit_module: 313, kexec_load: 246, kexec_file_load: 320, acct: 163 },
      ...{ swapon: 167, swapoff: 168, reboot: 169, iopl: 172, ioperm: 173, syslog: 103 },
    },
  },
  arm64: {
    audit: 0xc000_00b7,
    clone: 220,
    foreignFrom: undefined,
    denied: {
      ...{ ptrace: 117, process_vm_readv: 270, process_vm_writev: 271, kcmp: 272, perf_event_open: 241, userfaultfd: 282, bpf: 280 },
      ...{ mount: 40, umount2: 39, pivot_root: 41, chroot: 51, unshare: 97, setns: 268, open_by_handle_at: 265 },
      ...{ add_key: 217, request_key: 218, keyctl: 219, fanotify_init: 262, lookup_dcookie: 18, nfsservctl: 42, quotactl: 60 },
      ...{ init_module: 105, delete_module: 106, finit_module: 273, kexec_load: 104, kexec_file_load: 294, acct: 89 },
      ...{ swapon: 224, swapoff: 225, reboot: 142, syslog: 116 },
    },
  },
};

/** The filter for a processor as Node names it; undefined for one that it is not written for: then there is none, and the proof will tell. */
export function systemCallFilter(arch: string): Buffer | undefined {
  const processor = processors[arch];
  if (processor === undefined) return undefined;
  const denied = [...Object.values(processor.denied), ...DENIED_EVERYWHERE];
  return assemble([
    [LOAD, 4],
    [JUMP_EQUAL, processor.audit, 'known', 'kill'],
    'kill',
    [RETURN, KILL],
    'known',
    [LOAD, 0],
    ...(processor.foreignFrom === undefined ? [] : [[JUMP_AT_LEAST, processor.foreignFrom, 'absent', 'next'] as const]),
    [JUMP_EQUAL, CLONE3, 'absent', 'next'],
    ...denied.map(call => [JUMP_EQUAL, call, 'denied', 'next'] as const),
    [JUMP_EQUAL, processor.clone, 'next', 'allowed'],
    // Low half of the first argument: the flags.
    [LOAD, 16],
    [JUMP_ANY_BIT, NEW_NAMESPACES, 'denied', 'allowed'],
    'allowed',
    [RETURN, ALLOW],
    'denied',
    [RETURN, NOT_PERMITTED],
    'absent',
    [RETURN, NOT_IMPLEMENTED],
  ]);
}

/** A label, or an instruction: code, constant, where to jump if true, and if not (`next` is the following one). */
type Line = string | readonly [code: number, constant: number, yes?: string, no?: string];

function assemble(lines: readonly Line[]): Buffer {
  const at = new Map<string, number>();
  const instructions: Exclude<Line, string>[] = [];
  for (const line of lines) {
    if (typeof line === 'string') at.set(line, instructions.length);
    else instructions.push(line);
  }
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [index, [code, constant, yes, no]] of instructions.entries()) {
    const distance = (label: string | undefined): number =>
      label === undefined || label === 'next' ? 0 : (at.get(label) ?? NaN) - index - 1;
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(distance(yes), index * 8 + 2);
    bytes.writeUInt8(distance(no), index * 8 + 3);
    bytes.writeUInt32LE(constant >>> 0, index * 8 + 4);
  }
  return bytes;
}
