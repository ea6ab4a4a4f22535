/**
 * netlink - the contracts of netlink and of events about objects, held against a real Linux; the Makefile says how.
 */

import t from 'tap';
import { netlinkMessage } from '../contract/netlink_message.ts';
import { netlinkModule } from '../contract/netlink_module.ts';
import { netlinkSocket } from '../contract/netlink_socket.ts';
import { uevent } from '../contract/uevent.ts';
import { runSome } from '../runner/contract.ts';
import { nativeRunner } from '../runner/native.ts';

runSome(t, nativeRunner(), [...netlinkSocket, ...netlinkMessage, ...netlinkModule, ...uevent]);
