#!/bin/bash
# namespace - runs a program in this network namespace, which becomes like a machine's: lo, and eth0 with something behind it.
#
#   unshare -n bash namespace.sh PROGRAM [ARGUMENT...]
set -e
# There is no IPv6 in a machine.
for which in all default; do
	[ ! -e /proc/sys/net/ipv6 ] || echo 1 > /proc/sys/net/ipv6/conf/$which/disable_ipv6
done
unshare -n sleep 600 &
other=$!
trap 'kill $other' EXIT
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link set lo up
ip link add name eth0 index 2 address 52:54:00:72:33:01 numtxqueues 1 numrxqueues 1 type veth peer name eth0 netns $other
nsenter -t $other -n ip link set eth0 up
ip link set eth0 up
ip addr add 192.168.0.1/24 broadcast + dev eth0
"$@"
