/** reboot.test - reboot(2): who may, what it says, and that the machine ends. */

import t from 'tap';
import { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import type { Pr } from '../../../kernel-sim/kernel/printk.ts';
import { Reboot } from '../../../kernel-sim/kernel/reboot.ts';
import type { SyscallContext } from '../../../src/boundary/syscall.ts';
import type { Errno } from '../../../src/lib/errno.ts';
import { CAP_SYS_BOOT } from '../../../src/uapi/capability.ts';
import { LINUX_REBOOT_MAGIC1, reboot_cmd, reboot_magic2 } from '../../../src/uapi/reboot.ts';

const MAGIC2 = reboot_magic2.LINUX_REBOOT_MAGIC2;

function fixture() {
	const said: string[] = [];
	let halted = 0;
	const emerg = (_format: string, text: string) => said.push(text);
	const reboot = new Reboot({ pr: { emerg } as unknown as Pr, host: { halt: () => void halted++ } });
	const memory = new TaskMemory();
	const call = (args: readonly (number | bigint)[], caps: readonly number[] = [CAP_SYS_BOOT]) => {
		const all = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map(arg => BigInt.asUintN(64, BigInt(arg)));
		const ctx = { args: all, memory, capable: (cap: number) => caps.includes(cap) } as unknown as SyscallContext;
		try {
			return reboot.calls.reboot(ctx);
		} catch (error) {
			return (error as Errno).code;
		}
	};
	return { reboot, memory, call, said, halted: () => halted };
}

t.test('reboot: EPERM before anything else, EINVAL for what is not known', async t => {
	const { call, halted } = fixture();
	t.equal(call([1, 2, 3], []), 'EPERM');
	t.equal(call([LINUX_REBOOT_MAGIC1, MAGIC2, reboot_cmd.LINUX_REBOOT_CMD_RESTART], []), 'EPERM');
	for (const args of [
		[0, MAGIC2, 0],
		[LINUX_REBOOT_MAGIC1, 0, 0],
		[LINUX_REBOOT_MAGIC1, MAGIC2, 1],
		[LINUX_REBOOT_MAGIC1, MAGIC2, reboot_cmd.LINUX_REBOOT_CMD_KEXEC],
		[LINUX_REBOOT_MAGIC1, MAGIC2, reboot_cmd.LINUX_REBOOT_CMD_SW_SUSPEND],
	])
		t.equal(call(args), 'EINVAL');
	t.equal(halted(), 0);
});

t.test('reboot: each of the four second numbers does, and what Ctrl-Alt-Del is', async t => {
	const { reboot, call } = fixture();
	for (const magic of Object.values(reboot_magic2)) {
		t.equal(call([LINUX_REBOOT_MAGIC1, magic, reboot_cmd.LINUX_REBOOT_CMD_CAD_OFF]), 0);
		t.equal(reboot.cad, 0);
		t.equal(call([LINUX_REBOOT_MAGIC1 - 2 ** 32, magic, reboot_cmd.LINUX_REBOOT_CMD_CAD_ON]), 0);
		t.equal(reboot.cad, 1);
	}
});

t.test('reboot: the machine says why, and is switched off', async t => {
	const { memory, call, said, halted } = fixture();
	const text = memory.map(Buffer.from(`${'x'.repeat(300)}\0`));
	for (const [cmd, want] of [
		['LINUX_REBOOT_CMD_RESTART', 'Restarting system'],
		['LINUX_REBOOT_CMD_HALT', 'System halted'],
		['LINUX_REBOOT_CMD_POWER_OFF', 'Power down'],
		['LINUX_REBOOT_CMD_RESTART2', `Restarting system with command '${'x'.repeat(255)}'`],
	] as const) {
		const before = halted();
		t.type(call([LINUX_REBOOT_MAGIC1, MAGIC2, reboot_cmd[cmd], text]), Promise, 'it never returns');
		t.equal(said.at(-1), want);
		t.equal(halted(), before + 1);
	}
	t.equal(call([LINUX_REBOOT_MAGIC1, MAGIC2, reboot_cmd.LINUX_REBOOT_CMD_RESTART2, 8]), 'EFAULT');
	t.equal(halted(), 4);
});
