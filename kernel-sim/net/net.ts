/**
 * net - the network of one kernel (struct net, and there is one): its socket families, and netlink.
 */

import { AF_NETLINK } from '../../src/uapi/socket.ts';
import type { AnonymousDevices } from '../fs/super.ts';
import type { Pr } from '../kernel/printk.ts';
import type { Uevents } from '../lib/kobject_uevent.ts';
import { NetDevices } from './core/dev.ts';
import { fibRulesInit } from './core/fib_rules.ts';
import { Rtnetlink } from './core/rtnetlink.ts';
import { rtnlLinkInit } from './core/rtnl_link.ts';
import { SockMem } from './core/sock.ts';
import { Inet } from './ipv4/devinet.ts';
import { Ipv4Devconfs } from './ipv4/devinet_sysctl.ts';
import { Fib } from './ipv4/fib_frontend.ts';
import { OutputRoutes, rtnlGetrouteInit } from './ipv4/route.ts';
import { rtnlAddrInit } from './ipv4/rtnl_addr.ts';
import { rtnlRouteInit } from './ipv4/rtnl_route.ts';
import { Netlink, type NetlinkKernel } from './netlink/af_netlink.ts';
import { Genetlink } from './netlink/genetlink.ts';
import { netlinkUevents } from './netlink/uevent.ts';
import { SocketFamilies } from './socket.ts';

/** What the network needs of its kernel. */
export interface NetKernel extends NetlinkKernel {
	readonly pr: Pr;
	readonly anonymousDevices: AnonymousDevices;
	readonly uevents: Uevents;
}

/** init_net. */
export class Net {
	readonly sockets: SocketFamilies;
	readonly sockMem = new SockMem();
	readonly netlink: Netlink;
	readonly genl: Genetlink;
	readonly devices: NetDevices;
	/** What IPv4 does on each device. */
	readonly devconf = new Ipv4Devconfs();
	/** The routes. */
	readonly fib: Fib;
	/** The addresses. */
	readonly inet: Inet;

	constructor(kernel: NetKernel) {
		this.sockets = new SocketFamilies(kernel.time, kernel.anonymousDevices.allocate());
		this.netlink = new Netlink(kernel, this.sockMem, () => this.sockets.nextIno());
		const create = this.netlink.create.bind(this.netlink);
		this.genl = new Genetlink(this.netlink);
		netlinkUevents(this.netlink, kernel.uevents);
		this.devices = new NetDevices(kernel.pr);
		this.fib = new Fib(this.devices);
		const rtnl = new Rtnetlink(this.netlink);
		rtnlLinkInit(rtnl, this.devices, this.devconf);
		this.inet = new Inet(this.devices, this.fib);
		rtnlAddrInit(rtnl, this.devices, this.inet);
		rtnlRouteInit(rtnl, this.devices, this.fib);
		fibRulesInit(rtnl);
		rtnlGetrouteInit(rtnl, new OutputRoutes(this.devices, this.inet, this.fib));
		this.sockets.register({ family: AF_NETLINK, create });
	}
}
