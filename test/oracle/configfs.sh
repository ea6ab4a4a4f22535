# Holds the contracts of configfs against the kernel that this runs on, as root, in a machine of its own:
#
#   bash configfs.sh PROJECT MODULES
#
# PROJECT is a built checkout, MODULES a directory with contract_configfs.ko made for that kernel (see Makefile). Afterwards
# the modules are still loaded.
set -eu
oracle=$(mktemp -d)
chmod 755 "$oracle"
mkdir "$oracle/proc" "$oracle/sys"
mount --rbind /proc "$oracle/proc"
mount --rbind /sys "$oracle/sys"
insmod "$2/contract_configfs.ko"
modprobe configfs_sample
export RING3_ORACLE=$oracle RING3_ORACLE_BUILTIN=gpio_sim
cd "$1"
exec node --enable-source-maps dist/test/oracle/configfs.js
