/**
 * bpf - the filter program that decides which system calls come to the machine (Documentation/userspace-api/seccomp_filter.rst).
 *
 *     struct seccomp_data    nr at 0, arch at 4, instruction pointer at 8, six arguments of 8 bytes from 16 on
 *
 *     another architecture, x32                        ENOSYS
 *     a number beyond what Linux has                   to the machine: a system call of its own
 *     a number in a rule, its condition met            to the machine, or an errno
 *     everything else                                  the host's, at full speed
 *
 * The kernel keeps a bitmap of the numbers that are allowed whatever their arguments are, and does not even run the program for
 * them. It runs for those in a rule with a condition, in a straight line of comparisons.
 */

import { errno } from '../../src/lib/errno.ts';
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, sock_filter } from '../../src/uapi/seccomp.ts';
import type { Architecture } from './numbers.ts';
import type { Condition, Rule } from './rules.ts';

/** BPF_CLASS | BPF_SIZE | BPF_MODE, BPF_OP | BPF_SRC (include/uapi/linux/bpf_common.h). */
const LD_W_ABS = 0x20;
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

/**
 * The program for some rules, as an array of struct sock_filter. `numbers` are calls of the host's that the machine has taken
 * over, besides those in the rules. Throws RangeError for more than fits into one program.
 */
export function filterProgram(
	{ audit, numbers }: Architecture,
	rules: readonly Rule[],
	taken: readonly number[] = [],
): Uint8Array {
	const notify = ret(SECCOMP_RET_USER_NOTIF);
	const program = [
		load(4),
		jump(JEQ_K, audit, 1, 0),
		noSuchCall,
		load(0),
		jump(JGE_K, X32_SYSCALL_BIT, 0, 1),
		noSuchCall,
		jump(JGE_K, FIRST_OWN_NUMBER, 0, 1),
		notify,
		...taken.flatMap(number => [jump(JEQ_K, number, 0, 1), notify]),
		...rules.flatMap(rule => block(numbers[rule.call], rule)),
		ret(SECCOMP_RET_ALLOW),
	];
	if (program.length > BPF_MAXINSNS) throw new RangeError(`${program.length} instructions`);
	return encode(program);
}

/** What is done with one number; a number that is another's jumps over it. */
function block(number: number, { when, refuse }: Rule): Instruction[] {
	const action = ret(refuse === undefined ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | errno[refuse]);
	const body =
		when === undefined ? [action] : [...when.flatMap(condition => test(condition, action)), ret(SECCOMP_RET_ALLOW)];
	return [jump(JEQ_K, number, 0, body.length), ...body];
}

/** Ends with `action` where a condition is met. The kernel takes descriptors and families from the low half of a register. */
function test({ arg, from, to }: Condition, action: Instruction): Instruction[] {
	const low = load(16 + 8 * arg);
	if (to === from + 1) return [low, jump(JEQ_K, from, 0, 1), action];
	return [low, jump(JGE_K, from, 0, 2), jump(JGE_K, to, 1, 0), action];
}

function encode(program: readonly Instruction[]): Uint8Array {
	const bytes = new Uint8Array(program.length * sock_filter.size);
	const view = new DataView(bytes.buffer);
	for (const [i, instruction] of program.entries()) sock_filter.encode(view, i * sock_filter.size, instruction);
	return bytes;
}
