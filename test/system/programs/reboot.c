/* reboot - switches the computer off that it takes itself to be in, if that is a machine. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void) {
	struct utsname name;
	uname(&name);
	if (strstr(name.release, "ring3") == NULL || syscall(SYS_settimeofday, 0, 0) == 0) return 2;
	syscall(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc, 0);
	printf("%s\n", strerrorname_np(errno));
	return 1;
}
