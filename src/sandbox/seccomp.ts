import { allowedSyscalls, refusedSyscalls } from './syscalls.ts';

/*
 * The system calls that a program of a reviewed repository may make, as a seccomp filter for `bwrap --seccomp FD`: a
 * program for the kernel's classic BPF machine (linux/filter.h, linux/seccomp.h). It is assembled here because a machine
 * that runs reviews may have neither libseccomp nor a compiler.
 */

/** One instruction of the filter: struct sock_filter. */
type Instruction = {
  code: number;
  /** The offset of a load, the value of a comparison, or the decision of a return. Unsigned 32 bits. */
  k: number;
  /** The number of instructions to skip if the comparison is true, and if it is false; 0–255. */
  jt: number;
  jf: number;
};

/** Instructions that never run past their end, because every path ends in a return. So blocks can be concatenated. */
type Block = readonly Instruction[];

const AUDIT_ARCH_X86_64 = 0xc000_003e;
const X32_SYSCALL_BIT = 0x4000_0000;

/** Offsets in struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const ARGUMENTS = 16;

const EPERM = 1;
const ENOSYS = 38;
const EPROTONOSUPPORT = 93;
const EAFNOSUPPORT = 97;

const load = (offset: number): Instruction => ({ code: 0x20, k: offset, jt: 0, jf: 0 });
const ifEqual = (k: number, jt: number, jf: number): Instruction => ({ code: 0x15, k, jt, jf });
const ifAtLeast = (k: number, jt: number, jf: number): Instruction => ({ code: 0x35, k, jt, jf });
const ifAnyBit = (k: number, jt: number, jf: number): Instruction => ({ code: 0x45, k, jt, jf });
const decide = (k: number): Instruction => ({ code: 0x06, k, jt: 0, jf: 0 });

const allow = decide(0x7fff_0000);
const kill = decide(0x8000_0000);
const fail = (errno: number): Instruction => decide(0x0005_0000 + errno);

/**
 * Loads the lower half of an argument. The kernel treats all arguments that are checked here as ints and drops the upper
 * half. A filter that compared all 64 bits could be bypassed by setting one of the upper bits (CVE-2019-10063).
 */
const loadArgument = (index: number): Instruction => load(ARGUMENTS + 8 * index);

function isOneOf(index: number, values: readonly number[], yes: Instruction, no: Instruction): Block {
  const comparisons = values.map((value, at) => ifEqual(value, values.length - at, 0));
  return [loadArgument(index), ...comparisons, no, yes];
}

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET; NEWTIME exists for clone3 only. */
const CLONE_NEW_ANY = 0x7e02_0000;

/**
 * Allows Unix and Internet sockets, and NETLINK_ROUTE, by which Go's net package lists interfaces. Other families fail
 * with the error of a kernel that was built without them.
 */
function checkSocket(): Block {
  const netlink = isOneOf(2, [NETLINK_ROUTE], allow, fail(EPROTONOSUPPORT));
  const family = isOneOf(0, [AF_UNIX, AF_INET, AF_INET6], allow, fail(EAFNOSUPPORT));
  return [loadArgument(0), ifEqual(AF_NETLINK, 0, netlink.length), ...netlink, ...family];
}

/**
 * The blocks for calls that are allowed or refused by their arguments, and for `clone3`, which fails with another error
 * than the other refused calls.
 */
const checks: ReadonlyMap<string, Block> = new Map([
  ['clone', [loadArgument(0), ifAnyBit(CLONE_NEW_ANY, 0, 1), fail(EPERM), allow]],
  ['clone3', [fail(ENOSYS)]],
  ['ioctl', isOneOf(1, [TIOCSTI, TIOCLINUX], fail(EPERM), allow)],
  // Only the query and the default value. Others disable address space randomization or make all memory executable.
  ['personality', isOneOf(0, [0, 0xffff_ffff], allow, fail(EPERM))],
  ['socket', checkSocket()],
  ['socketpair', isOneOf(0, [AF_UNIX], allow, fail(EAFNOSUPPORT))],
]);

const allowed: Block = [allow];
const refused: Block = [fail(EPERM)];
/**
 * The block for calls that are newer than the tables. Older kernels fail with ENOSYS, too, so programs can handle it.
 */
const unknown: Block = [fail(ENOSYS)];

/** A range of system calls with the same block: from a number up to the next range. */
type Range = { from: number; block: Block };

function listRanges(without: ReadonlySet<string>): Range[] {
  const blocks: Block[] = [];
  for (const [name, number] of refusedSyscalls) blocks[number] = checks.get(name) ?? refused;
  for (const [name, number] of allowedSyscalls) blocks[number] = checks.get(name) ?? allowed;
  for (const name of without) blocks[numberOf(name)] = allowed;
  const ranges: Range[] = [];
  for (let from = 0; from <= blocks.length; from += 1) {
    const block = blocks[from] ?? unknown;
    if (ranges.at(-1)?.block !== block) ranges.push({ from, block });
  }
  return ranges;
}

function numberOf(name: string): number {
  const number = allowedSyscalls.get(name) ?? refusedSyscalls.get(name);
  if (number === undefined) throw new RangeError(`unknown system call ${name}`);
  return number;
}

/** A binary search for the range of the loaded number: about eight comparisons, and only short jumps. */
function searchRanges(ranges: readonly Range[]): Block {
  const middle = ranges.length >> 1;
  const [first, split] = [ranges[0], ranges[middle]];
  if (first === undefined || split === undefined) return unknown;
  if (middle === 0) return first.block;
  const below = searchRanges(ranges.slice(0, middle));
  const above = searchRanges(ranges.slice(middle));
  return [ifAtLeast(split.from, below.length, 0), ...below, ...above];
}

/** Checks how the kernel was called. amd64 has two more ways with other numbers: `int 0x80` of i386, and x32. */
function checkAbi(foreign: { i386: Instruction; x32: Instruction }): Instruction[] {
  return [
    load(ARCHITECTURE),
    ifEqual(AUDIT_ARCH_X86_64, 1, 0),
    foreign.i386,
    load(NUMBER),
    ifAnyBit(X32_SYSCALL_BIT, 0, 1),
    foreign.x32,
  ];
}

/** Encodes a program as an array of struct sock_filter: u16 code, u8 jt, u8 jf, u32 k; little endian, as on amd64. */
function encodeProgram(program: Block): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}

/** The name by which `without` of `buildSeccompFilter` removes the check of how the kernel is called. */
export const FOREIGN_ABI = 'foreign-abi';

/**
 * The filter as `bwrap --seccomp FD` reads it, for amd64 only. A refused call fails with EPERM, as does an x32 call; a
 * call that Linux did not have when the tables were written fails with ENOSYS; a program that makes an i386 call is
 * killed (SIGSYS).
 *
 * `without` removes checks, for tests that prove the purpose of each: names of system calls to allow with any arguments
 * (`ptrace`, `socket`, `clone`), or FOREIGN_ABI. Throws a RangeError for an unknown name.
 */
export function buildSeccompFilter(options: { without?: readonly string[] } = {}): Buffer {
  const without = new Set(options.without);
  const anyAbi = without.delete(FOREIGN_ABI);
  const foreign = anyAbi ? { i386: allow, x32: allow } : { i386: kill, x32: fail(EPERM) };
  return encodeProgram([...checkAbi(foreign), ...searchRanges(listRanges(without))]);
}
