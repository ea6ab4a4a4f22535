/* newmount - mounts a file system by the calls that came after mount(2), each step with what it returned; then lists it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int say(const char *what, long result) {
	printf("%s %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	return result;
}

static int config(int fd, int cmd, const char *key, const char *value, int aux) {
	return syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

/* newmount TYPE DIR [OPTION[=VALUE]]... */
int main(int argc, char **argv) {
	int context = say("fsopen", syscall(SYS_fsopen, argv[1], FSOPEN_CLOEXEC));
	if (context < 0) return 1;
	/* It is the same file under any number. */
	int fd = dup(context);
	close(context);
	say("source", config(fd, FSCONFIG_SET_STRING, "source", "none", 0));
	for (int i = 3; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (value) *value++ = 0;
		say(argv[i], config(fd, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, argv[i], value, 0));
	}
	say("nothing", config(fd, FSCONFIG_SET_FLAG, NULL, NULL, 0));
	say("a descriptor", config(fd, FSCONFIG_SET_FD, "fd", NULL, 0));
	if (say("create", config(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) < 0) return 1;
	say("create again", config(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	int mount = say("fsmount", syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC));
	if (mount < 0) return 1;
	close(fd);
	say("look before", openat(mount, ".", O_RDONLY | O_DIRECTORY));
	if (say("move_mount", syscall(SYS_move_mount, mount, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH)) < 0) return 1;
	close(mount);

	DIR *dir = opendir(argv[2]);
	int entries = 0;
	while (dir && readdir(dir)) entries++;
	printf("%d entries at least\n", entries > 3 ? 3 : entries);
	if (dir) closedir(dir);
	return 0;
}
