/** kobject_uevent - what an event is made of, when none is sent, and what is written to a `uevent` file. */

import t, { type Test } from 'tap';
import { Kobject, type Kset, kobjectCreateAndAdd, ksetCreateAndAdd } from '../../../kernel-sim/lib/kobject.ts';
import {
	KOBJECT_ACTIONS,
	KobjUeventEnv,
	kobjectSynthUevent,
	kobjectUevent,
	kobjectUeventEnv,
	type Uevent,
} from '../../../kernel-sim/lib/kobject_uevent.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { Booted } from '../fs/proc/booted.ts';

/** A machine with a set /sys/kernel/set and an object in it. */
class Machine extends Booted {
	readonly kset: Kset;
	readonly kobj = new Kobject();
	readonly events: Uevent[] = [];
	/** Events that booting has sent. */
	readonly before = this.kernel.uevents.seqnum;

	constructor(t: Test) {
		super(t);
		this.kset = ksetCreateAndAdd('set', this.kernel.sysfs.kernel);
		this.kobj.kset = this.kset;
		this.kobj.add(undefined, 'one');
		this.kernel.uevents.listen(event => this.events.push(event));
	}

	/** The variables of the events since the last call. */
	sent(): (readonly string[])[] {
		return this.events.splice(0).map(({ env }) => env);
	}
}

t.test('kobject_uevent_env: the message has its variables in the order of Linux', t => {
	const { kobj, kset, events, before } = new Machine(t);
	kset.ueventOps = { uevent: (_kobj, env) => env.add('DRIVER=x') };
	kobjectUeventEnv(kobj, 'change', ['MINE=1']);
	const want = [
		'change@/kernel/set/one',
		'ACTION=change',
		'DEVPATH=/kernel/set/one',
		'SUBSYSTEM=set',
		'MINE=1',
		'DRIVER=x',
		`SEQNUM=${before + 1}`,
		'',
	];
	t.equal(Buffer.from(events[0]!.message).toString(), want.join('\0'));
	t.match(events[0], { action: 'change', devpath: '/kernel/set/one', subsystem: 'set', env: want.slice(1, -1) });
	t.end();
});

t.test('kobject_uevent_env: the nearest set above an object is the one that counts', t => {
	const machine = new Machine(t);
	const below = kobjectCreateAndAdd('below', machine.kobj);
	kobjectUeventEnv(below, 'add');
	t.match(machine.sent(), [
		['ACTION=add', 'DEVPATH=/kernel/set/one/below', 'SUBSYSTEM=set', `SEQNUM=${machine.before + 1}`],
	]);
	const outside = kobjectCreateAndAdd('outside', machine.kernel.sysfs.kernel);
	t.throws(() => kobjectUeventEnv(outside, 'add'), { code: 'EINVAL' });
	kobjectUevent(outside, 'add');
	t.same(machine.sent(), []);
	t.end();
});

t.test('kobject_uevent_env: an object or its set may want none', t => {
	const machine = new Machine(t);
	const { kobj, kset, kernel } = machine;
	kobj.ueventSuppress = true;
	kobjectUeventEnv(kobj, 'add');
	kobj.ueventSuppress = false;
	kset.ueventOps = { filter: () => false };
	kobjectUeventEnv(kobj, 'add');
	kset.ueventOps = { name: () => undefined };
	kobjectUeventEnv(kobj, 'add');
	kset.ueventOps = {
		uevent() {
			throw new Errno('ENODEV');
		},
	};
	t.throws(() => kobjectUeventEnv(kobj, 'add'), { code: 'ENODEV' });
	t.same(machine.sent(), []);
	t.equal(kernel.uevents.seqnum, machine.before);
	kset.ueventOps = { name: () => 'renamed' };
	kobjectUeventEnv(kobj, 'add');
	t.match(machine.sent(), [
		['ACTION=add', 'DEVPATH=/kernel/set/one', 'SUBSYSTEM=renamed', `SEQNUM=${machine.before + 1}`],
	]);
	t.end();
});

