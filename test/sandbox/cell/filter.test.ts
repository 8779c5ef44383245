import { expect, test } from 'vitest';
import { systemCallFilter } from '../../../src/sandbox/cell/filter.ts';

const ALLOWED = 0x7fff_0000;
const DENIED = 0x0005_0001;
const ABSENT = 0x0005_0026;
const KILLED = 0x8000_0000;
const X64 = 0xc000_003e;
const ARM64 = 0xc000_00b7;

/** Runs the filter as the kernel would: nothing but the four instructions that it is made of. */
function decide(filter: Buffer, call: { readonly arch: number; readonly nr: number; readonly flags?: number }): number {
  let loaded = 0;
  for (let at = 0; ; at++) {
    const [code, yes, no, k] = [
      filter.readUInt16LE(at * 8),
      filter.readUInt8(at * 8 + 2),
      filter.readUInt8(at * 8 + 3),
      filter.readUInt32LE(at * 8 + 4),
    ];
    if (code === 0x06) return k;
    if (code === 0x20) loaded = k === 0 ? call.nr : k === 4 ? call.arch : (call.flags ?? 0);
    else if (code === 0x15) at += loaded === k ? yes : no;
    else if (code === 0x35) at += loaded >= k ? yes : no;
    else if (code === 0x45) at += (loaded & k) !== 0 ? yes : no;
    else throw new Error(`unknown instruction ${String(code)}`);
  }
}

for (const [name, arch, calls] of [
  ['x64', X64, { read: 0, execve: 59, clone: 56, ptrace: 101, mount: 165, unshare: 272, bpf: 321, keyctl: 250, handle: 304 }],
  ['arm64', ARM64, { read: 63, execve: 221, clone: 220, ptrace: 117, mount: 40, unshare: 97, bpf: 280, keyctl: 219, handle: 265 }],
] as const) {
  const filter = systemCallFilter(name) ?? Buffer.alloc(0);

  test(`on ${name} denies what no restore needs and allows the rest`, () => {
    const answer = (nr: number): number => decide(filter, { arch, nr });

    expect([calls.read, calls.execve].map(answer)).toEqual([ALLOWED, ALLOWED]);
    expect([calls.ptrace, calls.mount, calls.unshare, calls.bpf, calls.keyctl, calls.handle].map(answer)).toEqual(Array(6).fill(DENIED));
    // io_uring_setup, io_uring_enter, io_uring_register, open_tree, move_mount, fsopen, mount_setattr.
    expect([425, 426, 427, 428, 429, 430, 442].map(answer)).toEqual(Array(7).fill(DENIED));
  });

  test(`on ${name} lets processes and threads be made, but no namespace`, () => {
    const clone = (flags: number): number => decide(filter, { arch, nr: calls.clone, flags });

    expect([0x11, 0x3d_0f00, 0x0100_4111].map(clone)).toEqual([ALLOWED, ALLOWED, ALLOWED]);
    for (const namespace of [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
      expect(clone(namespace | 0x11)).toBe(DENIED);
    }
    expect(decide(filter, { arch, nr: 435 })).toBe(ABSENT);
  });

  test(`on ${name} ends a program that calls as another processor would`, () => {
    expect(decide(filter, { arch: 0x4000_0003, nr: 1 })).toBe(KILLED);
    expect(decide(filter, { arch: arch === X64 ? ARM64 : X64, nr: calls.read })).toBe(KILLED);
  });
}

test('on x64 knows nothing of the x32 calling convention', () => {
  const filter = systemCallFilter('x64') ?? Buffer.alloc(0);

  expect(decide(filter, { arch: X64, nr: 0x4000_0000 + 101 })).toBe(ABSENT);
});

test('has no filter for a processor that it is not written for', () => {
  expect(systemCallFilter('riscv64')).toBeUndefined();
});
