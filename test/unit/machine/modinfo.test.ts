/** modinfo.test - what is said of a module in an ELF file, and files that are none. */

import t from 'tap';
import { modinfo } from '../../../src/machine/modinfo.ts';

/** An ELF file of one section besides the table of names. */
function elf(name: string, contents: string): Buffer {
	const names = Buffer.from(`\0${name}\0.shstrtab\0`, 'latin1');
	const data = Buffer.from(contents, 'latin1');
	const file = Buffer.alloc(64 + names.length + data.length + 3 * 64);
	const headers = 64 + names.length + data.length;
	file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
	file.writeBigUInt64LE(BigInt(headers), 40);
	file.writeUInt16LE(64, 58);
	file.writeUInt16LE(3, 60);
	file.writeUInt16LE(2, 62);
	names.copy(file, 64);
	data.copy(file, 64 + names.length);
	const section = (index: number, nameAt: number, offset: number, size: number) => {
		const at = headers + index * 64;
		file.writeUInt32LE(nameAt, at);
		file.writeBigUInt64LE(BigInt(offset), at + 24);
		file.writeBigUInt64LE(BigInt(size), at + 32);
	};
	section(1, 1, 64 + names.length, data.length);
	section(2, name.length + 2, 64, names.length);
	return file;
}

const text = 'license=GPL\0name=hello\0alias=a=b\0alias=second\0=nothing\0plain\0';

t.test('modinfo: the entries by their names, the first of each', async t => {
	t.same(
		[...modinfo(elf('.modinfo', text))!],
		[
			['license', 'GPL'],
			['name', 'hello'],
			['alias', 'a=b'],
		],
	);
	t.same([...modinfo(elf('.modinfo', ''))!], []);
});

t.test('modinfo: what is no such file is nothing, wherever it ends', async t => {
	const file = elf('.modinfo', text);
	t.equal(modinfo(elf('.text', text)), undefined);
	t.equal(modinfo(new Uint8Array(0)), undefined);
	t.equal(modinfo(Buffer.alloc(1000)), undefined);
	for (let length = 0; length < file.length; length++)
		t.doesNotThrow(() => modinfo(file.subarray(0, length)), `${length}`);
	for (let at = 40; at < 64; at++) {
		const damaged = Buffer.from(file);
		damaged[at] = 0xff;
		t.doesNotThrow(() => modinfo(damaged), `byte ${at}`);
	}
});
