import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildSeccompFilter, FOREIGN_ABI } from '../../src/sandbox/seccomp.ts';
import { allowedSyscalls, refusedSyscalls } from '../../src/sandbox/syscalls.ts';

const AMD64 = 0xc000_003e;
const I386 = 0x4000_0003;

type Call = { number: number; args?: readonly bigint[]; architecture?: number };

/** What the kernel's BPF machine (net/core/filter.c, kernel/seccomp.c) decides; it moves forward only, or fails. */
function decide(filter: Buffer, call: Call): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.architecture ?? AMD64, 4);
  for (const [index, value] of (call.args ?? []).entries()) {
    data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  }
  let register = 0;
  for (let at = 0; ; at += 8) {
    const [code, k] = [filter.readUInt16LE(at), filter.readUInt32LE(at + 4)];
    const jump = (holds: boolean): number => 8 * filter.readUInt8(at + (holds ? 2 : 3));
    if (code === 0x20) register = data.readUInt32LE(k);
    else if (code === 0x15) at += jump(register === k);
    else if (code === 0x35) at += jump(register >= k);
    else if (code === 0x45) at += jump((register & k) !== 0);
    else if (code === 0x06) return nameDecision(k);
    else throw new Error(`no such instruction: ${code}`);
  }
}

function nameDecision(value: number): string {
  if (value === 0x7fff0000) return 'allow';
  if (value === 0x80000000) return 'kill';
  assert.equal(value >>> 16, 5, 'an errno');
  return { 1: 'EPERM', 38: 'ENOSYS', 93: 'EPROTONOSUPPORT', 97: 'EAFNOSUPPORT' }[value & 0xffff] ?? 'other';
}

function numberOf(name: string): number {
  const number = allowedSyscalls.get(name) ?? refusedSyscalls.get(name);
  assert.ok(number !== undefined, name);
  return number;
}

const filter = buildSeccompFilter();
const ask = (name: string, ...args: bigint[]): string => decide(filter, { number: numberOf(name), args });

test('the numbers are those of the Go distribution, and every call that it knows is either allowed or refused', () => {
  const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  const file = 'src/cmd/vendor/golang.org/x/sys/unix/zsysnum_linux_amd64.go';
  const lines = readFileSync(path.join(goroot, file), 'utf8').matchAll(/\bSYS_(\w+)\s*=\s*(\d+)/gu);
  const known = new Map([...lines].map(([, name = '', number]) => [name.toLowerCase(), Number(number)]));
  assert.ok(known.size > 350, `${known.size} names were read`);
  const ours = new Map([...allowedSyscalls, ...refusedSyscalls]);
  assert.equal(ours.size, allowedSyscalls.size + refusedSyscalls.size, 'a call is both allowed and refused');
  assert.equal(new Set(ours.values()).size, ours.size, 'two calls have one number');
  for (const [name, number] of ours) assert.equal(known.get(name) ?? number, number, name);
  // Older releases of Go do not know the latest calls yet, and newer ones may know later calls than we do.
  const latest = Math.max(...ours.values());
  const missing = [...known].filter(([name, number]) => number <= latest && !ours.has(name));
  assert.deepEqual(missing, []);
});

test('each number up to 600 gets the decision of its table, and an unknown one is not there', () => {
  // Zero arguments: no flags, the default personality; family 0 is the one that is refused.
  const special = new Map([
    ['socket', 'EAFNOSUPPORT'],
    ['socketpair', 'EAFNOSUPPORT'],
    ['clone3', 'ENOSYS'],
  ]);
  const expected: string[] = Array.from({ length: 601 }, () => 'ENOSYS');
  for (const [name, number] of allowedSyscalls) expected[number] = special.get(name) ?? 'allow';
  for (const [name, number] of refusedSyscalls) expected[number] = special.get(name) ?? 'EPERM';
  const decisions = expected.map((_, number) => decide(filter, { number }));
  assert.deepEqual(decisions, expected);
  assert.equal(decide(filter, { number: 0x3fff_ffff }), 'ENOSYS');
});

test('what reaches into other processes, the kernel or other namespaces is refused', () => {
  const refused = `ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp keyctl add_key request_key bpf
    perf_event_open io_uring_setup io_uring_enter io_uring_register userfaultfd mount umount2 move_mount open_tree
    fsopen fsmount fsconfig fspick mount_setattr pivot_root chroot unshare setns name_to_handle_at open_by_handle_at
    memfd_secret modify_ldt fanotify_init quotactl swapon swapoff reboot kexec_load kexec_file_load init_module
    finit_module delete_module settimeofday clock_settime syslog acct lookup_dcookie mbind set_mempolicy
    get_mempolicy migrate_pages move_pages iopl ioperm`;
  for (const name of refused.split(/\s+/u)) assert.equal(ask(name), 'EPERM', name);
});

