/** route_grammar.test - src/cli/route_grammar.ts: the words of ring3 route. */

import t from 'tap';
import { addressText, parsePrefix, parseRoute } from '../../../src/cli/route_grammar.ts';

const parse = (text: string) => parseRoute('route add', text.split(' '));

t.test('parseRoute: what ip-route understands', async t => {
	const ip = 0x0a01_0000;
	t.same(parse('10.1.0.0/16 via 192.168.0.2 dev eth0'), { dst: ip, dstLen: 16, via: 0xc0a8_0002, dev: 'eth0' });
	t.same(parse('10.1/16 dev lo metric 7 proto static scope link src 10.1.0.1'), {
		...{ dst: ip, dstLen: 16, dev: 'lo', metric: 7, protocol: 4, scope: 253, src: ip + 1 },
	});
	t.same(parse('default via 1.2.3.4 proto 99'), { dst: 0, dstLen: 0, via: 0x0102_0304, protocol: 99 });
	t.same(parse('blackhole 255.255.255.255'), { dst: 0xffff_ffff, dstLen: 32, type: 6 });
	t.same(parse('to 10.1/16 via 9.9.9.9 dev eth0 onlink priority 3 protocol 4'), {
		...{ dst: ip, dstLen: 16, via: 0x0909_0909, dev: 'eth0', onlink: true, metric: 3, protocol: 4 },
	});
	t.same(parsePrefix('x', '10/8'), { dst: 0x0a00_0000, dstLen: 8 });
	t.equal(addressText(0xffff_fffe | 0), '255.255.255.254');
});

t.test('parseRoute: what cannot be understood is said in one line', async t => {
	const cases: readonly (readonly [words: string, said: string])[] = [
		['10.0.0.256/32 dev eth0', '10.0.0.256 is no IPv4 address'],
		['10.0.0.0/x dev eth0', '10.0.0.0/x is no prefix'],
		['10.0.0.0/8/8 dev eth0', '10.0.0.0/8/8 is no prefix'],
		['10.0.0.0/-1 dev eth0', '10.0.0.0/-1 is no prefix'],
		['to', 'to is no IPv4 address'],
		['10.0.0.0/8 frob', 'frob: what is that? Known are via, dev, metric, proto, scope, src, onlink'],
		['10.0.0.0/8 toString x', 'toString: what is that? Known are via, dev, metric, proto, scope, src, onlink'],
		['10.0.0.0/8 dev', 'dev: a word is missing behind it'],
		['10.0.0.0/8 through eth0', 'through: what is that? Known are via, dev, metric, proto, scope, src, onlink'],
		['10.0.0.0/8 metric 4294967296', 'metric: 4294967296 is no number of 0 to 4294967295'],
		['10.0.0.0/8 proto nobody', 'proto: nobody is no number of 0 to 255'],
		['blackhole', 'which prefix? Say PREFIX, or default'],
		['1:2::3/64 dev eth0', '1:2::3 is no IPv4 address'],
	];
	for (const [words, said] of cases) t.throws(() => parse(words), { message: `route add: ${said}` }, words);
});
