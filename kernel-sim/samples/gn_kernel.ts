/**
 * gn_kernel - CONTROL_EXMPL, a family of generic netlink with one command: it says hello to whoever sends it a string.
 *
 *     genl ctrl get name CONTROL_EXMPL
 */

import { defineModule, genlFamily, NLA_NUL_STRING } from '../index.ts';

/** Commands of the family. */
export const DOC_EXMPL_C = { ECHO: 1 } as const;

export default defineModule({
	name: 'gn_kernel',
	license: 'GPL',
	description: 'A family of generic netlink',

	init({ genl, pr }) {
		genl.registerFamily(
			genlFamily({
				name: 'CONTROL_EXMPL',
				version: 1,
				policy: { DOC_EXMPL_A_MSG: [1, NLA_NUL_STRING()] },
				ops: {
					[DOC_EXMPL_C.ECHO]: {
						doit(info) {
							const { DOC_EXMPL_A_MSG: message } = info.attrs;
							if (message === undefined) pr.info('no info->attrs %d\n', 1);
							else pr.info('received: %s\n', message);
							const answer = { DOC_EXMPL_A_MSG: 'hello world from kernel space' };
							info.reply(DOC_EXMPL_C.ECHO, answer, { seq: info.sndSeq + 1, portid: 0 });
						},
					},
				},
			}),
		);
	},
});