t.test('kobject_del: "remove" is sent where "add" was, once', t => {
	const machine = new Machine(t);
	const { kobj, kset } = machine;
	const actions = () => machine.sent().map(([action]) => action);
	kobj.del();
	t.same(actions(), []);
	const add = () => {
		const next = new Kobject();
		next.kset = kset;
		next.add(undefined, 'next');
		next.uevent('add');
		return next;
	};
	add().del();
	t.same(actions(), ['ACTION=add', 'ACTION=remove']);
	const next = add();
	next.uevent('remove');
	next.put();
	t.same(actions(), ['ACTION=add', 'ACTION=remove']);
	t.end();
});

t.test('add_uevent_var: 64 variables and 2048 bytes, no more', t => {
	const env = new KobjUeventEnv();
	for (let i = 0; i < 64; i++) env.add(`V=${i}`);
	t.throws(() => env.add('V=64'), { code: 'ENOMEM' });
	const full = new KobjUeventEnv();
	full.add('x'.repeat(2047));
	t.throws(() => full.add(''), { code: 'ENOMEM' });
	t.throws(() => new KobjUeventEnv().add('\u00e9'.repeat(1024)), { code: 'ENOMEM' }, 'bytes, not characters');
	const zapped = new KobjUeventEnv();
	for (const variable of ['A=1', 'MODALIAS=platform:x', 'B=2']) zapped.add(variable);
	zapped.zapModalias();
	zapped.zapModalias();
	t.same(zapped.envp, ['A=1', 'B=2']);
	t.end();
});

t.test('KOBJ_UNBIND: has no MODALIAS', t => {
	const machine = new Machine(t);
	machine.kset.ueventOps = { uevent: (_kobj, env) => env.add('MODALIAS=x') };
	machine.kobj.uevent('bind');
	machine.kobj.uevent('unbind');
	t.same(
		machine.sent().map(env => env.includes('MODALIAS=x')),
		[true, false],
	);
	t.end();
});

t.test('kobject_synth_uevent: an action, and perhaps a UUID and arguments', t => {
	const machine = new Machine(t);
	const { kobj } = machine;
	const synth = (text: string) => {
		kobjectSynthUevent(kobj, text);
		return machine.sent()[0]!.filter(variable => /^(ACTION|SYNTH)/.test(variable));
	};
	for (const action of KOBJECT_ACTIONS) t.same(synth(action), [`ACTION=${action}`, 'SYNTH_UUID=0']);
	t.same(synth('add\n'), ['ACTION=add', 'SYNTH_UUID=0']);
	const uuid = 'fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed';
	t.same(synth(`change ${uuid}`), ['ACTION=change', `SYNTH_UUID=${uuid}`]);
	t.same(synth(`change ${uuid} A=1 bC=2d\n`), [
		...['ACTION=change', `SYNTH_UUID=${uuid}`, 'SYNTH_ARG_A=1', 'SYNTH_ARG_bC=2d'],
	]);
	const bad = ['', '\n', 'ADD', 'adds', 'ad', ' add', 'add\n\n', 'add ', `add ${uuid.slice(1)}`, `add x${uuid}`];
	bad.push(
		`add ${uuid} `,
		`add ${uuid} A`,
		`add ${uuid} A=`,
		`add ${uuid} A_B=1`,
		`add ${uuid}A=1`,
		`add ${uuid}  A=1`,
	);
	bad.push(`add ${uuid} =1`, `add ${uuid} A=1 `, `add ${uuid} A=1=2`);
	for (const text of bad) {
		machine.host.lines.length = 0;
		t.throws(() => kobjectSynthUevent(kobj, text), { code: 'EINVAL' }, JSON.stringify(text));
		const why = /^(\n)?$|^(?!add )/.test(text) ? 'unknown uevent action string' : 'incorrect uevent action arguments';
		t.match(machine.host.lines.at(-1), `synth uevent: /kernel/set/one: ${why}`, JSON.stringify(text));
	}
	t.same(machine.sent(), []);
	t.end();
});

t.test('Uevents: who stops listening hears no more, and the count goes on', async t => {
	const machine = new Machine(t);
	const seen: number[] = [];
	const stop = machine.kernel.uevents.listen(({ env }) => seen.push(env.length));
	machine.kobj.uevent('add');
	stop();
	machine.kobj.uevent('change');
	t.equal(seen.length, 1);
	t.equal(await machine.read('/sys/kernel/uevent_seqnum'), `${machine.before + 2}\n`);
});