test('other ways into the kernel: i386 is killed, x32 refused', () => {
  assert.equal(decide(filter, { number: numberOf('read'), architecture: I386 }), 'kill');
  for (const number of [0x4000_0000, 0x4000_0000 + 39, 0x4000_0000 + 521, 0xffff_ffff]) {
    assert.equal(decide(filter, { number }), 'EPERM', String(number));
  }
});

test('clone makes threads and processes, and no namespace', () => {
  assert.equal(ask('clone', 0x50f00n), 'allow', 'a thread of Go');
  assert.equal(ask('clone', 0x4111n), 'allow', 'a process of Go: CLONE_VFORK, CLONE_VM, SIGCHLD');
  for (const bit of [17n, 25n, 26n, 27n, 28n, 29n, 30n]) {
    assert.equal(ask('clone', (1n << bit) | 0x11n), 'EPERM', `bit ${bit}`);
    assert.equal(ask('clone', (1n << 40n) | (1n << bit)), 'EPERM', `bit ${bit} and an upper one`);
  }
});

test('sockets are of the internet, unix, or netlink for routes', () => {
  const decisions: readonly [string, bigint, bigint, string][] = [
    ['unix', 1n, 0n, 'allow'],
    ['inet', 2n, 6n, 'allow'],
    ['inet6', 10n, 262n, 'allow'],
    ['netlink route', 16n, 0n, 'allow'],
    ['netlink audit', 16n, 9n, 'EPROTONOSUPPORT'],
    ['netlink generic', 16n, 16n, 'EPROTONOSUPPORT'],
    ['packet', 17n, 0n, 'EAFNOSUPPORT'],
    ['tipc', 30n, 0n, 'EAFNOSUPPORT'],
    ['alg', 38n, 0n, 'EAFNOSUPPORT'],
    ['vsock', 40n, 0n, 'EAFNOSUPPORT'],
    ['xdp', 44n, 0n, 'EAFNOSUPPORT'],
    ['vsock with an upper bit', (1n << 32n) | 40n, 0n, 'EAFNOSUPPORT'],
    ['minus one', -1n, 0n, 'EAFNOSUPPORT'],
  ];
  for (const [name, family, protocol, expected] of decisions) {
    assert.equal(ask('socket', family, 1n, protocol), expected, name);
  }
  assert.equal(ask('socketpair', 1n, 1n, 0n), 'allow');
  assert.equal(ask('socketpair', 2n, 1n, 0n), 'EAFNOSUPPORT');
  assert.equal(ask('socketpair', 16n, 1n, 0n), 'EAFNOSUPPORT');
});

test('typing into a terminal is refused, also with bits set that the kernel drops; its size can be read', () => {
  for (const request of [0x5412n, 0x541cn, 0x1_0000_5412n, 0xffff_ffff_0000_541cn]) {
    assert.equal(ask('ioctl', 0n, request), 'EPERM', request.toString(16));
  }
  for (const request of [0x5401n, 0x5413n, 0x5411n]) assert.equal(ask('ioctl', 0n, request), 'allow');
});

test('a personality can be asked for, and set to the default only', () => {
  assert.equal(ask('personality', 0xffff_ffffn), 'allow');
  assert.equal(ask('personality', 0n), 'allow');
  for (const value of [0x0040000n, 0x0400000n, 8n]) assert.equal(ask('personality', value), 'EPERM');
});

test('without takes away the measures that it names, and no other', () => {
  const open = buildSeccompFilter({ without: ['ptrace', 'socket', 'clone3'] });
  assert.equal(decide(open, { number: numberOf('ptrace') }), 'allow');
  assert.equal(decide(open, { number: numberOf('socket'), args: [40n] }), 'allow');
  assert.equal(decide(open, { number: numberOf('clone3') }), 'allow');
  assert.equal(decide(open, { number: numberOf('bpf') }), 'EPERM');
  assert.equal(decide(open, { number: 0, architecture: I386 }), 'kill');
  const foreign = buildSeccompFilter({ without: [FOREIGN_ABI] });
  assert.equal(decide(foreign, { number: 20, architecture: I386 }), 'allow');
  assert.equal(decide(foreign, { number: 0x4000_0000 + 39 }), 'allow');
  assert.equal(decide(foreign, { number: numberOf('ptrace') }), 'EPERM');
  assert.throws(() => buildSeccompFilter({ without: ['ptrase'] }), RangeError);
});

test('the program is short enough for the kernel', () => {
  assert.equal(filter.length % 8, 0);
  assert.ok(filter.length / 8 <= 4096);
});
