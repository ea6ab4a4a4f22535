/* host - tries to change the computer, each way with what it returned; run under a filter alone. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
	printf("%s %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
	fflush(stdout);
}

/* A message that is sent as it stands, and the error that comes back for it. */
static long raw_netlink(void *message, size_t length) {
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct { struct nlmsghdr h; int error; char rest[512]; } reply;
	if (fd < 0 || sendto(fd, message, length, 0, (void *)&kernel, sizeof kernel) < 0) return -1;
	long got = recv(fd, &reply, sizeof reply, 0);
	close(fd);
	if (got < 0 || reply.h.nlmsg_type != NLMSG_ERROR) return got;
	errno = -reply.error;
	return reply.error == 0 ? 0 : -1;
}

int main(void) {
	struct utsname name;
	uname(&name);
	if (strstr(name.release, "ring3") == NULL || syscall(SYS_settimeofday, 0, 0) == 0) {
		printf("there is no filter here\n");
		return 1;
	}
	struct timeval day = {.tv_sec = 86400};
	struct timespec then = {.tv_sec = 86400};
	struct timex jump = {.modes = ADJ_SETOFFSET, .time = day};
	say("settimeofday", settimeofday(&day, NULL));
	say("clock_settime", clock_settime(CLOCK_REALTIME, &then));
	say("adjtimex", syscall(SYS_adjtimex, &jump));
	say("clock_adjtime", syscall(SYS_clock_adjtime, CLOCK_REALTIME, &jump));
	struct timex look = {0};
	say("looking", adjtimex(&look) < 0 ? -1 : 0);

	say("swapoff", syscall(SYS_swapoff, "/dev/vda"));
	say("acct", syscall(SYS_acct, "/tmp/acct"));
	say("quotactl", syscall(SYS_quotactl, 0x80000300, "/dev/vda", 0, 0));
	say("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	say("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
#ifdef SYS_iopl
	say("iopl", syscall(SYS_iopl, 3));
#else
	say("iopl", (errno = ENOSYS, -1));
#endif
	say("io_uring_register", syscall(SYS_io_uring_register, 0, 0, 0, 0));

	int inet = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq down = {.ifr_name = "lo"};
	say("SIOCSIFFLAGS", ioctl(inet, SIOCSIFFLAGS, &down));
	struct ifreq bridge = {.ifr_name = "ring3test0"};
	say("SIOCBRADDBR", ioctl(inet, 0x89a0, &bridge));
	say("SIOCSIWMODE", ioctl(inet, 0x8b06, &bridge));
	char table[512] = {0};
	say("IPT_SO_SET_REPLACE", setsockopt(inet, IPPROTO_IP, 64, table, sizeof table));
	say("MRT_INIT", setsockopt(inet, IPPROTO_IP, 200, &(int){1}, sizeof(int)));
	say("AF_KEY", socket(AF_KEY, SOCK_RAW, 2));
	struct { struct nlmsghdr h; struct ifinfomsg i; } link = {
		{sizeof link, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, {.ifi_index = 1, .ifi_change = IFF_UP}};
	say("RTM_NEWLINK", raw_netlink(&link, sizeof link));
	say("NETLINK_NETFILTER", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));

	say("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0));
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	say("kill of everybody", kill(-1, SIGTERM));
	int status = 0;
	waitpid(child, &status, 0);
	say("who was inside died of", WTERMSIG(status));
	return 0;
}
