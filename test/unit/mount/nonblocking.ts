/** nonblocking - a process whose standard descriptors do not block starts a program that tells of its own. */

import { F_GETFL, F_SETFL, loadLibc } from '../../../mount/libc.ts';
import { posixSpawn, whenExited } from '../../../mount/posix_spawn.ts';
import { O_NONBLOCK } from '../../../src/uapi/fcntl.ts';

const libc = loadLibc();
for (const fd of [0, 1, 2]) libc.fcntl(fd, F_SETFL, libc.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
const argv = ['grep', '-h', 'flags', ...[0, 1, 2].map(fd => `/proc/self/fdinfo/${fd}`)];
const pid = posixSpawn(libc, { path: '/bin/grep', argv, env: {}, stdio: [0, 1, 2] });
process.exitCode = (await whenExited(libc, pid))[0] ?? 1;
