/* forks - 200 processes, of which each asks the kernel something, and is killed or ends. */
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	int killed = 0, ended = 0;
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			struct utsname name;
			for (int n = 0; i % 2 == 0 || n < 3; n++) {
				int fd = socket(AF_NETLINK, SOCK_RAW, 31);
				if (fd < 0 || uname(&name) < 0) _exit(1);
				close(fd);
			}
			_exit(0);
		}
		if (i % 2 == 0) {
			usleep(3000);
			kill(pid, SIGKILL);
		}
	}
	for (int status; wait(&status) > 0;) {
		if (WIFSIGNALED(status)) killed++;
		else if (WEXITSTATUS(status) == 0) ended++;
	}
	printf("%d killed, %d ended\n", killed, ended);
	return ended == 100 ? 0 : 1;
}
