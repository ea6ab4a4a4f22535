/**
 * devinet_sysctl - /proc/sys/net/ipv4/conf/NAME and ip_forward: what IPv4 does on each device (the tables of net/ipv4/devinet.c).
 *
 *     all        forwarding there is forwarding everywhere; it is ip_forward as well
 *     default    what a new device begins with, and one where nobody has written otherwise follows
 *     DEVICE     comes and goes with the device: `addDevice`
 *
 * Divergence: the values are kept and shown for the network to go by.
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { type Ref, ref } from '../../../src/lib/ref.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import { IFF_LOOPBACK } from '../../../src/uapi/if.ts';
import type { Sysctl } from '../../fs/proc/proc_sysctl.ts';
import type { CtlEntry, CtlTable } from '../../kernel/sysctl/ctl_table.ts';
import { procDointvec } from '../../kernel/sysctl/dointvec.ts';
import type { NetDevice } from '../core/dev.ts';
import { registerNetSysctl } from '../sysctl_net.ts';

/** What `default` has at boot. */
const defaults = {
	accept_local: 0,
	accept_redirects: 1,
	accept_source_route: 1,
	arp_accept: 0,
	arp_announce: 0,
	arp_evict_nocarrier: 1,
	arp_filter: 0,
	arp_ignore: 0,
	arp_notify: 0,
	bc_forwarding: 0,
	bootp_relay: 0,
	disable_policy: 0,
	disable_xfrm: 0,
	drop_gratuitous_arp: 0,
	drop_unicast_in_l2_multicast: 0,
	force_igmp_version: 0,
	forwarding: 0,
	igmpv2_unsolicited_report_interval: 10_000,
	igmpv3_unsolicited_report_interval: 1000,
	ignore_routes_with_linkdown: 0,
	log_martians: 0,
	mc_forwarding: 0,
	medium_id: 0,
	promote_secondaries: 0,
	proxy_arp: 0,
	proxy_arp_pvlan: 0,
	route_localnet: 0,
	rp_filter: 0,
	secure_redirects: 1,
	send_redirects: 1,
	shared_media: 1,
	src_valid_mark: 0,
	tag: 0,
};

type Name = keyof typeof defaults;

/** In the order in which rtnetlink tells them (IPV4_DEVCONF_* of include/uapi/linux/ip.h, from 1 on). */
const told: readonly Name[] = [
	'forwarding',
	'mc_forwarding',
	'proxy_arp',
	'accept_redirects',
	'secure_redirects',
	'send_redirects',
	'shared_media',
	'rp_filter',
	'accept_source_route',
	'bootp_relay',
	'log_martians',
	'tag',
	'arp_filter',
	'medium_id',
	'disable_xfrm',
	'disable_policy',
	'force_igmp_version',
	'arp_announce',
	'arp_ignore',
	'promote_secondaries',
	'arp_accept',
	'arp_notify',
	'accept_local',
	'src_valid_mark',
	'proxy_arp_pvlan',
	'route_localnet',
	'igmpv2_unsolicited_report_interval',
	'igmpv3_unsolicited_report_interval',
	'ignore_routes_with_linkdown',
	'drop_unicast_in_l2_multicast',
	'drop_gratuitous_arp',
	'bc_forwarding',
	'arp_evict_nocarrier',
];

/** Written without a note that somebody has done so (ipv4_doint_and_flush). */
const flushing: readonly Name[] = [
	'disable_xfrm',
	'disable_policy',
	'promote_secondaries',
	'route_localnet',
	'drop_unicast_in_l2_multicast',
];

/** The values of one directory (struct ipv4_devconf). */
export class Ipv4Devconf {
	readonly values: Record<Name, number>;
	/** Those that somebody has written; they do not follow `default` any more. */
	readonly written = new Set<Name>();

	constructor(values: Partial<Record<Name, number>> = {}) {
		this.values = { ...defaults, ...values };
	}

	/** All of them, as IFLA_INET_CONF has them. */
	get bytes(): Uint8Array {
		return new Uint8Array(Int32Array.from(told, name => this.values[name]).buffer);
	}
}

/** The values of all directories. */
export class Ipv4Devconfs {
	readonly all = new Ipv4Devconf({ accept_source_route: 0 });
	readonly default = new Ipv4Devconf();
	readonly #devices = new Map<string, Ipv4Devconf>();

	/** Makes the directories of `all` and `default`, and ip_forward. */
	register(sysctl: Sysctl): void {
		registerNetSysctl(sysctl, 'net/ipv4/conf/all', this.#table(this.all));
		registerNetSysctl(sysctl, 'net/ipv4/conf/default', this.#table(this.default));
		registerNetSysctl(sysctl, 'net/ipv4', { ip_forward: this.#forwarding(this.all) });
	}

	/**
	 * Makes the directory of a device, whose values begin as those of `default`; what is returned takes it away. EEXIST
	 * (devinet_sysctl_register).
	 */
	addDevice(sysctl: Sysctl, { name, flags }: NetDevice): () => Awaitable<void> {
		const loopback = (flags & IFF_LOOPBACK) === 0 ? {} : { disable_policy: 1, disable_xfrm: 1 };
		const conf = new Ipv4Devconf({ ...this.default.values, ...loopback });
		const header = registerNetSysctl(sysctl, `net/ipv4/conf/${name}`, this.#table(conf));
		this.#devices.set(name, conf);
		return () => {
			this.#devices.delete(name);
			return sysctl.unregister(header);
		};
	}

	/** The values of a device; undefined for one that was not added. */
	device(name: string): Ipv4Devconf | undefined {
		return this.#devices.get(name);
	}

	#table(conf: Ipv4Devconf): CtlTable {
		const names = Object.keys(defaults) as Name[];
		return Object.fromEntries(names.map(name => [name, this.#entry(conf, name)]));
	}

	#entry(conf: Ipv4Devconf, name: Name): CtlEntry<number> {
		if (name === 'forwarding') return this.#forwarding(conf);
		const mode = name === 'mc_forwarding' ? 0o444 : 0o644;
		const data: Ref<number> = ref(conf.values, name);
		if (flushing.includes(name)) return { data, mode, handler: procDointvec };
		return {
			data,
			mode,
			handler: (table, call) => {
				procDointvec(table, call);
				if (call.write) this.#noteWritten(conf, name);
			},
		};
	}

	/** devinet_conf_proc, devinet_copy_dflt_conf. */
	#noteWritten(conf: Ipv4Devconf, name: Name): void {
		conf.written.add(name);
		if (conf !== this.default) return;
		for (const device of this.#devices.values()) {
			if (!device.written.has(name)) device.values[name] = conf.values[name];
		}
	}

	/** EPERM without CAP_NET_ADMIN; that of `all` is spread (devinet_sysctl_forward, inet_forward_change). */
	#forwarding(conf: Ipv4Devconf): CtlEntry<number> {
		return {
			data: ref(conf.values, 'forwarding'),
			mode: 0o644,
			handler: (table, call) => {
				if (call.write && !call.ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
				const before = conf.values.forwarding;
				procDointvec(table, call);
				const on = conf.values.forwarding;
				if (conf !== this.all || on === before) return;
				this.all.values.accept_redirects = on === 0 ? 1 : 0;
				for (const other of [this.default, ...this.#devices.values()]) other.values.forwarding = on;
			},
		};
	}
}
