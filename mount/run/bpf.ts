/**
 * bpf - the filter program that decides which system calls come to the machine (Documentation/userspace-api/seccomp_filter.rst).
 *
 *     struct seccomp_data    nr at 0, arch at 4, instruction pointer at 8, six arguments of 8 bytes from 16 on
 *
 *     another architecture, x32                        ENOSYS
 *     a number beyond what Linux has                   to the machine: a system call of its own
 *     a number in a rule, one of its cases met         to the machine, or an errno
 *     everything else                                  the host's, at full speed
 *
 * The kernel keeps a bitmap of the numbers that are allowed whatever their arguments are, and does not even run the program for
 * them. It runs for those in a rule with cases, which are found by halves.
 */

import { type ErrnoName, errno } from '../../src/lib/errno.ts';
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, sock_filter } from '../../src/uapi/seccomp.ts';
import { type Architecture, absent } from './numbers.ts';
import type { Condition, Rule } from './rules.ts';

/** BPF_CLASS | BPF_SIZE | BPF_MODE, BPF_OP | BPF_SRC (include/uapi/linux/bpf_common.h). */
const LD_W_ABS = 0x20;
const JA = 0x05;
const JEQ_K = 0x15;
const JGE_K = 0x35;
const RET_K = 0x06;

/** Bit of the numbers of x32 programs. */
const X32_SYSCALL_BIT = 0x40000000;
/** Linux has no number from here on, and the machine may have. */
export const FIRST_OWN_NUMBER = 512;
/** Bound: instructions of one program (BPF_MAXINSNS). */
const BPF_MAXINSNS = 4096;

interface Instruction {
	readonly code: number;
	readonly jt: number;
	readonly jf: number;
	readonly k: number;
}

const ret = (k: number): Instruction => ({ code: RET_K, jt: 0, jf: 0, k });
const load = (offset: number): Instruction => ({ code: LD_W_ABS, jt: 0, jf: 0, k: offset });
const jump = (code: number, k: number, jt: number, jf: number): Instruction => ({ code, jt, jf, k });

const noSuchCall = ret(SECCOMP_RET_ERRNO | errno.ENOSYS);

/** What is done with one number. It ends with a return. */
interface Decision {
	readonly number: number;
	readonly body: readonly Instruction[];
}

const notify = ret(SECCOMP_RET_USER_NOTIF);
const allow = ret(SECCOMP_RET_ALLOW);

/**
 * The program for some rules, as an array of struct sock_filter. `taken` are calls of the host's that the machine has taken
 * over, besides those in the rules. Throws RangeError for more than fits into one program.
 */
export function filterProgram(
	{ audit, numbers }: Architecture,
	rules: readonly Rule[],
	taken: readonly number[] = [],
): Uint8Array {
	const decisions = new Map<number, readonly Instruction[]>();
	for (const rule of rules) decisions.set(numbers[rule.call], bodyOf(rule));
	decisions.delete(absent);
	for (const number of taken) decisions.set(number, [notify]);
	const sorted = [...decisions].map(([number, body]) => ({ number, body })).sort((a, b) => a.number - b.number);
	const program = [
		load(4),
		jump(JEQ_K, audit, 1, 0),
		noSuchCall,
		load(0),
		jump(JGE_K, X32_SYSCALL_BIT, 0, 1),
		noSuchCall,
		jump(JGE_K, FIRST_OWN_NUMBER, 0, 1),
		notify,
		...search(sorted),
	];
	if (program.length > BPF_MAXINSNS) throw new RangeError(`${program.length} instructions`);
	return encode(program);
}

/** Finds the decision about the number that is loaded. */
function search(sorted: readonly Decision[]): readonly Instruction[] {
	const [only] = sorted;
	if (only === undefined) return [allow];
	if (sorted.length === 1) return [jump(JEQ_K, only.number, 1, 0), allow, ...only.body];
	const middle = Math.ceil(sorted.length / 2);
	const lower = search(sorted.slice(0, middle));
	// A jump that a comparison makes goes no further than 255 instructions.
	const skip = { code: JA, jt: 0, jf: 0, k: lower.length };
	return [jump(JGE_K, sorted[middle]!.number, 0, 1), skip, ...lower, ...search(sorted.slice(middle))];
}

function bodyOf({ cases, refuse }: Rule): readonly Instruction[] {
	if (cases === undefined) return [action(refuse)];
	return [...cases.flatMap(({ when, refuse }) => test(when, action(refuse))), allow];
}

function action(refuse: ErrnoName | undefined): Instruction {
	return refuse === undefined ? notify : ret(SECCOMP_RET_ERRNO | errno[refuse]);
}

/**
 * Ends with `action` where all conditions are met, and goes on behind itself where one is not. The kernel takes descriptors and
 * families from the low half of a register.
 */
function test([condition, ...others]: readonly Condition[], action: Instruction): readonly Instruction[] {
	if (condition === undefined) return [action];
	const { arg, from, to } = condition;
	const rest = test(others, action);
	const low = load(16 + 8 * arg);
	if (to === from + 1) return [low, jump(JEQ_K, from, 0, rest.length), ...rest];
	if (to > 0xffffffff) return [low, jump(JGE_K, from, 0, rest.length), ...rest];
	return [low, jump(JGE_K, from, 0, rest.length + 1), jump(JGE_K, to, rest.length, 0), ...rest];
}

function encode(program: readonly Instruction[]): Uint8Array {
	const bytes = new Uint8Array(program.length * sock_filter.size);
	const view = new DataView(bytes.buffer);
	for (const [i, instruction] of program.entries()) sock_filter.encode(view, i * sock_filter.size, instruction);
	return bytes;
}
