/**
 * modinfo - what an ELF file says of the module in it: `name=hello`, `license=GPL` and so on (section .modinfo).
 */

import { bytes, struct, u16, u32, u64 } from '../lib/struct.ts';
import { decodeName } from '../lib/text.ts';

/** include/uapi/linux/elf.h; 64 bits, the less significant byte first. */
const elf64_hdr = struct('elf64_hdr', 64, {
	e_ident: bytes(16),
	e_type: u16,
	e_machine: u16,
	e_version: u32,
	e_entry: bytes(8),
	e_phoff: bytes(8),
	e_shoff: u64,
	e_flags: u32,
	e_ehsize: u16,
	e_phentsize: u16,
	e_phnum: u16,
	e_shentsize: u16,
	e_shnum: u16,
	e_shstrndx: u16,
});

const elf64_shdr = struct('elf64_shdr', 64, {
	sh_name: u32,
	sh_type: u32,
	sh_flags: bytes(8),
	sh_addr: bytes(8),
	sh_offset: u64,
	sh_size: u64,
	sh_link: u32,
	sh_info: u32,
	sh_addralign: bytes(8),
	sh_entsize: bytes(8),
});

const magic = [0x7f, 0x45, 0x4c, 0x46, 2, 1];

/** The entries by their names, the first where there are several; undefined for what is no such file. */
export function modinfo(image: Uint8Array): ReadonlyMap<string, string> | undefined {
	const section = findSection(image, '.modinfo');
	if (section === undefined) return undefined;
	const entries = new Map<string, string>();
	for (const text of decodeName(section).split('\0')) {
		const equals = text.indexOf('=');
		const name = text.slice(0, equals);
		if (equals > 0 && !entries.has(name)) entries.set(name, text.slice(equals + 1));
	}
	return entries;
}

function findSection(image: Uint8Array, name: string): Uint8Array | undefined {
	if (image.length < elf64_hdr.size || magic.some((byte, i) => image[i] !== byte)) return undefined;
	const view = new DataView(image.buffer, image.byteOffset, image.length);
	const { e_shoff, e_shentsize, e_shnum, e_shstrndx } = elf64_hdr.decode(view, 0);
	const header = (index: number) => {
		const offset = Number(e_shoff) + index * e_shentsize;
		return offset + elf64_shdr.size <= image.length ? elf64_shdr.decode(view, offset) : undefined;
	};
	const names = contents(image, header(e_shstrndx));
	for (let index = 0; index < e_shnum; index++) {
		const found = header(index);
		if (found !== undefined && stringAt(names, found.sh_name) === name) return contents(image, found);
	}
	return undefined;
}

function contents(image: Uint8Array, header?: { readonly sh_offset: bigint; readonly sh_size: bigint }): Uint8Array {
	if (header === undefined) return new Uint8Array(0);
	const offset = Number(header.sh_offset);
	return image.subarray(offset, offset + Number(header.sh_size));
}

function stringAt(table: Uint8Array, offset: number): string {
	const end = table.indexOf(0, offset);
	return decodeName(table.subarray(offset, end < 0 ? table.length : end));
}
