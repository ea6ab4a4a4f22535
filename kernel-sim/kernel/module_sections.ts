/**
 * module_sections - where the parts of a module are said to lie, and the notes in it (kernel/module/sysfs.c).
 *
 *     base               .text, .exit.text; a page further what is read only, one further .data and .bss
 *     base + INIT        .init.text and the rest of what is given back once init is done; it is still shown
 *
 * Divergence: a module of ring3 has no sections. These are the ones that GCC makes of a module in C with the same functions and
 * parameters, so that what looks for them finds them.
 */

import { Writer } from '../../src/lib/bytes.ts';
import type { Module } from './module.ts';

const PAGE = 0x1000n;
/** From a module to what is only there while its init runs. */
const INIT = 0x2000_0000n;
/** How far the functions of a module are apart. */
const FUNCTION_SIZE = 64n;

/** Section by section: where it begins, and for which modules there is one. */
const sections: Readonly<Record<string, { readonly at: bigint; readonly has?: (module: Module) => boolean }>> = {
	'.note.gnu.build-id': { at: PAGE },
	'.note.Linux': { at: PAGE + 0x24n },
	'.text': { at: 0n },
	'.exit.text': { at: FUNCTION_SIZE, has: ({ definition }) => definition.exit !== undefined },
	'.init.text': { at: INIT, has: ({ definition }) => definition.init !== undefined },
	'.rodata.str1.1': { at: PAGE + 0x54n },
	__param: { at: PAGE + 0x100n, has: ({ params }) => params.names.length > 0 },
	'.rodata': { at: PAGE + 0x800n },
	'.data': { at: PAGE * 2n + 0x400n },
	'.gnu.linkonce.this_module': { at: PAGE * 2n },
	'.bss': { at: PAGE * 2n + 0x800n },
	'.symtab': { at: INIT + PAGE },
	'.strtab': { at: INIT + PAGE + 0x800n },
};

/** Names of the sections of a module. */
export function sectionNames(module: Module): readonly string[] {
	const all = Object.entries(sections);
	return all.filter(([, { has }]) => has === undefined || has(module)).map(([name]) => name);
}

/** Where a section of a module begins. TypeError for a name that there is not. */
export function sectionAddress({ base }: Module, name: string): bigint {
	const section = sections[name];
	if (section === undefined) throw new TypeError(`no module has a section ${name}`);
	return base + section.at;
}

const NT_GNU_BUILD_ID = 3;
/** What the kernel says in notes of its own: that it has no build salt, and is built without LTO (linux/elfnote-lto.h). */
const LINUX_ELFNOTE_LTO_INFO = 0x101;
const LINUX_ELFNOTE_BUILD_SALT = 0x100;

/** The notes of the kernel itself, and of each of its modules. */
export function linuxNotes(): Uint8Array {
	const linux = new Writer();
	elfNote(linux, 'Linux', LINUX_ELFNOTE_LTO_INFO, new Uint8Array(4));
	elfNote(linux, 'Linux', LINUX_ELFNOTE_BUILD_SALT, new Uint8Array(1));
	return linux.finish();
}

/** The notes of a module, by section: `.note.gnu.build-id` has the digest of its text. */
export function notesOf({ image }: Module): Readonly<Record<string, Uint8Array>> {
	const buildId = new Writer();
	elfNote(buildId, 'GNU', NT_GNU_BUILD_ID, image.digest);
	return { '.note.gnu.build-id': buildId.finish(), '.note.Linux': linuxNotes() };
}

/** Elf_Nhdr, name and description, both filled up to four bytes. */
function elfNote(out: Writer, name: string, type: number, description: Uint8Array): void {
	out.u32(name.length + 1);
	out.u32(description.length);
	out.u32(type);
	out.cstring(name);
	out.align(4);
	out.bytes(description);
	out.align(4);
}
