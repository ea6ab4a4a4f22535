/**
 * contract_netlink - protocol 31, which answers and dumps, and the family `contract_genl`, new commands and old.
 */

import {
	defineModule,
	Errno,
	genlFamily,
	NLA_NESTED,
	NLA_NUL_STRING,
	NLA_U32,
	netlinkDumpStart,
	netlinkRcv,
	nlaPolicy,
	nlmsgNew,
} from 'ring3/kernel';

const NETLINK_TEST = 31;
/** Types of messages. */
export const TEST_ECHO = 16;
export const TEST_DUMP = 17;
export const TEST_CHANGE = 18;
export const TEST_OOPS = 19;
export const TEST_SLEEP = 20;
export const TEST_TELL = 21;
/** Objects of a dump, and bytes of the message of each. */
export const OBJECTS = 1000;
export const OBJECT_SIZE = 44;

/** Commands of the family. */
export const C = { STRICT: 1, OLD: 2, ADMIN: 3, DUMP: 4 } as const;

const nest = nlaPolicy({ INNER: [1, NLA_U32] });
const rows = { TEXT: [1, NLA_NUL_STRING(8)], NUMBER: [2, NLA_U32], NEST: [3, NLA_NESTED(nest)] } as const;

export default defineModule({
	name: 'contract_netlink',
	license: 'GPL',
	state: () => ({ generation: 0, done: 0 }),

	init({ netlink, genl, time, state, pr }) {
		const objects = Array.from({ length: OBJECTS }, (_, index) => index);
		const sock = netlink.kernelCreate(NETLINK_TEST, {
			groups: 3,
			input: skb =>
				netlinkRcv(skb, (skb, message, extack) => {
					const { payload } = message;
					switch (message.type) {
						case TEST_ECHO:
							if (payload.length === 0) {
								extack.setErrMsg('empty message');
								throw new Errno('EINVAL');
							}
							return sock.unicast(skb.portid, TEST_ECHO, payload, message.seq);
						case TEST_DUMP:
							return netlinkDumpStart(
								skb,
								message,
								{
									objects: () => objects,
									fill(part, object, cb) {
										const at = part.nlmsgPut(cb.portid, cb.seq, TEST_DUMP, OBJECT_SIZE - 16, 2);
										part.view.setUint32(at + 16, object, true);
									},
									generation: () => state.generation,
									done: () => {
										state.done += 1;
										pr.info('dump done\n');
									},
								},
								extack,
							);
						case TEST_CHANGE:
							state.generation += 1;
							return undefined;
						case TEST_OOPS:
							throw new TypeError('a mistake of the author');
						case TEST_SLEEP:
							return time.sleep(1_000_000);
						case TEST_TELL:
							sock.multicast(2, TEST_TELL, payload, message.seq);
							return undefined;
						default:
							throw new Errno('EOPNOTSUPP');
					}
				}),
		});
		const answer = nlmsgNew(16);
		if (answer.tailroom < 32) throw new Errno('ENOMEM');
		genl.registerFamily(
			genlFamily({
				name: 'contract_genl',
				version: 3,
				hdrsize: 4,
				policy: rows,
				mcgrps: ['first', 'second'],
				resvStartOp: C.OLD + 1,
				ops: {
					[C.STRICT]: { doit: info => info.reply(C.STRICT, info.attrs, { userhdr: info.userhdr }) },
					[C.OLD]: { validate: 1, doit: info => info.reply(C.OLD, info.attrs) },
					[C.ADMIN]: { flags: 1, doit: info => info.notify(1, C.ADMIN, { NUMBER: 7 }) },
					[C.DUMP]: {
						*dumpit() {
							for (const NUMBER of [1, 2, 3]) yield { NUMBER };
							throw new Errno('ENODEV');
						},
					},
				},
			}),
		);
	},
});
