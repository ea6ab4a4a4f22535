/**
 * genetlink - generic netlink: one protocol for many families, and the controller that knows them.
 *
 *     | nlmsghdr, its type the family's id | genlmsghdr | header of the family | attributes |
 *
 * Values of include/uapi/linux/genetlink.h.
 */

import { type Infer, struct, u8, u16 } from '../lib/struct.ts';

/** Bytes of a family's name, with the NUL. */
export const GENL_NAMSIZ = 16;
export const GENL_HDRLEN = 4;
/** Ids of families. */
export const GENL_MIN_ID = 0x10;
export const GENL_MAX_ID = 1023;

export const genlmsghdr = struct('genlmsghdr', GENL_HDRLEN, { cmd: u8, version: u8, reserved: u16 });
export type Genlmsghdr = Infer<typeof genlmsghdr>;

/** Flags of an operation. */
export const genl_op_flag = {
	GENL_ADMIN_PERM: 0x01,
	GENL_CMD_CAP_DO: 0x02,
	GENL_CMD_CAP_DUMP: 0x04,
	GENL_CMD_CAP_HASPOL: 0x08,
	GENL_UNS_ADMIN_PERM: 0x10,
} as const;
export const { GENL_ADMIN_PERM, GENL_CMD_CAP_DO, GENL_CMD_CAP_DUMP, GENL_CMD_CAP_HASPOL, GENL_UNS_ADMIN_PERM } =
	genl_op_flag;

/** Ids that are reserved; the controller has the first. */
export const genl_id = {
	GENL_ID_CTRL: 0x10,
	GENL_ID_VFS_DQUOT: 0x11,
	GENL_ID_PMCRAID: 0x12,
	GENL_START_ALLOC: 0x13,
} as const;
export const { GENL_ID_CTRL, GENL_ID_VFS_DQUOT, GENL_ID_PMCRAID, GENL_START_ALLOC } = genl_id;

/** Commands of the controller. */
export const ctrl_cmd = {
	CTRL_CMD_UNSPEC: 0,
	CTRL_CMD_NEWFAMILY: 1,
	CTRL_CMD_DELFAMILY: 2,
	CTRL_CMD_GETFAMILY: 3,
	CTRL_CMD_NEWOPS: 4,
	CTRL_CMD_DELOPS: 5,
	CTRL_CMD_GETOPS: 6,
	CTRL_CMD_NEWMCAST_GRP: 7,
	CTRL_CMD_DELMCAST_GRP: 8,
	CTRL_CMD_GETMCAST_GRP: 9,
	CTRL_CMD_GETPOLICY: 10,
} as const;
export const { CTRL_CMD_NEWFAMILY, CTRL_CMD_DELFAMILY, CTRL_CMD_GETFAMILY, CTRL_CMD_GETPOLICY } = ctrl_cmd;
export const { CTRL_CMD_NEWMCAST_GRP, CTRL_CMD_DELMCAST_GRP } = ctrl_cmd;

/** Attributes of the controller's messages. */
export const ctrl_attr = {
	CTRL_ATTR_FAMILY_ID: 1,
	CTRL_ATTR_FAMILY_NAME: 2,
	CTRL_ATTR_VERSION: 3,
	CTRL_ATTR_HDRSIZE: 4,
	CTRL_ATTR_MAXATTR: 5,
	CTRL_ATTR_OPS: 6,
	CTRL_ATTR_MCAST_GROUPS: 7,
	CTRL_ATTR_POLICY: 8,
	CTRL_ATTR_OP_POLICY: 9,
	CTRL_ATTR_OP: 10,
} as const;

/** Attributes of an operation, in the nest of CTRL_ATTR_OPS. */
export const ctrl_attr_op = { CTRL_ATTR_OP_ID: 1, CTRL_ATTR_OP_FLAGS: 2 } as const;

/** Attributes of a group, in the nest of CTRL_ATTR_MCAST_GROUPS. */
export const ctrl_attr_mcast_grp = { CTRL_ATTR_MCAST_GRP_NAME: 1, CTRL_ATTR_MCAST_GRP_ID: 2 } as const;

/** Attributes of an operation's policies, in the nest of CTRL_ATTR_OP_POLICY. */
export const ctrl_attr_policy = { CTRL_ATTR_POLICY_DO: 1, CTRL_ATTR_POLICY_DUMP: 2 } as const;
