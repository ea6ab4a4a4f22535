/**
 * ids - who a user of the host is to the kernel that serves a mount.
 *
 * A machine of a user other than root belongs to that user: what is root's in the machine is shown as his, and what he does is
 * done by the machine's root. For every number to have exactly one counterpart, the two change places.
 */

/** Numbers of users and groups, as one side knows them, to what the other calls them; the way back is the same. */
export interface Ids {
	uid(id: number): number;
	gid(id: number): number;
}

/** Both sides mean the same. */
export const sameIds: Ids = { uid: id => id, gid: id => id };

/** The machine's root is this user and this group outside; 0 is root itself. */
export function idsOfOwner(uid: number, gid: number): Ids {
	return { uid: swap(uid), gid: swap(gid) };
}

function swap(owner: number): (id: number) => number {
	return id => {
		if (id === 0) return owner;
		return id === owner ? 0 : id;
	};
}
