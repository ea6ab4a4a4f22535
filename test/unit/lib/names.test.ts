/** names.test - flags and enumerations by name. */

import t from 'tap';
import { enumerationPrinter, flagsPrinter } from '../../../src/lib/names.ts';
import { access_choice, open_flag } from '../../../src/uapi/fcntl.ts';

const rights = { EXEC: 1, READ: 4, WRITE: 2, TOP: 0x80000000 } as const;

t.test('flags: numeric order, joined, the rest in hexadecimal', async t => {
	const print = flagsPrinter(rights);
	const cases: [number, string][] = [
		[0, '0'],
		[1, 'EXEC'],
		[7, 'EXEC|WRITE|READ'],
		[0x80000001, 'EXEC|TOP'],
		[-0x7fffffff, 'EXEC|TOP'],
		[8, '0x8'],
		[0x1c, 'READ|0x18'],
		[0xffffffff, 'EXEC|WRITE|READ|TOP|0x7ffffff8'],
		[-1, 'EXEC|WRITE|READ|TOP|0x7ffffff8'],
	];
	for (const [value, want] of cases) t.equal(print(value), want, String(value));
});

t.test('flags: a name of several bits is printed only when all of them are there', async t => {
	const print = flagsPrinter({ LOW: 3, HIGH: 8 });
	t.equal(print(3), 'LOW');
	t.equal(print(2), '0x2');
	t.equal(print(10), 'HIGH|0x2');
});

t.test('flags: a number among them is printed by its own names', async t => {
	const print = flagsPrinter(open_flag, [access_choice]);
	const cases: [number, string][] = [
		[0, 'O_RDONLY'],
		[1, 'O_WRONLY'],
		[0o2, 'O_RDWR'],
		[0o3, '3'],
		[0o104002, 'O_RDWR|O_NONBLOCK|O_LARGEFILE'],
		[0o4010000, 'O_RDONLY|O_DSYNC|__O_SYNC'],
		[0x80000002, 'O_RDWR|0x80000000'],
	];
	for (const [value, want] of cases) t.equal(print(value), want, value.toString(8));
});

t.test('flags: a table that cannot be printed is refused when it is made', async t => {
	const tables: [string, Record<string, number>][] = [
		['two names for one bit', { A: 1, B: 1 }],
		['bits that overlap', { A: 3, B: 2 }],
		['no bit', { A: 0 }],
		['more than 32 bits', { A: 2 ** 32 }],
		['a negative number', { A: -1 }],
		['half a bit', { A: 0.5 }],
	];
	for (const [what, table] of tables) t.throws(() => flagsPrinter(table), TypeError, what);
	t.throws(() => flagsPrinter({ A: 1 }, [{ mask: 3, names: {} }]), TypeError, 'a bit of a choice');
	t.throws(() => flagsPrinter({ O_A: 1, O_B: 1 }), { message: 'flag table: O_B has a bit that another name has' });
});

t.test('enumeration: the name, else the number', async t => {
	const print = enumerationPrinter({ FIRST: 0, SECOND: 1, ALIAS: 1, NEGATIVE: -1 });
	const cases: [number, string][] = [
		[0, 'FIRST'],
		[1, 'SECOND'],
		[-1, 'NEGATIVE'],
		[2, '2'],
	];
	for (const [value, want] of cases) t.equal(print(value), want);
});
